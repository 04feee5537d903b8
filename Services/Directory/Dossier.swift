import Calendar
import Contracts
import Foundation

/// A person with all roles there ever were: the value that decisions about people are made on (人员档案).
struct Dossier: Sendable, Hashable {
    var person: Person
    var holdings: [Holding]

    /// Of deputies and liaison officers, as long as they are.
    var publicName: String? {
        holdings.contains { $0.state == .confirmed && $0.role.isPublic } ? person.name : nil
    }

    /// What is told of the person.
    var event: PersonChanged {
        PersonChanged(
            person: PersonID(rawValue: person.id.rawValue),
            state: person.state,
            publicName: publicName,
            holdings: holdings.map(\.told),
            changedAt: person.changedAt
        )
    }

    /// Until when the person is a deputy who is one on a day; that moment left out, nil without end.
    ///
    /// - Parameter station: where they receive people by a mandate; nil for anywhere.
    /// - Returns: nil when the person is none on that day, or receives nobody there.
    func deputyTerm(on day: CivilDate, at station: StationCode? = nil) -> CodeTerm? {
        let sitting = mandates(on: day).filter { mandate in
            station.map { mandate.stations.contains($0.rawValue) } ?? true
        }
        guard !sitting.isEmpty else { return nil }
        let lasts = sitting.compactMap(\.validUntil)
        // Of two mandates the longer one counts.
        guard lasts.count == sitting.count, let last = lasts.max() else { return CodeTerm() }
        return CodeTerm(validUntil: last.adding(days: 1).start(in: .china))
    }

    /// Where the person receives people as a deputy on a day, by the newest mandate first.
    func deputyStations(on day: CivilDate) -> [StationCode] {
        mandates(on: day).sorted { $0.validFrom > $1.validFrom }.flatMap(\.stations).map(StationCode.init(rawValue:))
    }

    private func mandates(on day: CivilDate) -> [Holding] {
        person.state == .ended ? [] : holdings.filter { $0.role == .deputy && $0.isGood(on: day) }
    }

    /// A role that is held or asked for in a unit, not for somebody else.
    func open(_ role: Role, in unit: String) -> Holding? {
        holdings.first { $0.role == role && $0.unit == unit && $0.substituteFor == nil && $0.isOpen }
    }

    /// Confirms what was asked for; the person may then sign in.
    ///
    /// - Returns: whether anything has changed: the same decision again changes nothing.
    mutating func confirm(_ id: UUID, by actor: String) throws(Hindrance) -> Bool {
        let index = try index(of: id)
        if holdings[index].state == .confirmed { return false }
        try decide(index, .confirmed, by: actor)
        if person.state == .pending { person.state = .active }
        return true
    }

    /// Refuses what was asked for.
    ///
    /// - Returns: whether anything has changed: the same decision again changes nothing.
    mutating func refuse(_ id: UUID, by actor: String) throws(Hindrance) -> Bool {
        let index = try index(of: id)
        if holdings[index].state == .refused { return false }
        try decide(index, .refused, by: actor)
        return true
    }

    private mutating func decide(_ index: Int, _ state: Holding.State, by actor: String) throws(Hindrance) {
        guard holdings[index].state == .asked else {
            throw Hindrance("decided", "已有决定，不能再改 · it was decided already, otherwise")
        }
        (holdings[index].state, holdings[index].decidedBy) = (state, actor)
    }

    /// Ends a role; one that has ended stays so.
    ///
    /// - Returns: whether anything has changed.
    mutating func end(_ id: UUID, by actor: String) throws(Hindrance) -> Bool {
        let index = try index(of: id)
        switch holdings[index].state {
        case .ended: return false
        case .confirmed:
            (holdings[index].state, holdings[index].decidedBy) = (.ended, actor)
            return true
        case .asked, .refused: throw Hindrance("not-held", "尚未任职 · it is not held")
        }
    }

    /// Ends the person: they sign in no more, hold nothing, and what they have asked for is refused.
    ///
    /// - Returns: whether anything has changed.
    mutating func endAll(by actor: String) -> Bool {
        guard person.state != .ended else { return false }
        person.state = .ended
        for index in holdings.indices where holdings[index].isOpen {
            holdings[index].state = holdings[index].state == .asked ? .refused : .ended
            holdings[index].decidedBy = actor
        }
        return true
    }

