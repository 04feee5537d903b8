import Foundation

/// Holds values against the part of JSON Schema that this project's documents use.
///
/// Stricter than the standard where a document would otherwise say too little: an object that lists its members has no others
/// unless `additionalProperties` says so, and a keyword that is not known here is a fault of the document.
struct SchemaCheck {
    private static let known: Set = [
        "$ref", "type", "required", "properties", "additionalProperties", "items", "enum", "pattern", "minLength",
        "maxLength", "minimum", "maximum", "maxItems", "minItems", "format", "description", "title", "default",
        "examples",
    ]

    /// The document that references lead into.
    let root: JSON

    /// One line for each place where the value is not what the schema says.
    func differences(_ value: JSON, _ schema: JSON, at pointer: String = "") -> [String] {
        guard let schema = resolved(schema) else { return ["\(pointer): a reference that leads nowhere"] }
        let unknown = schema.members.keys.filter { !Self.known.contains($0) }.sorted()
        guard unknown.isEmpty else { return ["\(pointer): keywords not known: \(unknown.joined(separator: ", "))"] }
        let types = schema["type"].map { $0.text.map { [$0] } ?? $0.elements.compactMap(\.text) } ?? []
        guard types.isEmpty || types.contains(where: { Self.isOf($0, value) }) else {
            return ["\(pointer): not \(types.joined(separator: " or "))"]
        }
        if let allowed = schema["enum"], value != .null, !allowed.elements.contains(value) {
            return ["\(pointer): not one of those listed"]
        }
        switch value {
        case .object(let members): return differences(members, schema, pointer)
        case .array(let values):
            let size =
                outside(values.count, schema["minItems"], schema["maxItems"]) ? ["\(pointer): so many items"] : []
            guard let items = schema["items"] else { return size + ["\(pointer): items of no schema"] }
            return size + values.enumerated().flatMap { differences($0.element, items, at: "\(pointer)/\($0.offset)") }
        case .string(let text): return differences(text, schema, pointer)
        case .number(let number):
            let low = schema["minimum"].flatMap(Self.number) ?? -.infinity
            let high = schema["maximum"].flatMap(Self.number) ?? .infinity
            return (low...high).contains(number) ? [] : ["\(pointer): out of bounds"]
        case .null, .boolean: return []
        }
    }

    /// What a reference leads to, or the value itself.
    func resolved(_ value: JSON) -> JSON? {
        guard let reference = value["$ref"]?.text else { return value }
        guard reference.hasPrefix("#/") else { return nil }
        return reference.dropFirst(2).split(separator: "/").reduce(root as JSON?) { $0?[String($1)] }.flatMap(resolved)
    }

    private func differences(_ members: [String: JSON], _ schema: JSON, _ pointer: String) -> [String] {
        let required = Set(schema["required"]?.elements.compactMap(\.text) ?? [])
        let properties = schema["properties"]?.members ?? [:]
        let missing = required.subtracting(members.keys).sorted().map { "\(pointer)/\($0): missing" }
        let rest = schema["additionalProperties"] ?? .boolean(false)
        return missing
            + members.sorted { $0.key < $1.key }.flatMap { name, value in
                if let property = properties[name] { return differences(value, property, at: "\(pointer)/\(name)") }
                switch rest {
                case .boolean(true): return []
                case .boolean: return ["\(pointer)/\(name): not in the document"]
                default: return differences(value, rest, at: "\(pointer)/\(name)")
                }
            }
    }

    private func differences(_ text: String, _ schema: JSON, _ pointer: String) -> [String] {
        var lines: [String] = []
        // JSON Schema counts code points.
        if outside(text.unicodeScalars.count, schema["minLength"], schema["maxLength"]) {
            lines.append("\(pointer): of a length that the document forbids")
        }
        if let pattern = schema["pattern"]?.text, (try? Regex(pattern).firstMatch(in: text)) == nil {
            lines.append("\(pointer): does not match \(pattern)")
        }
        if let format = schema["format"]?.text, !Self.isOf(format: format, text) {
            lines.append("\(pointer): no \(format)")
        }
        return lines
    }

    private func outside(_ count: Int, _ low: JSON?, _ high: JSON?) -> Bool {
        count < low?.whole ?? 0 || count > high?.whole ?? .max
    }

    private static func isOf(_ type: String, _ value: JSON) -> Bool {
        switch (type, value) {
        case ("null", .null), ("boolean", .boolean), ("number", .number), ("string", .string), ("array", .array),
            ("object", .object):
            true
        case ("integer", .number(let number)): number == number.rounded()
        default: false
        }
    }

    private static func isOf(format: String, _ text: String) -> Bool {
        switch format {
        case "uuid": text.wholeMatch(of: /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/) != nil
        case "date": text.wholeMatch(of: /\d{4}-\d\d-\d\d/) != nil
        case "date-time": text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/) != nil
        // A document may say only what is checked here.
        default: false
        }
    }

    private static func number(_ value: JSON) -> Double? { if case .number(let number) = value { number } else { nil } }
}
