import Bootstrap
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The style sheets: Bootstrap as Debian ships it, and the house's own.
struct Assets: Sendable {
    /// Bootstrap is not where it should be.
    struct Missing: Error, SafelyDescribed, CustomStringConvertible {
        let path: String
        var description: String { "\(path) cannot be read; Debian's package libjs-bootstrap5 has it" }
    }

    /// Changes with their content, so that browsers may keep them for good.
    let version: String
    private let sheets: [String: ByteBuffer]

    /// Reads them.
    ///
    /// - Throws: ``Missing``.
    init(bootstrap path: String) throws {
        guard let bootstrap = FileManager.default.contents(atPath: path) else { throw Missing(path: path) }
        let own = PackageResources.portal_css
        sheets = ["bootstrap.css": ByteBuffer(bytes: bootstrap), "portal.css": ByteBuffer(bytes: own)]
        version = Seal.digest(Array(bootstrap) + own)
    }

    func add(to router: GuardedRouter) {
        router.open(.get, "/assets/:name", .anyone) { _, context in
            guard let sheet = sheets[try context.parameters.require("name")] else { throw Problem.notFound() }
            let headers: HTTPFields = [
                .contentType: "text/css; charset=utf-8", .cacheControl: "public, max-age=31536000, immutable",
            ]
            return Response(status: .ok, headers: Pages.guarded(headers), body: .init(byteBuffer: sheet))
        }
    }
}
