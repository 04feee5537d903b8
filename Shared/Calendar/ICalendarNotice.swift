/// A year's notice out of an iCalendar file (RFC 5545), as telephones' calendars publish it.
///
/// Of each event the days from DTSTART to DTEND, the latter not included (§3.6.1), and of its SUMMARY whether it is a day off (休,
/// 放假) or a working weekend (班). Such files name no notice; whoever imports one does.
package enum ICalendarNotice {
    /// The longest file that is read: a year's is a hundredth of it.
    package static let sizeLimit = 1 << 20
    /// Days of an event: the longest holiday so far has nine.
    private static let daysLimit = 31

    private struct Event {
        var start: String?
        var end: String?
        var summary = ""
        /// Where it begins, counted from 1.
        let line: Int
    }

    /// Reads the events of a year; those of others are left out.
    ///
    /// - Parameter paper: where the notice itself stands.
    /// - Throws: ``HolidayNotice/Faults`` that name lines.
    package static func read(_ text: String, year: Int, paper: String) throws(HolidayNotice.Faults) -> HolidayNotice {
        var faults: [String] = []
        var days: [HolidayNotice.Day] = []
        if text.utf8.count > sizeLimit { throw .init(lines: ["the file is larger than \(sizeLimit) bytes"]) }
        let lines = unfolded(text)
        if lines.first?.text != "BEGIN:VCALENDAR" { throw .init(lines: ["line 1: no BEGIN:VCALENDAR (RFC 5545 §3.4)"]) }
        var event: Event?
        for (number, line) in lines {
            let (name, value) = parts(line)
            switch (name, value) {
            case ("BEGIN", "VEVENT"): event = Event(line: number)
            case ("END", "VEVENT"):
                if let whole = event { days += read(whole, year: year, &faults) }
                event = nil
            case ("DTSTART", _): event?.start = String(value.prefix(8))
            case ("DTEND", _): event?.end = String(value.prefix(8))
            case ("SUMMARY", _): event?.summary = String(value)
            default: break
            }
        }
        guard faults.isEmpty else { throw .init(lines: faults) }
        return try HolidayNotice(year: year, papers: [paper], days: days)
    }

    private static func read(_ event: Event, year: Int, _ faults: inout [String]) -> [HolidayNotice.Day] {
        guard let start = event.start.flatMap(date) else {
            faults.append("line \(event.line): DTSTART is no date")
            return []
        }
        guard let end = event.end.map(date) ?? start.adding(days: 1), (1...daysLimit).contains(start.days(to: end))
        else {
            faults.append("line \(event.line): DTEND must be a date 1 to \(daysLimit) days behind DTSTART")
            return []
        }
        guard start.year == year else { return [] }
        let isOffDay: Bool
        if event.summary.contains("班") {
            isOffDay = false
        } else if event.summary.contains("休") || event.summary.contains("放假") {
            isOffDay = true
        } else {
            faults.append("line \(event.line): SUMMARY says neither 休 nor 班")
            return []
        }
        let name = String(event.summary.prefix { !"（( 休班补调放".contains($0) })
        return (0..<start.days(to: end)).map { offset in
            .init(name: name.isEmpty ? event.summary : name, date: start.adding(days: offset), isOffDay: isOffDay)
        }
    }

    private static func date(_ text: String) -> CivilDate? {
        guard text.utf8.count == 8 else { return nil }
        return CivilDate(iso: "\(text.prefix(4))-\(text.dropFirst(4).prefix(2))-\(text.dropFirst(6))")
    }

    /// The name of a property without its parameters, and its value (§3.1).
    private static func parts(_ line: Substring) -> (name: Substring, value: Substring) {
        guard let colon = line.firstIndex(of: ":") else { return (line, "") }
        let head = line[..<colon]
        return (head.prefix { $0 != ";" }, line[line.index(after: colon)...])
    }

    /// Lines that begin with white space go on with the one before (§3.1), each with the number of its first.
    private static func unfolded(_ text: String) -> [(number: Int, text: Substring)] {
        var lines: [(number: Int, text: Substring)] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            if let first = line.first, first == " " || first == "\t", !lines.isEmpty {
                lines[lines.count - 1].text = Substring(lines[lines.count - 1].text + line.dropFirst())
            } else if !line.isEmpty {
                lines.append((index + 1, line))
            }
        }
        return lines
    }
}
