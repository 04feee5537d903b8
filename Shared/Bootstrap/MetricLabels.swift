/// The labels of a series in the text format, sorted by name, each name once.
struct MetricLabels: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// A value longer than this is cut: labels are words, not texts.
    private static let valueLimit = 256

    private let pairs: [String]
    /// `{a="1",b="2"}`, or nothing without labels.
    let description: String

    init(_ dimensions: [(String, String)]) {
        var byName: [String: String] = [:]
        for (name, value) in dimensions { byName[Self.labelName(name)] = value }
        self.init(pairs: byName.sorted { $0.key < $1.key }.map { "\($0.key)=\"\(Self.escaped($0.value))\"" })
    }

    private init(pairs: [String]) {
        self.pairs = pairs
        description = pairs.isEmpty ? "" : "{\(pairs.joined(separator: ","))}"
    }

    /// The labels with one more at the end.
    func adding(_ name: String, _ value: String) -> Self {
        Self(pairs: pairs + ["\(name)=\"\(Self.escaped(value))\""])
    }

    static func < (first: Self, second: Self) -> Bool { first.description < second.description }

    /// A metric's name: what `[a-zA-Z_:][a-zA-Z0-9_:]*` does not allow becomes an underscore.
    static func metricName(_ name: String) -> String { cleaned(name, allowingColons: true) }

    private static func labelName(_ name: String) -> String {
        let name = cleaned(name, allowingColons: false)
        // `le` belongs to the buckets of a histogram.
        return name == "le" ? "_le" : name
    }

    private static func cleaned(_ name: String, allowingColons: Bool) -> String {
        let text = String(
            name.unicodeScalars.map { scalar -> Character in
                let isAllowed =
                    scalar.isASCII
                    && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "_"
                        || (allowingColons && scalar == ":"))
                return isAllowed ? Character(scalar) : "_"
            }
        )
        let beginsWithDigit = text.unicodeScalars.first.map { ("0"..."9").contains($0) } ?? true
        return beginsWithDigit ? "_" + text : text
    }

    /// A label's value: backslash, quote and line feed escaped.
    private static func escaped(_ value: String) -> String {
        let value = value.utf8.count > valueLimit ? value.prefix(valueLimit / 4) + "…" : value[...]
        var text = ""
        // By scalars, since a carriage return and a line feed are one character.
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    /// A help line: backslash and line feed escaped.
    static func escapedHelp(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    }
}
