package import Bootstrap
import Contracts
import HTTPTypes
import Hummingbird

/// Holds a service's answers against the table of rights, cell by cell: every endpoint, every role.
///
/// What stands open to every person who has signed in is asked for as a person and as an account of every role.
package enum RightsSweep {
    /// What was found.
    package struct Outcome: Sendable {
        /// Cells that were tried: an endpoint and a role, and each endpoint without a token and with a wrong one.
        package var cells = 0
        /// One line for each cell that is not as the table says; must be empty.
        package var breaches: [String] = []
    }

    /// Asks every endpoint as somebody of every role, in a unit that owns nothing, and about items that do not exist.
    ///
    /// - Parameters:
    ///   - routes: adds the service's routes.
    ///   - client: of the same routes.
    package static func run(
        _ routes: (GuardedRouter) -> Void,
        _ client: ServiceClient
    ) async throws -> Outcome {
        let guarded = GuardedRouter(Router(context: HTTPContext.self), tokens: Nobody())
        routes(guarded)
        var outcome = Outcome()
        for endpoint in guarded.endpoints {
            let right: Right?
            switch endpoint.access {
            case .anyone, .receipt: continue
            case .person: right = nil
            case .right(let named): right = named
            }
            let path = endpoint.path.split(separator: "/", omittingEmptySubsequences: false)
                .map { $0.hasPrefix(":") || $0.hasPrefix("{") ? "01890000-0000-7000-8000-000000000000" : String($0) }
                .joined(separator: "/")
            let body: [UInt8]? = endpoint.method == .get || endpoint.method == .delete ? nil : Array("{}".utf8)
            func ask(_ caller: String?, headers: HTTPFields = [:]) async throws -> Int {
                try await client.send(endpoint.method, path, as: caller, headers: headers, body: body).status
            }
            func note(_ who: String, _ status: Int, _ isRight: Bool) {
                outcome.cells += 1
                if !isRight { outcome.breaches.append("\(endpoint.method) \(endpoint.path) as \(who): \(status)") }
            }
            let without = try await ask(nil)
            note("nobody", without, without == 401)
            let wrong = try await ask(nil, headers: [.authorization: "Bearer \(String(repeating: "x", count: 40))"])
            note("a stranger", wrong, wrong == 401)
            for role in Role.allCases {
                let status = try await ask("\(Staff.sweepUnit)/\(role.rawValue)")
                // What is granted goes on to be about something that is not there, or is not well formed.
                let isGranted = right.map { $0.grants[role] != nil } ?? false
                note(role.rawValue, status, isGranted ? status != 401 && status != 403 : status == 403)
                guard right == nil else { continue }
                let person = try await ask("\(Staff.sweepPerson)/\(role.rawValue)")
                note("a person, \(role.rawValue)", person, person != 401 && person != 403)
            }
        }
        return outcome
    }

    private struct Nobody: TokenReader {
        func caller(of token: String) -> Caller? { nil }
    }
}
