import Calendar
import Contracts
import Foundation
import Rules

/// The checks of what departments and deputies write, the same for the page and the queue.
enum Fields {
    /// Characters of a reason or a comment.
    static let reasonLimit = 2_000
    /// Characters of a reply.
    static let replyLimit = 20_000

    /// Characters of an officer's name, and of a document's number.
    static let nameLimit = 60

    /// The command of a reply.
    ///
    /// - Parameter letters: what the rule pack demands of each outcome.
    /// - Throws: every fault.
    static func reply(
        _ message: ReplyMessage,
        under letters: [LetterRule],
        at now: Timestamp
    ) throws(Faults) -> Handling.Command {
        var faults: [Impossible] = []
        // A department's own word, in which it may well name a number to call: as it was written.
        let (text, breaches) = TextRule(limit: replyLimit).read(message.text)
        faults += breaches.map { Impossible("/text", $0.rule, $0.words) }
        if let letter = letters.first(where: { $0.letter == message.outcome }) {
            faults += letter.faults(of: message, text: text, among: letters, at: now)
        } else {
            let names = letters.map(\.letter.rawValue).joined(separator: "、")
            faults.append(
                Impossible("/outcome", "letter", "规则包的答复类型为\(names) · the rule pack's letters are \(names)")
            )
        }
        let number = message.documentNumber.map { line($0, "/documentNumber", &faults) }
        let contact = message.contact.map { checked($0, within: "/contact", &faults) }
        guard faults.isEmpty else { throw Faults(faults: faults) }
        return .reply(
            message.assignment,
            outcome: message.outcome,
            text: text,
            commitmentDueAt: message.commitmentDueAt,
            documentNumber: number,
            contact: contact
        )
    }

    /// The command of a contact.
    static func contact(_ message: ContactMessage) throws(Faults) -> Handling.Command {
        var faults: [Impossible] = []
        let record = checked(message.record, within: "", &faults)
        guard faults.isEmpty else { throw Faults(faults: faults) }
        return .contact(message.assignment, record)
    }

    /// A record of a contact with personal data hidden.
    private static func checked(
        _ record: ContactRecord,
        within path: String,
        _ faults: inout [Impossible]
    ) -> ContactRecord {
        var record = record
        record.officer = line(record.officer, "\(path)/officer", &faults)
        record.text = words(record.text, "\(path)/text", &faults)
        return record
    }

    /// The command of a return.
    static func giveBack(_ message: ReturnMessage) throws(Faults) -> Handling.Command {
        var faults: [Impossible] = []
        let reason = words(message.reason, "/reason", &faults)
        guard faults.isEmpty else { throw Faults(faults: faults) }
        return .giveBack(message.assignment, reason: reason, proposed: message.proposedDepartment)
    }

    /// The command of a verdict; whether it needs words is the rule pack's say for the matter's kind.
    static func evaluation(
        attitude: Verdict,
        result: Verdict,
        comment: String?,
        as role: Role
    ) throws(Faults) -> Handling.Command {
        var faults: [Impossible] = []
        let comment = comment.map { words($0, "/comment", &faults) }
        guard faults.isEmpty else { throw Faults(faults: faults) }
        return .evaluate(attitude: attitude, result: result, comment: comment, as: role)
    }

    /// What is asked of a clock, as it is sent.
    enum ClockAction: String, Listed {
        case pause, resume, extend, set, restart
    }

    /// What is asked of a clock.
    static func clockChange(
        _ action: ClockAction,
        reason: String,
        term: String?,
        dueAt: Timestamp?,
        as role: Role,
        of unit: String
    ) throws(Faults) -> ClockChange {
        var faults: [Impossible] = []
        let reason = words(reason, "/reason", &faults)
        let length = term.flatMap { Term($0) }
        switch (action, term) {
        case (.extend, nil): faults.append(Impossible("/term", "required", "延期须填期限 · must be given to extend"))
        case (.extend, _) where length == nil:
            faults.append(Impossible("/term", "format", "须如P6M、P30D、15wd · must be such as P6M, P30D or 15wd"))
        case (.pause, .some), (.resume, .some), (.set, .some), (.restart, .some):
            faults.append(Impossible("/term", "only-with-extend", "仅延期可填 · only to extend"))
        default: break
        }
        switch (action, dueAt) {
        case (.set, nil): faults.append(Impossible("/dueAt", "required", "定期限须填最后时刻 · must be given to set an end"))
        case (.pause, .some), (.resume, .some), (.extend, .some), (.restart, .some):
            faults.append(Impossible("/dueAt", "only-with-set", "仅定期限可填 · only to set an end"))
        default: break
        }
        guard faults.isEmpty else { throw Faults(faults: faults) }
        let asked: ClockChange.Action? =
            switch action {
            case .pause: .pause
            case .resume: .resume
            case .extend: length.map { .extend($0) }
            case .set: dueAt.map { .set($0) }
            case .restart: .restart
            }
        guard let asked else { preconditionFailure("what an action needs has been checked") }
        return ClockChange(action: asked, text: reason, role: role, office: "\(role.rawValue):\(unit)")
    }

    /// A name or a number, on one line, with personal data hidden.
    private static func line(_ text: String, _ pointer: String, _ faults: inout [Impossible]) -> String {
        let (trimmed, breaches) = TextRule(limit: nameLimit, isOneLine: true).readMasked(text)
        faults += breaches.map { Impossible(pointer, $0.rule, $0.words) }
        return trimmed
    }

    /// What is said to give a reason, with personal data hidden.
    private static func words(_ text: String, _ pointer: String, _ faults: inout [Impossible]) -> String {
        let (trimmed, breaches) = TextRule(limit: reasonLimit).readMasked(text)
        faults += breaches.map { Impossible(pointer, $0.rule, $0.words) }
        return trimmed
    }
}

/// Everything that is wrong with what was sent.
struct Faults: Error, Sendable, Hashable {
    let faults: [Impossible]
}
