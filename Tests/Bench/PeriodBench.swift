import Calendar
import Contracts
import Threads

/// How long the end of a period takes to compute and to explain: a list of a thousand items shows both for each.
enum PeriodBench {
    /// The list's length.
    private static let items = 1_000

    /// Microseconds an item of the slowest kind of term, computed and explained; the median of five lists.
    static func run() -> [Figure] {
        // As long as the longest period of a pack, with what makes it slow: a pause and more time.
        let terms = [Term(3, .months), Term(90, .days), Term(60, .workingDays), Term(480, .workingHours)]
        let more: [Term.Unit: Term] = [
            .months: Term(3, .months), .days: Term(90, .days), .workingDays: Term(60, .workingDays),
            .workingHours: Term(480, .workingHours),
        ]
        let calendar = WorkCalendar.china
        var kept: Int64 = 0
        var slowest: (due: Double, explained: Double) = (0, 0)
        for term in terms {
            let periods = (0..<items).map { index in
                let start = Timestamp(microseconds: 1_735_693_200_000_000 + Int64(index) * 21_600_000_000)
                let pause = Period.Pause(from: start + .seconds(500_000), until: start + .seconds(1_500_000))
                return Period(
                    start: start,
                    term: term,
                    pauses: [pause],
                    extensions: more[term.unit].map { [.by($0)] } ?? []
                )
            }
            let due = time(&kept) {
                periods.reduce(0) { $0 ^ (calendar.deadline(of: $1, under: .civilCode).dueAt?.microseconds ?? 0) }
            }
            let explained = time(&kept) {
                periods.reduce(Int64(0)) { sum, period in
                    let deadline = calendar.explanation(of: period, under: .civilCode)
                    return deadline.days.reduce(sum) {
                        let words = $1.words(counting: term.unit, under: .civilCode)
                        return $0 ^ Int64(words.zh.utf8.count + words.en.utf8.count)
                    }
                }
            }
            slowest = (max(slowest.due, due), max(slowest.explained, explained))
        }
        precondition(kept != .min, "the work was done")
        return [
            Figure("periods.due", slowest.due, "µs", baseline: 50),
            Figure("periods.explained", slowest.explained, "µs", baseline: 1_000),
        ]
    }

    /// Microseconds an item; what the work gives is kept, so that it cannot be left out.
    private static func time(_ kept: inout Int64, _ work: () -> Int64) -> Double {
        Figure.median(
            (0..<5).map { _ in
                let begin = MonotonicTime.now
                kept ^= work()
                return (MonotonicTime.now - begin) / .microseconds(1) / Double(items)
            }
        )
    }
}
