/// A parsed `date-time` of RFC 3339 §5.6: four-digit year, any offset, up to nine decimals.
struct RFC3339 {
    /// Microseconds since 1970; decimals beyond the sixth are cut.
    let microseconds: Int64

    init?(_ text: String) {
        var scanner = Scanner(text)
        guard let year = scanner.digits(4), scanner.take("-"), let month = scanner.digits(2), scanner.take("-"),
            let day = scanner.digits(2), scanner.take("T") || scanner.take("t") || scanner.take(" "),
            let hour = scanner.digits(2), scanner.take(":"), let minute = scanner.digits(2), scanner.take(":"),
            let second = scanner.digits(2), let fraction = scanner.fraction(), let offset = scanner.offset(),
            scanner.isAtEnd
        else { return nil }
        guard (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 60 else { return nil }
        let days = Timestamp.days(year: year, month: month, day: day)
        // A day the month does not have (30 February) comes back as another date.
        guard Timestamp.civil(fromDays: days) == (year, month, day) else { return nil }
        microseconds = (days * 86_400 + hour * 3_600 + minute * 60 + second - offset) * 1_000_000 + fraction
        // An offset may lead out of the years of four digits, which are all that can be written again in UTC.
        guard Self.writable.contains(microseconds) else { return nil }
    }

    /// From the beginning of the year 0000 to the end of 9999.
    private static let writable: Range<Int64> = {
        func start(_ year: Int64) -> Int64 { Timestamp.days(year: year, month: 1, day: 1) * 86_400 * 1_000_000 }
        return start(0)..<start(10_000)
    }()

    private struct Scanner {
        private let bytes: [UInt8]
        private var index = 0

        init(_ text: String) {
            bytes = Array(text.utf8)
        }

        var isAtEnd: Bool { index == bytes.count }

        mutating func take(_ scalar: Unicode.Scalar) -> Bool {
            guard index < bytes.count, bytes[index] == UInt8(ascii: scalar) else { return false }
            index += 1
            return true
        }

        mutating func digits(_ count: Int) -> Int64? {
            guard index + count <= bytes.count else { return nil }
            var value: Int64 = 0
            for _ in 0..<count {
                guard (48...57).contains(bytes[index]) else { return nil }
                value = value * 10 + Int64(bytes[index] - 48)
                index += 1
            }
            return value
        }

        /// Microseconds after the point; zero when there is none.
        mutating func fraction() -> Int64? {
            guard take(".") else { return 0 }
            var (value, count): (Int64, Int) = (0, 0)
            while index < bytes.count, (48...57).contains(bytes[index]) {
                if count < 6 { value = value * 10 + Int64(bytes[index] - 48) }
                count += 1
                index += 1
            }
            guard (1...9).contains(count) else { return nil }
            for _ in min(count, 6)..<6 { value *= 10 }
            return value
        }

        /// Seconds east of UTC.
        mutating func offset() -> Int64? {
            if take("Z") || take("z") { return 0 }
            let sign: Int64 = take("+") ? 1 : -1
            guard sign == 1 || take("-"), let hours = digits(2), take(":"), let minutes = digits(2), hours < 24,
                minutes < 60
            else { return nil }
            return sign * (hours * 3_600 + minutes * 60)
        }
    }
}
