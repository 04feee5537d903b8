import Calendar
import Contracts

/// What falls due as a calendar program reads it.
enum DueCalendar {
    /// The calendar (RFC 5545): an event a day for each open clock, on the day on which it ends.
    ///
    /// Of the matter it says the number alone: calendars are shown on walls. An event's sequence is the owner's change of the period, so
    /// that a program that has it already takes the later one.
    ///
    /// - Parameter now: when this is made.
    static func text(
        _ clocks: [(number: String?, clock: RunningClock)],
        at now: Timestamp,
        in zone: FixedZone = .china
    ) -> String {
        var lines = [
            "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//eBinda//Reminders//ZH", "CALSCALE:GREGORIAN",
            "X-WR-CALNAME:答复期限 · answers due",
        ]
        for (number, clock) in clocks {
            let day = CivilDate(of: clock.dueAt, in: zone)
            let doubt = clock.pausedSince != nil ? "（已中止）" : clock.clock.provisional == true ? "（暂定）" : ""
            let round = clock.id.round > 1 ? "，第\(clock.id.round)轮" : ""
            lines += [
                "BEGIN:VEVENT", "UID:\(clock.id.assignment)-\(clock.id.round)@ebinda",
                "DTSTAMP:\(stamp(now))", "SEQUENCE:\(clock.change)", "DTSTART;VALUE=DATE:\(date(day))",
                "DTEND;VALUE=DATE:\(date(day.adding(days: 1)))",
                "SUMMARY:\(escaped("\(number ?? "") 答复到期\(doubt)\(round) · \(clock.department)"))",
                "DESCRIPTION:\(escaped("\(clock.clock.term) \(clock.clock.basis)"))", "TRANSP:TRANSPARENT",
                "END:VEVENT",
            ]
        }
        lines.append("END:VCALENDAR")
        return lines.map { folded($0) + "\r\n" }.joined()
    }

    private static func date(_ day: CivilDate) -> String { day.description.replacing("-", with: "") }

    private static func stamp(_ moment: Timestamp) -> String {
        let digits = moment.description.prefix(19).filter { $0 != "-" && $0 != ":" }
        return "\(digits)Z"
    }

    /// Text as a property holds it (RFC 5545, section 3.3.11).
    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing(";", with: "\\;").replacing(",", with: "\\,")
            .replacing("\r", with: "").replacing("\n", with: "\\n")
    }

    /// A line in pieces of at most 75 octets, none of which parts a character (RFC 5545, section 3.1).
    private static func folded(_ line: String) -> String {
        var (pieces, piece, count) = ([String](), "", 0)
        for character in line {
            let size = character.utf8.count
            // The space that begins a further piece counts.
            if count + size > (pieces.isEmpty ? 75 : 74) {
                pieces.append(piece)
                (piece, count) = ("", 0)
            }
            piece.append(character)
            count += size
        }
        return (pieces + [piece]).joined(separator: "\r\n ")
    }
}
