/// The length of a legal period (期限): a number of calendar months, calendar days, working days or working hours.
///
/// ``CountingRule`` says how it is counted. Written as ISO 8601 writes it where that can: `P3M`, `P30D`; it has no notation for
/// working days and hours, which are `5wd` and `8wh`. `3m` and `30d` are read as well.
package struct Term: Hashable, Sendable, Codable, CustomStringConvertible {
    /// What is counted.
    package enum Unit: String, Sendable, Hashable, CaseIterable {
        /// Calendar months (月).
        case months = "m"
        /// Calendar days (日).
        case days = "d"
        /// Working days (工作日).
        case workingDays = "wd"
        /// Hours within the working windows of a calendar (工作小时).
        case workingHours = "wh"
    }

    /// What is counted.
    package let unit: Unit
    /// How many, from 1.
    package let count: Int

    /// Ten years of days: a longer one is a slip of the pen.
    package static let limit = 3_650

    /// Creates a term.
    package init(_ count: Int, _ unit: Unit) {
        precondition(count > 0, "a term has a length")
        self.count = count
        self.unit = unit
    }

    /// Reads `P3M`, `P30D`, `3m`, `30d`, `5wd`, `8wh`; nil for anything else.
    package init?(_ text: String) {
        let isISO = text.first == "P"
        let rest = isISO ? text.dropFirst() : text[...]
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int(digits), count > 0, count <= Self.limit else { return nil }
        let letters = rest.dropFirst(digits.count)
        let unit: Unit? =
            isISO ? ["M": Unit.months, "D": .days][String(letters)] : Unit(rawValue: String(letters))
        guard let unit else { return nil }
        self.init(count, unit)
    }

    /// Reads the ISO 8601 string.
    ///
    /// - Throws: `DecodingError` when it is no term.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let term = Self(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "not a term such as P3M, P30D, 5wd or 8wh"
            )
        }
        self = term
    }

    /// Writes the ISO 8601 string.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// As it is written: `P3M`, `P30D`, `5wd`, `8wh`.
    package var description: String {
        switch unit {
        case .months: "P\(count)M"
        case .days: "P\(count)D"
        case .workingDays, .workingHours: "\(count)\(unit.rawValue)"
        }
    }
}
