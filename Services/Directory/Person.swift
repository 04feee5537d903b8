import Calendar
import Contracts
import Foundation

/// A person who may have an account (人员): staff, a deputy, an observer, a voter.
struct Person: Sendable, Hashable {
    /// The id, which is also what their events are about.
    let id: SuggestionID
    /// The version of the last event.
    var version: Int
    /// What they sign in with; lower case.
    var login: String
    /// Their name.
    var name: String
    /// Whether they may sign in.
    var state: State
    /// When the person, or a role of theirs, was last changed.
    var changedAt: Timestamp

    enum State: String, Listed {
        /// Has registered and waits for their unit's officer.
        case pending
        /// May sign in.
        case active
        /// May no more.
        case ended
    }

    /// Lower-case letters, digits, dots, hyphens and underscores, 3 to 64, a letter or digit first.
    static func isLogin(_ text: String) -> Bool { text.wholeMatch(of: /[a-z0-9][a-z0-9._-]{2,63}/) != nil }
}

/// A role that a person holds, or has asked for, in a unit (任职).
struct Holding: Sendable, Hashable {
    let id: UUID
    var role: Role
    /// The code of the unit.
    var unit: String
    var state: State
    /// The first and the last day on which it is good, in Chinese time; no last day: until it is ended.
    var validFrom: CivilDate
    var validUntil: CivilDate?
    /// The holding whose holder is away (代理).
    var substituteFor: UUID?

    enum State: String, Listed {
        /// Asked for by the person; the unit's officer has not decided.
        case asked
        /// Holds.
        case confirmed
        /// Refused by the unit's officer.
        case refused
        /// Held no more.
        case ended
    }

    /// Whether a token may be had for it on a day.
    func isGood(on day: CivilDate) -> Bool {
        state == .confirmed && validFrom <= day && validUntil.map { day <= $0 } != false
    }
}
