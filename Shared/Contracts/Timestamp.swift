package import Foundation

/// A moment with microsecond precision, written as RFC 3339 in UTC: what PostgreSQL stores and JSON carries, unrounded.
package struct Timestamp: Hashable, Sendable, Comparable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    package let microseconds: Int64

    /// Creates a moment from microseconds since 1970.
    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// Rounds a Foundation date to the microsecond.
    package init(_ date: Date) {
        microseconds = Int64((date.timeIntervalSince1970 * 1_000_000).rounded())
    }

    /// The wall clock's present moment.
    package static var now: Self {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Self(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }

    /// The same moment for Foundation's calendar functions.
    package var date: Date { Date(timeIntervalSince1970: Double(microseconds) / 1_000_000) }

    /// Seconds since 1970, rounded down, as the AMQP property `timestamp` takes them.
    package var seconds: Int64 { microseconds.quotientFloored(by: 1_000_000) }

    /// Earlier moments come first.
    package static func < (first: Self, second: Self) -> Bool {
        first.microseconds < second.microseconds
    }

    /// The moment `duration` later (or earlier, when negative).
    package static func + (moment: Self, duration: Duration) -> Self {
        let (seconds, attoseconds) = duration.components
        return Self(microseconds: moment.microseconds + seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    }

    /// The time that lies between two moments; negative when `later` is earlier.
    package static func - (later: Self, earlier: Self) -> Duration {
        .microseconds(later.microseconds - earlier.microseconds)
    }
}

extension Timestamp: Codable, CustomStringConvertible, LosslessStringConvertible {
    /// RFC 3339 with six decimals and `Z`.
    package var description: String {
        let (days, rest) = (seconds.quotientFloored(by: 86_400), seconds - seconds.quotientFloored(by: 86_400) * 86_400)
        let (year, month, day) = Self.civil(fromDays: days)
        let fraction = microseconds - seconds * 1_000_000
        return String(unsafeUninitializedCapacity: 27) { text in
            func put(_ value: Int64, _ width: Int, at start: Int) {
                var value = value
                for index in stride(from: start + width - 1, through: start, by: -1) {
                    text[index] = UInt8(48 + value % 10)
                    value /= 10
                }
            }
            put(year, 4, at: 0)
            put(month, 2, at: 5)
            put(day, 2, at: 8)
            put(rest / 3_600, 2, at: 11)
            put(rest / 60 % 60, 2, at: 14)
            put(rest % 60, 2, at: 17)
            put(fraction, 6, at: 20)
            for (index, separator) in [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":"), (19, "."), (26, "Z")]
                as [(Int, Unicode.Scalar)]
            {
                text[index] = UInt8(ascii: separator)
            }
            return 27
        }
    }

    /// Reads RFC 3339 with any offset and zero to nine decimals (cut to six); nil for anything else.
    package init?(_ description: String) {
        guard let parsed = RFC3339(description) else { return nil }
        microseconds = parsed.microseconds
    }

    /// Reads the RFC 3339 string.
    ///
    /// - Throws: `DecodingError` when the value is no such string.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let timestamp = Timestamp(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an RFC 3339 date and time")
        }
        self = timestamp
    }

    /// Writes the RFC 3339 string.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// Year, month and day of a count of days since 1970 in the proleptic Gregorian calendar.
    ///
    /// The method of eras of 400 years (146,097 days), with the year begun in March so that the leap day comes last.
    package static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        // 719,468 days lie between 0000-03-01 and 1970-01-01.
        let shifted = days + 719_468
        let era = shifted.quotientFloored(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    /// The count of days since 1970 of a date in the proleptic Gregorian calendar; the inverse of ``civil(fromDays:)``.
    package static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear.quotientFloored(by: 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}

extension Int64 {
    /// Division that rounds towards negative infinity.
    fileprivate func quotientFloored(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
