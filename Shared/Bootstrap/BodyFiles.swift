package import Foundation
import HTTPTypes
package import Hummingbird
import HummingbirdCore
import NIOCore

extension Request {
    /// Writes the body to a file as it arrives: of a large body no more is in memory than one piece.
    ///
    /// - Parameters:
    ///   - file: is made; must not exist.
    ///   - limit: the largest body in bytes.
    ///   - time: how long it may take to arrive.
    /// - Returns: its length in bytes.
    /// - Throws: ``Problem``: 413 above the limit, 408 when it does not arrive in time, 415 when it is compressed; errors of the
    ///   file.
    package func writeBody(to file: URL, limit: Int, within time: Duration) async throws -> Int {
        if let encoding = headers[.contentEncoding], encoding.lowercased() != "identity" {
            throw Problem.unsupportedMediaType("the body must not be compressed", accept: "identity")
        }
        try checkAnnouncedLength(limit: limit)
        let body = body
        guard let length = try await BodyArrival.within(time, { try await Self.write(body, to: file, limit: limit) })
        else { throw Problem.tooSlow() }
        return length
    }

    private static func write(_ body: RequestBody, to file: URL, limit: Int) async throws -> Int {
        // 0600: what strangers send is nobody else's to read.
        guard FileManager.default.createFile(atPath: file.path, contents: nil, attributes: [.posixPermissions: 0o600])
        else {
            throw CocoaError(.fileWriteUnknown)
        }
        let handle = try FileHandle(forWritingTo: file)
        defer { try? handle.close() }
        var length = 0
        for try await piece in body {
            length += piece.readableBytes
            guard length <= limit else { throw Problem.tooLarge(limit: limit) }
            try handle.write(contentsOf: Data(piece.readableBytesView))
        }
        return length
    }
}
