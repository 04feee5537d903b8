import Calendar
import Contracts

/// What the calendar of days off wants said: how far its notices reach, and what rests on a year behind them.
struct CalendarOutlook {
    /// The newest edition that Reminders has told; the one that ships until then.
    let calendar: WorkCalendar
    /// Running periods that end in a year without a notice, and may still move.
    let provisional: Int
    /// The editions that the owners of periods count by.
    let editions: [ServiceName: Int]

    /// For everyone to know: the next year's notice comes in November as a rule, and until then its dates are provisional.
    func notes(on today: CivilDate) -> [String] {
        var notes: [String] = []
        let last = calendar.notices.keys.max() ?? 0
        if provisional > 0 {
            notes.append(
                "replies: \(provisional) running periods rest on a year without a notice of days off, and are provisional; "
                    + "the last year known is \(last) (ebinda calendars import FILE)"
            )
        } else if last == today.year, today.month >= 11 {
            notes.append(
                "reminders: no notice of days off for \(last + 1) yet; what ends in it is provisional (ebinda calendars import FILE)"
            )
        }
        for (service, edition) in editions.sorted(by: { $0.key.rawValue < $1.key.rawValue })
        where edition < calendar.version {
            notes.append("\(service): counts by edition \(edition) of the calendar, Reminders by \(calendar.version)")
        }
        return notes
    }

    /// For an operator to act on: the year has begun, and every working day counted in it is a guess.
    func concerns(on today: CivilDate) -> [String] {
        guard !calendar.isKnown(today) else { return [] }
        return [
            "reminders: \(today.year) has begun without its notice of days off; every period in it is provisional (ebinda calendars import FILE)"
        ]
    }
}
