import Bootstrap

/// The stages with the calendar as it is known at the moment.
struct Timetable: Sendable {
    private let stages: Stages
    private let calendar: KnownCalendar

    /// Puts them together.
    init(_ stages: Stages, calendar: KnownCalendar = KnownCalendar()) {
        (self.stages, self.calendar) = (stages, calendar)
    }

    /// The stages by the newest edition of the calendar.
    var current: Stages {
        var stages = stages
        stages.calendar = calendar.current
        return stages
    }

    /// When people are told: in the working windows by which the pack counts, by the newest edition.
    var quietHours: QuietHours {
        QuietHours { [calendar, rule = stages.rule] in QuietHours.isWorking(at: $0, by: calendar.current, under: rule) }
    }

    /// The end's id.
    var end: String { stages.end.id }
}
