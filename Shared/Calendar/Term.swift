package import Contracts

/// The length of a legal period (期限): a number of calendar months or of calendar days.
///
/// Counted as the Civil Code counts: the day on which it begins is not counted (民法典第二百零一条), and it ends with its
/// last day.
package struct Term: Hashable, Sendable, Codable, CustomStringConvertible {
    /// What is counted.
    package enum Unit: Sendable, Hashable {
        /// Calendar months (月).
        case months
        /// Calendar days (日).
        case days
    }

    /// What is counted.
    package let unit: Unit
    /// How many, from 1.
    package let count: Int

    /// Creates a term.
    package init(_ count: Int, _ unit: Unit) {
        precondition(count > 0, "a term has a length")
        self.count = count
        self.unit = unit
    }

    /// Reads ISO 8601: `P3M`, `P30D`; nil for anything else.
    package init?(_ text: String) {
        guard text.first == "P", let letter = text.last, let count = Int(text.dropFirst().dropLast()), count > 0,
            // Ten years: a longer one is a slip of the pen.
            count <= 3_650, text.dropFirst().first?.isNumber == true
        else { return nil }
        switch letter {
        case "M": self.init(count, .months)
        case "D": self.init(count, .days)
        default: return nil
        }
    }

    /// Reads the ISO 8601 string.
    ///
    /// - Throws: `DecodingError` when it is no term.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let term = Self(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a term such as P3M or P30D")
        }
        self = term
    }

    /// Writes the ISO 8601 string.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// ISO 8601.
    package var description: String { "P\(count)\(unit == .months ? "M" : "D")" }

    /// The last day of a period that begins on `day`.
    package func end(from day: CivilDate) -> CivilDate {
        switch unit {
        case .months: day.adding(months: count)
        case .days: day.adding(days: count)
        }
    }

    /// The clock of a period that begins at `start`, resting on `basis`.
    package func clock(from start: Timestamp, basis: String) -> Clock {
        Clock(startedAt: start, term: description, dueAt: end(from: CivilDate(of: start)).end, basis: basis)
    }
}
