/// A year's notice out of an iCalendar file (RFC 5545), as telephones' calendars publish it.
///
/// Of each event the days from DTSTART to DTEND, the latter not included (§3.6.1); whether it is a day off or a working weekend by
/// X-APPLE-SPECIAL-DAY (WORK-HOLIDAY, ALTERNATE-WORKDAY), else by its SUMMARY (休 and 放假, or 班). What says neither, as a festival
/// on which people work, is skipped and named. Such files name no notice; whoever imports one does.
package enum ICalendarNotice {
    /// The longest file that is read: a year's is a hundredth of it.
    package static let sizeLimit = 1 << 20
    /// Days of an event: the longest holiday so far has nine.
    private static let daysLimit = 31

    /// What a file says of a year.
    package struct Reading: Sendable, Hashable {
        /// The days.
        package let notice: HolidayNotice
        /// What was left out, a line each.
        package let skipped: [String]
    }

    private struct Event {
        var start: String?
        var end: String?
        var summary = ""
        /// As Apple's calendars mark it.
        var special = ""
        /// Where it begins, counted from 1.
        let line: Int

        /// Whether nobody works; nil when it says neither.
        var isOffDay: Bool? {
            switch special.uppercased() {
            case "WORK-HOLIDAY": return true
            case "ALTERNATE-WORKDAY": return false
            default: break
            }
            if summary.contains("班") { return false }
            return summary.contains("休") || summary.contains("放假") ? true : nil
        }
    }

    /// Reads the events of a year; those of others are left out.
    ///
    /// - Parameter paper: where the notice itself stands.
    /// - Throws: ``HolidayNotice/Faults`` that name lines.
    package static func read(_ text: String, year: Int, paper: String) throws(HolidayNotice.Faults) -> Reading {
        var (faults, skipped, others): ([String], [String], Int) = ([], [], 0)
        var days: [HolidayNotice.Day] = []
        if text.utf8.count > sizeLimit { throw .init(lines: ["the file is larger than \(sizeLimit) bytes"]) }
        let lines = unfolded(text)
        if lines.first?.text.uppercased() != "BEGIN:VCALENDAR" {
            throw .init(lines: ["line 1: no BEGIN:VCALENDAR (RFC 5545 §3.4)"])
        }
        var event: Event?
        // An alarm within an event has a SUMMARY of its own (§3.6.6).
        var depth = 0
        for (number, line) in lines {
            let (name, value) = parts(line)
            switch (name.uppercased(), value) {
            case ("BEGIN", "VEVENT"): (event, depth) = (Event(line: number), 0)
            case ("BEGIN", _): depth += 1
            case ("END", "VEVENT"):
                if let whole = event {
                    guard let isOffDay = whole.isOffDay else {
                        // Of a strange file no more than a line's beginning goes to a terminal, and no control character.
                        let name = String(whole.summary.prefix(40)).debugDescription
                        skipped.append("line \(whole.line): \(name) is neither a day off (休) nor a working weekend (班)")
                        event = nil
                        continue
                    }
                    let found = read(whole, isOffDay, year: year, &faults)
                    if found == [] { others += 1 }
                    days += found ?? []
                }
                event = nil
            case ("END", _): depth -= 1
            case (_, _) where depth > 0: break
            case ("DTSTART", _): event?.start = String(value.prefix(8))
            case ("DTEND", _): event?.end = String(value.prefix(8))
            case ("SUMMARY", _): event?.summary = String(value)
            case ("X-APPLE-SPECIAL-DAY", _): event?.special = String(value)
            default: break
            }
        }
        guard faults.isEmpty else { throw .init(lines: faults) }
        if others > 0 { skipped.append("\(others) events of other years") }
        return Reading(notice: try HolidayNotice(year: year, papers: [paper], days: days), skipped: skipped)
    }

    /// The days of an event that a year's notice names; nil when it is at fault.
    private static func read(
        _ event: Event,
        _ isOffDay: Bool,
        year: Int,
        _ faults: inout [String]
    ) -> [HolidayNotice.Day]? {
        guard let start = event.start.flatMap(date) else {
            faults.append("line \(event.line): DTSTART is no date")
            return nil
        }
        guard let end = event.end.map(date) ?? start.adding(days: 1), (1...daysLimit).contains(start.days(to: end))
        else {
            faults.append("line \(event.line): DTEND must be a date 1 to \(daysLimit) days behind DTSTART")
            return nil
        }
        let name = String(event.summary.prefix { !"（( 休班补调放".contains($0) })
        let days = (0..<start.days(to: end)).map { offset in
            HolidayNotice.Day(
                name: name.isEmpty ? event.summary : name,
                date: start.adding(days: offset),
                isOffDay: isOffDay
            )
        }
        // New Year's days off may begin in December: they stand in the notice of the year that begins.
        return days.filter { day in
            let isEve = day.date.month == 12 && event.summary.contains("元旦")
            return day.date.year + (isEve ? 1 : 0) == year
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
