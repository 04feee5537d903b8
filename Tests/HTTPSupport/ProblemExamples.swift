/// What a document says of its problems (RFC 9457): an example of each type where it may come, and every rule that an error may name,
/// with what it means, under `components/x-rules`.
package struct ProblemExamples {
    private static let type = "application/problem+json"

    private let root: JSON
    private var check: SchemaCheck { SchemaCheck(root: root) }
    private var rules: [String: JSON] { root["components"]?["x-rules"]?.members ?? [:] }

    init(root: JSON) { self.root = root }

    /// Reads a document.
    ///
    /// - Throws: `JSON.Unreadable`, `YamlError`.
    package init(document: String) throws { root = try JSON(yaml: document) }

    /// One line for each thing of a problem that was answered and that the document does not say.
    ///
    /// - Parameter content: of the response, as the document has it.
    func differences(_ problem: JSON, _ content: JSON) -> [String] {
        let type = problem["type"]?.text ?? ""
        let rules = problem["errors"]?.elements.compactMap { $0["rule"]?.text } ?? []
        let unknown = rules.filter { self.rules[$0] == nil }.map { "rule \($0) is not in components/x-rules" }
        guard let example = Self.examples(in: content).first(where: { $0["type"]?.text == type }) else {
            return ["\(type) has no example"] + unknown
        }
        let title = example["title"] == problem["title"] ? [] : ["\(type) has another title in its example"]
        return title + unknown
    }

    /// One line for each error response without an example, for each example that is not what its response says, and for each
    /// rule without its meaning.
    package var faults: [String] {
        var faults = rules.filter { $0.value.text?.isEmpty ?? true }.map { "rule \($0.key): says nothing" }.sorted()
        for (path, item) in (root["paths"]?.members ?? [:]).sorted(by: { $0.key < $1.key }) {
            for (method, operation) in item.members.sorted(by: { $0.key < $1.key }) {
                for (status, response) in (operation["responses"]?.members ?? [:]).sorted(by: { $0.key < $1.key }) {
                    faults += self.faults(of: response, status).map {
                        "\(method.uppercased()) \(path) \(status): \($0)"
                    }
                }
            }
        }
        return faults
    }

    private func faults(of response: JSON, _ status: String) -> [String] {
        guard status == "default" || status.hasPrefix("4") || status.hasPrefix("5") else { return [] }
        let contents = check.resolved(response)?["content"]?.members ?? [:]
        guard !contents.isEmpty else { return ["no content"] }
        return contents.sorted { $0.key < $1.key }.flatMap { type, content -> [String] in
            let examples = Self.examples(in: content)
            guard !examples.isEmpty else { return ["no example of \(type)"] }
            guard type == Self.type else { return [] }
            return examples.flatMap { faults(of: $0, content, status) }
        }
    }

    private func faults(of example: JSON, _ content: JSON, _ status: String) -> [String] {
        let number = example["status"]?.whole.map(String.init)
        let wrong = number == status ? [] : ["an example of status \(number ?? "none")"]
        let rules = example["errors"]?.elements.compactMap { $0["rule"]?.text } ?? []
        let unknown = rules.filter { self.rules[$0] == nil }.map { "rule \($0) is not in components/x-rules" }
        return wrong + unknown + (content["schema"].map { check.differences(example, $0) } ?? ["no schema"])
    }

    /// The values of `example` and `examples`.
    private static func examples(in content: JSON) -> [JSON] {
        (content["example"].map { [$0] } ?? [])
            + (content["examples"]?.members ?? [:]).sorted { $0.key < $1.key }.compactMap { $0.value["value"] }
    }
}
