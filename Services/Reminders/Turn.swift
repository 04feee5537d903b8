import Calendar
import Contracts

/// Which end of a period it is (第几次到期): more time, a new beginning and a date set by hand make another end of it, which is
/// reminded of from the first stage on and can be missed by itself.
///
/// It follows from the period's facts alone, so that whoever hears them in another order names the same end. A pause and a new
/// edition of the calendar move an end, and do not make another of it.
enum Turn {
    /// The end that a period began with.
    static let first = ""

    /// As the ledger names it: `e1` behind an extension, `r1` behind a new beginning, `f20260601` while the end is the one that was
    /// set to that day; several of these with a hyphen between.
    ///
    /// A date that is set twice for one day is the same end: it is the day that was agreed on.
    static func name(of clock: Clock, in zone: FixedZone = .china) -> String {
        func counted(_ letter: String, _ count: Int?) -> String? {
            count.flatMap { $0 > 0 ? "\(letter)\($0)" : nil }
        }
        let fixed = clock.fixed.map { "f" + CivilDate(of: $0.dueAt, in: zone).description.replacing("-", with: "") }
        return [counted("e", clock.extensions?.count), counted("r", clock.restarts?.count), fixed]
            .compactMap { $0 }.joined(separator: "-")
    }
}
