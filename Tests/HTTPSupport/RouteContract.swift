package import Bootstrap
package import Hummingbird
import Yams

/// Holds a service's `openapi.yaml` against the routes that it really has.
package enum RouteContract {
    /// The document cannot be read.
    package struct Unreadable: Error, CustomStringConvertible {
        /// Where it fails.
        package let description: String
    }

    private static let methods: Set = ["get", "head", "post", "put", "patch", "delete", "options"]

    /// One line for each operation that only one of the two has; empty when they agree.
    ///
    /// - Parameters:
    ///   - routes: of the router, before `refuseOtherMethods`.
    ///   - document: the text of openapi.yaml, version 3.
    ///   - leavingOut: paths of the router that the contract does not promise, such as those for health.
    package static func differences(
        routes: [Router<HTTPContext>.RouteDescription],
        document: String,
        leavingOut: Set<String> = ["/health/live", "/health/ready", "/metrics"]
    ) throws -> [String] {
        let real = Set(
            routes.filter { !leavingOut.contains($0.path.description) }.map { "\($0.method.rawValue) \($0.path)" }
        )
        let written = try operations(of: document)
        return real.subtracting(written).sorted().map { "\($0): not in the document" }
            + written.subtracting(real).sorted().map { "\($0): not in the router" }
    }

    /// The same for routes that a function adds, who may come to each included (`x-right`).
    package static func differences(
        document: String,
        adding add: (GuardedRouter) -> Void
    ) throws -> [String] {
        let router = Router(context: HTTPContext.self)
        let guarded = GuardedRouter(router, tokens: Nobody())
        add(guarded)
        let written = try rights(of: document)
        let wrong = guarded.endpoints.compactMap { endpoint -> String? in
            let operation = "\(endpoint.method.rawValue) \(RouterPath(endpoint.path))"
            let (right, documented) = (endpoint.access.name, written[operation] ?? "nothing")
            return right == documented ? nil : "\(operation): x-right is \(documented), the router says \(right)"
        }
        return try differences(routes: router.routes, document: document) + wrong.sorted()
    }

    private struct Nobody: TokenReader {
        func caller(of token: String) -> Caller? { nil }
    }

    private static func rights(of document: String) throws -> [String: String] {
        guard let root = try Yams.load(yaml: document) as? [String: Any],
            let paths = root["paths"] as? [String: [String: Any]]
        else { throw Unreadable(description: "paths: missing") }
        return paths.reduce(into: [:]) { rights, path in
            for (method, operation) in path.value where methods.contains(method) {
                let right = (operation as? [String: Any])?["x-right"] as? String
                rights["\(method.uppercased()) \(path.key)"] = right
            }
        }
    }

    private static func operations(of document: String) throws -> Set<String> {
        guard let root = try Yams.load(yaml: document) as? [String: Any] else {
            throw Unreadable(description: "not a mapping")
        }
        guard let version = root["openapi"] as? String, version.hasPrefix("3.") else {
            throw Unreadable(description: "openapi: not a version 3")
        }
        guard let paths = root["paths"] as? [String: Any] else { throw Unreadable(description: "paths: missing") }
        return try paths.reduce(into: []) { operations, path in
            guard let item = path.value as? [String: Any] else {
                throw Unreadable(description: "paths.\(path.key): not a mapping")
            }
            for method in item.keys where methods.contains(method) {
                operations.insert("\(method.uppercased()) \(path.key)")
            }
        }
    }
}
