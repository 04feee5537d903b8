import HTTPTypes

/// One operation of a document, and how it is asked with one text in one place and something fitting in all others.
struct RequestSketch: Sendable {
    /// Where a text may stand.
    enum Place: Sendable, Hashable {
        /// A member of a JSON body, by the names on the way to it; `0` is an array's element.
        case member([String])
        /// A field of an urlencoded form.
        case field(String)
        case query(String)
        case path(String)
        case header(String)
    }

    let method: HTTPRequest.Method
    /// With its parameters in braces.
    let template: String
    let right: String?
    private let operation: JSON
    private let check: SchemaCheck
    private let parameters: [JSON]

    /// All operations of a document, in the order of their paths.
    static func all(of root: JSON) -> [RequestSketch] {
        let check = SchemaCheck(root: root)
        return (root["paths"]?.members ?? [:]).sorted { $0.key < $1.key }.flatMap { path, item in
            ["get", "post", "put", "patch", "delete"].compactMap { name in
                guard let operation = item[name], let method = HTTPRequest.Method(rawValue: name.uppercased()) else {
                    return nil
                }
                let parameters = (item["parameters"]?.elements ?? []) + (operation["parameters"]?.elements ?? [])
                return RequestSketch(
                    method: method,
                    template: path,
                    right: operation["x-right"]?.text,
                    operation: operation,
                    check: check,
                    parameters: parameters.compactMap(check.resolved)
                )
            }
        }
    }

    /// The schema of a body of a type; nil when it takes none.
    private func schema(_ type: String) -> JSON? {
        operation["requestBody"].flatMap(check.resolved)?["content"]?[type]?["schema"].flatMap(check.resolved)
    }

    private static let (json, form) = ("application/json", "application/x-www-form-urlencoded")

    /// Every place of a text, and of a number too: a stranger writes letters there.
    var places: [Place] {
        let named = parameters.compactMap { parameter -> Place? in
            guard let name = parameter["name"]?.text else { return nil }
            switch parameter["in"]?.text {
            case "query": return .query(name)
            case "path": return .path(name)
            case "header": return .header(name)
            default: return nil
            }
        }
        let members = schema(Self.json).map { strings(of: $0).map(Place.member) } ?? []
        let fields = schema(Self.form)?["properties"]?.members.keys.sorted().map(Place.field) ?? []
        return named + members + fields
    }

    /// The ways to every text of a schema.
    private func strings(of schema: JSON, at way: [String] = []) -> [[String]] {
        guard let schema = check.resolved(schema), way.count < 6 else { return [] }
        let types = schema["type"].map { $0.text.map { [$0] } ?? $0.elements.compactMap(\.text) } ?? []
        if types.contains("string") { return [way] }
        if let items = schema["items"] { return strings(of: items, at: way + ["0"]) }
        return (schema["properties"]?.members ?? [:]).sorted { $0.key < $1.key }
            .flatMap { strings(of: $0.value, at: way + [$0.key]) }
    }

    /// The body as text with one member as it is given, in JSON.
    ///
    /// - Parameters:
    ///   - given: the member's way and its value with its quotation marks; nil for a body without anything hostile.
    ///   - values: what fits, by the members' names.
    func body(_ given: (way: [String], value: String)?, values: [String: String]) -> String? {
        schema(Self.json).map { text(of: $0, given.map { ($0.way[...], $0.value) }, name: "", values) }
    }

    private func text(
        of schema: JSON,
        _ given: (way: ArraySlice<String>, value: String)?,
        name: String,
        _ values: [String: String]
    ) -> String {
        if let given, given.way.isEmpty { return given.value }
        guard let schema = check.resolved(schema) else { return "null" }
        func below(_ step: String) -> (way: ArraySlice<String>, value: String)? {
            given.flatMap { $0.way.first == step ? ($0.way.dropFirst(), $0.value) : nil }
        }
        if let properties = schema["properties"]?.members {
            let required = schema["required"]?.elements.compactMap(\.text) ?? []
            let names = Set(required).union(given?.way.prefix(1) ?? []).union(values.keys)
            let members = properties.filter { names.contains($0.key) }.sorted { $0.key < $1.key }
            return "{"
                + members.map { "\"\($0.key)\":" + text(of: $0.value, below($0.key), name: $0.key, values) }
                .joined(separator: ",") + "}"
        }
        if let items = schema["items"] {
            guard given != nil || values[name] != nil || (schema["minItems"]?.whole ?? 0) > 0 else { return "[]" }
            return "[" + text(of: items, below("0"), name: name, values) + "]"
        }
        if let value = values[name] { return "\"\(value)\"" }
        return Self.fitting(schema)
    }

    private static func fitting(_ schema: JSON) -> String {
        if let first = schema["enum"]?.elements.first?.text { return "\"\(first)\"" }
        let types = schema["type"].map { $0.text.map { [$0] } ?? $0.elements.compactMap(\.text) } ?? []
        switch types.first {
        case "integer", "number": return String(schema["minimum"]?.whole ?? 1)
        case "boolean": return "true"
        case "object": return "{}"
        default: break
        }
        switch schema["format"]?.text {
        case "uuid": return "\"01890000-0000-7000-8000-000000000000\""
        case "date": return "\"2100-03-02\""
        case "date-time": return "\"2100-03-02T00:00:00.000000Z\""
        default: return "\"x\""
        }
    }

    /// An urlencoded form with one field as it is given.
    func form(_ given: (name: String, value: String)?, values: [String: String]) -> String? {
        guard let schema = schema(Self.form) else { return nil }
        let required = schema["required"]?.elements.compactMap(\.text) ?? []
        let names = Set(required).union(given.map { [$0.name] } ?? [])
        return names.sorted().map { name in
            let value = given?.name == name ? given?.value ?? "" : values[name] ?? "x"
            return "\(name)=\(Self.percent(value))"
        }.joined(separator: "&")
    }

    /// The address with one parameter as it is given; what else is required stands there as it fits.
    func address(_ given: (place: Place, value: String)?, values: [String: String]) -> String {
        func value(_ parameter: JSON, _ place: Place) -> String? {
            guard let name = parameter["name"]?.text else { return nil }
            if let given, given.place == place { return given.value }
            let isRequired = parameter["required"] == .boolean(true)
            return values[name] ?? (isRequired ? Self.fitting(parameter["schema"] ?? .null).filter { $0 != "\"" } : nil)
        }
        var path = template
        var query: [String] = []
        for parameter in parameters {
            guard let name = parameter["name"]?.text else { continue }
            switch parameter["in"]?.text {
            case "path":
                path = path.replacing("{\(name)}", with: Self.percent(value(parameter, .path(name)) ?? "x"))
            case "query":
                if let value = value(parameter, .query(name)) { query.append("\(name)=\(Self.percent(value))") }
            default: break
            }
        }
        return path + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
    }

    /// The headers that the document asks for, with one as it is given.
    func headers(_ given: (name: String, value: String)?, values: [String: String]) -> HTTPFields {
        var headers: HTTPFields = [:]
        for parameter in parameters where parameter["in"]?.text == "header" {
            guard let name = parameter["name"]?.text, let field = HTTPField.Name(name) else { continue }
            if let given, given.name == name {
                headers[field] = given.value
            } else if let value = values[name] {
                headers[field] = value
            }
        }
        return headers
    }

    static func percent(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
