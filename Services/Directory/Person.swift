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

    typealias State = PersonChanged.State

    /// Lower-case letters, digits, dots, hyphens and underscores, 3 to 64, a letter or digit first.
    static func isLogin(_ text: String) -> Bool { text.wholeMatch(of: /[a-z0-9][a-z0-9._-]{2,63}/) != nil }

    /// What stands in the place of an erased login: nothing that anybody could sign in with, and unlike all others.
    static func erasedLogin(of id: SuggestionID) -> String { "~\(id)" }

    /// Whether a page may begin behind it.
    static func isPlace(_ text: String) -> Bool {
        isLogin(text) || text.first == "~" && SuggestionID(String(text.dropFirst())) != nil
    }
}

/// A role that a person holds, or has asked for, in a unit (任职).
struct Holding: Sendable, Hashable {
    let id: UUID
    /// Whose it is.
    let person: SuggestionID
    var role: Role
    /// The code of the unit.
    var unit: String
    var state: State
    /// The first and the last day on which it is good, in Chinese time; no last day: until it is ended.
    var validFrom: CivilDate
    var validUntil: CivilDate?
    /// The holding whose holder is away (代理).
    var substituteFor: UUID?
    /// Of a deputy: the delegation (代表团).
    var delegation: String?
    /// Of a deputy: the congress they sit in.
    var level: CongressLevel?
    /// Of a deputy: the stations where they receive people.
    var stations: [String] = []
    /// Of an observer: the deputies fixed to them.
    var deputies: [SuggestionID] = []
    /// Who confirmed, refused or ended it, as acts name them.
    var decidedBy: String?

    typealias State = PersonChanged.Holding.State

    /// Whether a token may be had for it on a day.
    func isGood(on day: CivilDate) -> Bool {
        state == .confirmed && validFrom <= day && validUntil.map { day <= $0 } != false
    }

    /// Whether it is, or may become, good.
    var isOpen: Bool { state == .asked || state == .confirmed }

    /// What is told of it.
    var told: PersonChanged.Holding {
        PersonChanged.Holding(
            holding: HoldingID(rawValue: id),
            role: role,
            unit: UnitCode(rawValue: unit),
            state: state,
            from: validFrom.description,
            until: validUntil?.description,
            substituteFor: substituteFor.map(HoldingID.init(rawValue:)),
            delegation: delegation,
            level: level,
            stations: stations.map(StationCode.init(rawValue:)),
            deputies: deputies.map { PersonID(rawValue: $0.rawValue) }
        )
    }
}

extension Role {
    /// The kinds of unit in which a person may hold it; none for what only a system is.
    var kinds: Set<UnitKind> {
        switch self {
        case .voter, .director: [.congress]
        case .deputy: [.congress, .committee]
        case .observer: [.committee, .subdistrict, .community, .station]
        case .liaison: [.station]
        case .committee: [.committee]
        case .office: [.office]
        // A subdistrict and the government office handle matters of their own.
        case .clerk, .reviewer, .signer: [.department, .subdistrict, .office]
        case .registrar: [.congress, .committee, .department, .office, .subdistrict, .community]
        case .auditor, .operator: [.congress, .office, .department]
        case .department, .screen, .gateway: []
        }
    }

    /// Whether one may ask for it oneself (全员上); the others are given by whoever answers for them.
    var isAskedFor: Bool {
        switch self {
        case .observer, .deputy, .liaison, .committee, .office, .clerk, .reviewer, .signer: true
        case .voter, .director, .registrar, .auditor, .operator, .department, .screen, .gateway:
            false
        }
    }

    /// Whether the law has its holders' names published (代表法第五十八条) or people must know whom to turn to.
    var isPublic: Bool { self == .deputy || self == .liaison }

    /// Whether somebody may act for a holder who is away.
    ///
    /// A deputy's mandate is personal, and so is an observer's appointment;
    /// those who watch, operate and decide about people are given the role themselves.
    var allowsSubstitute: Bool { isAskedFor && self != .deputy && self != .observer }
}
