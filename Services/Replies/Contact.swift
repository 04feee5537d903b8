import Calendar
import Contracts
import Rules

/// A contact of a department with whoever raised a matter, as it is kept (面商).
struct Contact: Sendable, Hashable {
    let assignment: AssignmentID
    /// The round that it belongs to.
    let round: Int
    let record: ContactRecord
    /// Until when the rule pack wanted it; nil where it named no term.
    let dueAt: Timestamp?
    let recordedAt: Timestamp

    /// Whether it was held behind the term.
    var isLate: Bool { dueAt.map { record.heldAt > $0 } ?? false }
}

extension Handling {
    /// Contacts of one leg: far more than anybody has, and a bound for a system that repeats itself with other words each time.
    static let contactLimit = 100

    /// Records a contact.
    ///
    /// Of a leg that is answered or given back too, since the record may be overtaken by what follows it. It belongs to the round in which it
    /// was held. The same record again changes nothing, by whichever way it comes.
    ///
    /// - Parameter path: where the record stands in what was sent, as a JSON pointer.
    mutating func record(
        _ id: AssignmentID,
        _ record: ContactRecord,
        within path: String = "",
        at now: Timestamp,
        terms: CountedTerms
    ) throws(Impossible) -> [Told] {
        guard let index = legs.firstIndex(where: { $0.leg.assignment == id }) else {
            throw Impossible("/assignment", "unknown", "没有这个承办件 · no such leg")
        }
        let leg = legs[index].leg
        guard legs[index].state != .withdrawn else {
            throw Impossible("/assignment", "withdrawn", "已收回 · the committee has taken it back")
        }
        let known = contacts.filter { $0.assignment == id }
        if known.contains(where: { $0.record == record }) { return [] }
        let zone = terms.calendar.zone
        let (day, today) = (CivilDate(of: record.heldAt, in: zone), CivilDate(of: now, in: zone))
        guard day <= today else { throw Impossible("\(path)/heldAt", "future", "不得晚于今天 · must not lie in the future") }
        let isEarlier = day < CivilDate(of: leg.clock.startedAt, in: zone)
        guard round > 1 || !isEarlier else {
            throw Impossible("\(path)/heldAt", "early", "早于交办之日 · is before the leg was given out")
        }
        guard known.count < Self.contactLimit else {
            throw Impossible(
                "",
                "contacts",
                "面商记录最多\(Self.contactLimit)条 · a leg has at most \(Self.contactLimit) contacts"
            )
        }
        let contact = Contact(
            assignment: id,
            // What was held before the round began was about the answer before.
            round: isEarlier ? round - 1 : round,
            record: record,
            dueAt: isEarlier ? nil : terms.contactDue(for: kind, leg.role, from: leg.clock.startedAt),
            recordedAt: now
        )
        add(contact, to: index)
        return [
            .contacted(
                ContactRecorded(
                    assignment: id,
                    department: leg.department,
                    round: contact.round,
                    record,
                    dueAt: contact.dueAt,
                    recordedAt: now
                )
            )
        ]
    }

    /// Refuses the answer of a leg that leads while the rule pack wants a contact of its round that nobody has recorded.
    func checkContact(_ index: Int, terms: CountedTerms) throws(Impossible) {
        let rule = terms.terms.contactRule(for: kind)
        guard rule.required, legs[index].leg.role != .assisting, legs[index].contactedRound < round else { return }
        throw Impossible(
            "",
            "contact-required",
            "答复前须与提出者联系沟通并记录面商（\(rule.basis.words)） · a contact of this round must be recorded before the reply"
        )
    }
}
