import Foundation
import HTTPTypes
package import Hummingbird
import HummingbirdCore
import NIOCore

extension Request {
    /// The one content type of bodies that are decoded.
    private static let jsonType = "application/json"

    /// Reads the body as JSON (RFC 8259) into a value, and says of every field that it can what is wrong with it.
    ///
    /// - Parameters:
    ///   - limit: the largest body in bytes; the configuration's when nil.
    /// - Throws: ``Problem``: 415 for another content type or any content encoding, 413 above the limit, 408 when the
    ///   body does not arrive in time, 400 when it is no JSON in UTF-8, nested too deep, or names a member twice, and
    ///   422 with a JSON pointer for each field that is missing or of another type.
    package func decodeBody<Value: Decodable>(
        as type: Value.Type = Value.self,
        context: HTTPContext,
        limit: Int? = nil
    ) async throws -> Value {
        try checkContentType()
        let limit = limit ?? context.bodyRules.limit
        let data = Data(try await collectBody(limit: limit, within: context.bodyRules.timeout).readableBytesView)
        return try JSONBody.decode(type, from: data)
    }

    /// The whole body.
    ///
    /// - Throws: ``Problem`` 413 above the limit, 408 when it does not arrive in time.
    package func collectBody(limit: Int, within time: Duration) async throws -> ByteBuffer {
        // A length that is announced is refused before anything is read.
        if let text = headers[.contentLength], let length = Int(text), length > limit {
            throw Problem.tooLarge(limit: limit)
        }
        let body = body
        do {
            return try await withThrowingTaskGroup(of: ByteBuffer?.self) { group in
                group.addTask { try await body.collect(upTo: limit) }
                group.addTask {
                    try await Task.sleep(for: time)
                    return nil
                }
                defer { group.cancelAll() }
                guard let first = try await group.next(), let buffer = first else { throw Problem.tooSlow() }
                return buffer
            }
        } catch is NIOTooManyBytesError {
            throw Problem.tooLarge(limit: limit)
        }
    }

    private func checkContentType() throws {
        let values = headers[values: .contentType]
        guard values.count == 1 else {
            throw Problem.unsupportedMediaType("one content type must be given", accept: Self.jsonType)
        }
        let parts = values[0].split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
        let isUTF8 = parts.dropFirst().allSatisfy { ["charset=utf-8", "charset=\"utf-8\""].contains($0) }
        guard parts.first == Self.jsonType, isUTF8 else {
            throw Problem.unsupportedMediaType(
                "the content type must be \(Self.jsonType) in UTF-8",
                accept: Self.jsonType
            )
        }
        if let encoding = headers[.contentEncoding], encoding.lowercased() != "identity" {
            throw Problem.unsupportedMediaType("the body must not be compressed", accept: Self.jsonType)
        }
    }
}
