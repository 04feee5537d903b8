import ArgumentParser
import Bootstrap
import Calendar

/// The days off that are counted by, beside those that ship.
struct NoticeOptions: ParsableArguments {
    @Option(help: "A further year's notice to count with, a file as import takes it; may be given several times.")
    var notice: [String] = []
    @Option(help: "Of a notice in iCalendar: which year is wanted.")
    var year: Int?
    @Option(help: "Of a notice in iCalendar: where the notice itself stands.")
    var paper: String?

    /// The calendar, and the years that were given beside those that ship.
    ///
    /// - Throws: `WrongArgument`.
    func calendar() throws -> (calendar: WorkCalendar, further: [Int]) {
        var calendar = WorkCalendar.china
        var further: [Int] = []
        for file in notice {
            let read = try NoticeArgument.read(file, year: year, paper: paper).notice
            calendar = calendar.adding(read)
            further.append(read.year)
        }
        return (calendar, further)
    }
}
