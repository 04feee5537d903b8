import Foundation

/// Moments as people read them: in China's one time zone, to the minute.
enum Moments {
    /// China keeps one time, eight hours before UTC, without summer time (since 1991).
    private static let offset = 8 * 3_600

    /// «2026年11月24日 17:30» or «24 Nov 2026, 17:30»; the text itself when it is no moment (RFC 3339).
    static func text(_ moment: String, _ language: Language) -> String {
        guard let date = date(moment) else { return moment }
        let (day, seconds) = parts(date)
        return language == .chinese ? "\(day.chinese) \(clock(seconds))" : "\(day.english), \(clock(seconds))"
    }

    /// The day alone.
    static func day(_ moment: String, _ language: Language) -> String {
        guard let date = date(moment) else { return moment }
        let day = parts(date).day
        return language == .chinese ? day.chinese : day.english
    }

    /// RFC 3339 with or without a fraction, or a date alone, which is its day's beginning in China.
    private static func date(_ text: String) -> Date? {
        if text.wholeMatch(of: /\d{4}-\d{2}-\d{2}/) != nil {
            return try? Date("\(text)T00:00:00+08:00", strategy: .iso8601)
        }
        let whole = text.replacing(/\.\d+/, with: "")
        return try? Date(whole, strategy: .iso8601)
    }

    private struct Day {
        let year: Int
        let month: Int
        let day: Int

        private static let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        var chinese: String { "\(year)年\(month)月\(day)日" }
        var english: String { "\(day) \(Self.months[month - 1]) \(year)" }
    }

    private static func parts(_ date: Date) -> (day: Day, seconds: Int) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(secondsFromGMT: offset) ?? .gmt
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute], from: date)
        let day = Day(year: parts.year ?? 0, month: parts.month ?? 1, day: parts.day ?? 0)
        return (day, (parts.hour ?? 0) * 3_600 + (parts.minute ?? 0) * 60)
    }

    private static func clock(_ seconds: Int) -> String {
        func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(padded(seconds / 3_600)):\(padded(seconds / 60 % 60))"
    }
}