    /// Lets this person act for a holder who is away: the same role in the same unit, to a last day.
    ///
    /// - Parameters:
    ///   - holding: of the one who is away.
    ///   - others: who acts for that holder already.
    ///   - until: the last day.
    /// - Returns: whether anything has changed: the same appointment again changes nothing.
    mutating func substitute(
        for holding: Holding,
        beside others: [Holding],
        until: CivilDate,
        on today: CivilDate,
        by actor: String
    ) throws(Hindrance) -> Bool {
        guard holding.role.allowsSubstitute else {
            throw Hindrance("personal", "该职务不能代理 · this role cannot be held for another")
        }
        guard holding.isGood(on: today), holding.substituteFor == nil else {
            throw Hindrance("not-held", "该任职当前无效 · the role is not held today, or is itself held for another")
        }
        guard holding.person != person.id else { throw Hindrance("self", "不能代理自己 · nobody acts for themselves") }
        guard person.state == .active else { throw Hindrance("inactive", "此人不能登录 · this person cannot sign in") }
        let running = others.filter { $0.substituteFor == holding.id && $0.isOpen && $0.validUntil ?? today >= today }
        if running.contains(where: { $0.person == person.id && $0.validUntil == until }) { return false }
        guard running.isEmpty else { throw Hindrance("substituted", "已有人代理 · somebody acts for them already") }
        guard until >= today else { throw Hindrance("over", "截止日已过 · the last day is over") }
        guard holding.validUntil.map({ until <= $0 }) != false else {
            throw Hindrance("too-long", "不得超过原任期 · not beyond the term of the one who is away")
        }
        guard !holdings.contains(where: { $0.role == holding.role && $0.unit == holding.unit && $0.isGood(on: today) })
        else { throw Hindrance("held", "此人已任该职 · this person has the role already") }
        holdings.append(
            Holding(
                id: UUIDv7.make(),
                person: person.id,
                role: holding.role,
                unit: holding.unit,
                state: .confirmed,
                validFrom: today,
                validUntil: until,
                substituteFor: holding.id,
                decidedBy: actor
            )
        )
        return true
    }

    /// What a change takes of the roles that somebody held before it.
    ///
    /// A role whose last day has become today is taken like one that was ended.
    ///
    /// - Parameter before: the same person before the change.
    func losses(since before: Dossier, on today: CivilDate) -> [RoleLoss] {
        before.holdings.compactMap { old in
            guard old.state == .confirmed else { return nil }
            guard let new = holdings.first(where: { $0.id == old.id }), new.state == .confirmed,
                [today, today.adding(days: 1)].allSatisfy({ !old.isGood(on: $0) || new.isGood(on: $0) })
            else { return RoleLoss(holding: old.id, lastDay: nil) }
            guard let last = new.validUntil, old.validUntil.map({ last < $0 }) != false else { return nil }
            return RoleLoss(holding: old.id, lastDay: last)
        }
    }

    /// Takes what is held for a role as far as the role itself was taken.
    ///
    /// - Returns: whether anything has changed.
    mutating func followSubstituted(_ loss: RoleLoss, by actor: String) -> Bool {
        var isChanged = false
        for index in holdings.indices where holdings[index].substituteFor == loss.holding && holdings[index].isOpen {
            if let last = loss.lastDay {
                guard holdings[index].validUntil.map({ last < $0 }) != false else { continue }
                (holdings[index].validUntil, holdings[index].decidedBy) = (last, actor)
            } else {
                (holdings[index].state, holdings[index].decidedBy) = (.ended, actor)
            }
            isChanged = true
        }
        return isChanged
    }

    private func index(of id: UUID) throws(Hindrance) -> Int {
        guard let index = holdings.firstIndex(where: { $0.id == id }) else {
            throw Hindrance("unknown", "没有这项任职 · there is no such role")
        }
        return index
    }
}

/// How much of a role a change has taken from its holder.
struct RoleLoss: Sendable, Hashable {
    let holding: UUID
    /// The last day, which comes sooner than it did; nil when the role is over.
    let lastDay: CivilDate?
}

/// On whose behalf somebody acts on people: how far, and which roles they may give.
struct Authority: Sendable, Hashable {
    let role: Role
    /// The unit that is theirs, a registrar's with all below it; nil for all.
    let unit: String?
    /// The caller, where it is a person.
    let person: SuggestionID?

    /// Whether a unit is within reach.
    func reaches(_ code: String, in book: UnitBook) -> Bool {
        guard let unit else { return true }
        return role == .registrar ? book.contains(code, within: unit) : code == unit
    }

    /// The units within reach, by code; nil for all.
    func reach(in book: UnitBook) -> Set<String>? {
        guard let unit else { return nil }
        return role == .registrar ? Set(book.codes(within: unit)) : [unit]
    }

    /// Whether a role in a unit is theirs to give or to take.
    ///
    /// A registrar makes no registrar beside themselves, and nobody of those who watch and operate. An operator makes operators and
    /// the registrars who go on from there, and nobody who acts in a unit's name: else they could become anyone.
    func mayGive(_ role: Role, in code: String) -> Bool {
        switch self.role {
        case .director: true
        case .registrar: ![.director, .auditor, .operator].contains(role) && !(role == .registrar && code == unit)
        case .operator: [.operator, .registrar].contains(role)
        default: false
        }
    }
}
