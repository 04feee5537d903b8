import Foundation
import HTTPTypes
package import Hummingbird
import HummingbirdCore
import NIOCore

extension Request {
    /// The content types of bodies that are decoded: one for all, and one for what OAuth defines.
    private static let (jsonType, formType) = ("application/json", "application/x-www-form-urlencoded")

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
        try checkContentType(Self.jsonType)
        let limit = limit ?? context.bodyRules.limit
        let data = Data(try await collectBody(limit: limit, within: context.bodyRules.timeout).readableBytesView)
        return try JSONBody.decode(type, from: data)
    }

    /// Reads the body as a form (`application/x-www-form-urlencoded`), each name once, in UTF-8.
    ///
    /// - Throws: ``Problem`` as ``decodeBody(as:context:limit:)``; 400 when it is no such form or names a field twice.
    package func decodeForm(context: HTTPContext, limit: Int = 4_096) async throws -> [String: String] {
        try checkContentType(Self.formType)
        let buffer = try await collectBody(limit: limit, within: context.bodyRules.timeout)
        guard let text = String(validating: buffer.readableBytesView, as: UTF8.self) else {
            throw Problem.malformedBody(rule: "utf-8", "the body must be in UTF-8")
        }
        var fields: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let name = Self.decoded(parts[0]), let value = Self.decoded(parts[1]) else {
                throw Problem.malformedBody(rule: "form", "each field must be name=value, percent-encoded")
            }
            guard fields.updateValue(value, forKey: name) == nil else {
                throw Problem.malformedBody(rule: "duplicate", "a field must be given once")
            }
        }
        return fields
    }

    /// A name or value of a form: `+` is a space (URL Standard §5.1).
    private static func decoded(_ text: Substring) -> String? {
        text.replacing("+", with: " ").removingPercentEncoding
    }

    /// The whole body.
    ///
    /// - Throws: ``Problem`` 413 above the limit, 408 when it does not arrive in time.
    package func collectBody(limit: Int, within time: Duration) async throws -> ByteBuffer {
        try checkAnnouncedLength(limit: limit)
        let body = body
        do {
            guard let buffer = try await BodyArrival.within(time, { try await body.collect(upTo: limit) }) else {
                throw Problem.tooSlow()
            }
            return buffer
        } catch is NIOTooManyBytesError {
            throw Problem.tooLarge(limit: limit)
        }
    }

    private func checkContentType(_ wanted: String) throws {
        let values = headers[values: .contentType]
        guard values.count == 1 else {
            throw Problem.unsupportedMediaType("one content type must be given", accept: wanted)
        }
        let parts = values[0].split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
        let isUTF8 = parts.dropFirst().allSatisfy { ["charset=utf-8", "charset=\"utf-8\""].contains($0) }
        guard parts.first == wanted, isUTF8 else {
            throw Problem.unsupportedMediaType(
                "the content type must be \(wanted) in UTF-8",
                accept: wanted
            )
        }
        if let encoding = headers[.contentEncoding], encoding.lowercased() != "identity" {
            throw Problem.unsupportedMediaType("the body must not be compressed", accept: wanted)
        }
    }
}
