package import Contracts
import Foundation
package import HTTPTypes
package import Hummingbird
import NIOCore

extension Response {
    /// An answer in JSON, not to be stored by anything on its way.
    ///
    /// - Throws: `EncodingError`.
    package static func json(
        _ value: some Encodable,
        status: HTTPResponse.Status = .ok,
        headers: HTTPFields = [.cacheControl: "no-store"]
    ) throws -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(
            status: status,
            headers: headers,
            body: .init(byteBuffer: ByteBuffer(bytes: try EventCoding.encode(value)))
        )
    }
}

extension HTTPContext {
    /// The id that a part of the path stands for.
    ///
    /// - Throws: ``Problem`` 404 when it is none: there is nothing at such an address.
    package func id<ID: Identifier>(_ name: String) throws -> ID {
        guard let id = ID(try parameters.require(name)) else { throw Problem.notFound() }
        return id
    }

    /// The receipt's number that a part of the path stands for.
    ///
    /// - Throws: ``Problem`` 404 when it cannot be one: there is nothing at such an address, and the database is not asked
    ///   with what it could not even store, such as U+0000.
    package func number(_ name: String) throws -> String {
        let text = try parameters.require(name)
        let bytes = text.utf8
        guard (1...32).contains(bytes.count), bytes.allSatisfy(Self.isOfNumber) else { throw Problem.notFound() }
        return text
    }

    /// ASCII letters, digits and the hyphen.
    private static func isOfNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

/// A place in a list that is ordered by time: what `next` and `after` carry.
package struct Cursor: Sendable {
    /// The last row of the page before; nil for the first page.
    package let position: (time: Timestamp, id: SuggestionID)?

    /// Reads a cursor; nil when the text is none of this project's.
    package init?(_ text: String?) {
        guard let text else {
            position = nil
            return
        }
        let parts = text.split(separator: "~")
        guard parts.count == 2, let time = Timestamp(String(parts[0])), let id = SuggestionID(String(parts[1])) else {
            return nil
        }
        position = (time, id)
    }

    /// The cursor behind a row.
    package static func text(_ time: Timestamp, _ id: SuggestionID) -> String { "\(time)~\(id)" }
}
