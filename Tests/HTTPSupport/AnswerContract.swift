package import HTTPTypes

/// Holds what a service really sends against its `openapi.yaml`: statuses, headers, and the members of every document.
package struct AnswerContract: Sendable {
    private let root: JSON
    private var check: SchemaCheck { SchemaCheck(root: root) }

    /// Reads a document.
    ///
    /// - Throws: `JSON.Unreadable`, `YamlError`.
    package init(document: String) throws { root = try JSON(yaml: document) }

    /// One line for each thing of an answer that the document does not say, or says otherwise.
    ///
    /// - Parameters:
    ///   - path: as it was asked for, without the query.
    ///   - sent: the body of the request, looked at only when it was accepted.
    package func differences(
        _ method: HTTPRequest.Method,
        _ path: String,
        sent: [UInt8]?,
        status: Int,
        headers: HTTPFields,
        body: [UInt8]
    ) -> [String] {
        guard let operation = operation(method, path) else {
            // What is not in the document answers that it is not there.
            return [404, 405].contains(status) ? [] : ["\(method) \(path): not in the document"]
        }
        guard let response = operation["responses"]?[String(status)].flatMap(check.resolved) else {
            return ["\(method) \(path): answer \(status) is not in the document"]
        }
        let lines =
            headerDifferences(response, headers) + bodyDifferences(response, headers, body)
            + ((200...299).contains(status) ? requestDifferences(operation, sent) : [])
        return lines.map { "\(method) \(path) \(status) \($0)" }
    }

    private func headerDifferences(_ response: JSON, _ headers: HTTPFields) -> [String] {
        (response["headers"]?.members ?? [:]).sorted { $0.key < $1.key }.flatMap { name, header -> [String] in
            guard let header = check.resolved(header), let field = HTTPField.Name(name) else {
                return ["header \(name): unreadable"]
            }
            guard let value = headers[field] else {
                return header["required"] == .boolean(true) ? ["header \(name): missing"] : []
            }
            let schema = header["schema"] ?? .object([:])
            let isNumber = [.string("integer"), .string("number")].contains(schema["type"])
            let read = isNumber ? Double(value).map(JSON.number) ?? .string(value) : .string(value)
            return check.differences(read, schema, at: "header \(name)")
        }
    }

    private func bodyDifferences(_ response: JSON, _ headers: HTTPFields, _ body: [UInt8]) -> [String] {
        let contents = response["content"]?.members ?? [:]
        guard !contents.isEmpty else { return body.isEmpty ? [] : ["a body where the document has none"] }
        guard let type = headers[.contentType], let content = contents[type] else {
            return ["content type \(headers[.contentType] ?? "missing") is not in the document"]
        }
        // Pictures and pages are looked at by who understands them; OpenAPI 3.1 writes bytes as a content without a schema.
        guard type.hasSuffix("json") else { return body.isEmpty ? ["the body is empty"] : [] }
        guard let schema = content["schema"] else { return ["content type \(type) has no schema"] }
        guard let value = try? JSON(body) else { return ["the body is no JSON"] }
        let problems = type == "application/problem+json" ? ProblemExamples(root: root).differences(value, content) : []
        return check.differences(value, schema) + problems
    }

    private func requestDifferences(_ operation: JSON, _ sent: [UInt8]?) -> [String] {
        guard let schema = operation["requestBody"]?["content"]?["application/json"]?["schema"] else { return [] }
        guard let sent, let value = try? JSON(sent) else { return ["request: no JSON, and yet accepted"] }
        return check.differences(value, schema).map { "request \($0)" }
    }

    private func operation(_ method: HTTPRequest.Method, _ path: String) -> JSON? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let templates = root["paths"]?.members ?? [:]
        let matching = templates.filter { template in
            let words = template.key.split(separator: "/", omittingEmptySubsequences: false)
            return words.count == parts.count && zip(words, parts).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
        }
        // The one with the fewest parameters is meant.
        return matching.min { $0.key.split(separator: "{").count < $1.key.split(separator: "{").count }?
            .value[method.rawValue.lowercased()]
    }
}
