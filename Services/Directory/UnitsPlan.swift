import Contracts
import Foundation

/// What a file of units makes of those that there are; decided before anything is written.
struct UnitsPlan: Sendable {
    private(set) var book: UnitBook
    /// The units in which somebody holds or has asked for a role: none of them ends.
    private let peopled: Set<String>
    private let moment: Timestamp
    /// What each code was last said to be.
    private var said: [String: UnitForm] = [:]
    private var changed: Set<String> = []

    init(_ book: UnitBook, peopled: Set<String>, at moment: Timestamp) {
        (self.book, self.peopled, self.moment) = (book, peopled, moment)
    }

    /// What is to be written and told.
    var changes: [Unit] { book.sorted.filter { changed.contains($0.code) } }

    /// Takes a line.
    mutating func take(_ form: UnitForm) throws(FieldFaults) -> ImportOutcome {
        if let before = said[form.code], before != form {
            throw FieldFaults(faults: [FieldFault("code", "duplicate", "该单位已在前面出现 · another line says otherwise")])
        }
        if form.state == UnitChanged.State.ended.rawValue, peopled.contains(form.code) {
            throw FieldFaults(faults: [
                FieldFault("state", "has-people", "还有人任职或申请 · somebody holds or has asked for a role there")
            ])
        }
        let outcome = try book.put(form, at: moment)
        said[form.code] = form
        guard outcome != .same else { return .same }
        changed.insert(form.code)
        return outcome == .made ? .made : .changed
    }
}
