import Calendar
import Contracts
import Foundation
import Messaging
import PostgreSQL

/// Changes of people and their roles, each in one transaction with its act and its event.
struct PeopleDesk: Sendable {
    /// There is no such thing, or nothing of it that the caller may know of.
    struct NotFound: Error {}
    /// Known, and not the caller's to do; says why.
    struct NotEntitled: Error { let words: String }
    /// A unit has so many that wait for a decision that nobody could go through them.
    struct Overfull: Error {}

    /// Requests of one unit that may wait: a registrar decides some hundred a day, and nobody but them empties the list.
    static let askedLimit = 500

    let outbox: Outbox

    /// What was done, and to whom: the person and the one role that it was about.
    struct Outcome: Sendable {
        let dossier: Dossier
        let holding: Holding
    }

    /// Somebody asks for a role (自助注册); the unit's registrar decides.
    ///
    /// Asking again changes nothing.
    func ask(_ form: HoldingForm) async throws -> Outcome {
        try await outbox.transaction { transaction in
            let draft = try await Self.draft(form, in: transaction).draft
            guard draft.role.isAskedFor else {
                throw FieldFaults(faults: [
                    FieldFault("role", "appointed", "该职务由单位指定，不能自行注册 · this role is given, not asked for")
                ])
            }
            let known = try await DirectoryStore.dossier(login: draft.login, locking: true, in: transaction)
            if let known {
                // Only who waits, and says the same, hears of it again; a login says nothing about the person who has it.
                guard known.person.state == .pending, known.person.name == draft.name else { throw Self.taken }
                if let open = known.open(draft.role, in: draft.unit) { return Outcome(dossier: known, holding: open) }
            }
            guard try await DirectoryStore.askedCount(in: draft.unit, in: transaction) < Self.askedLimit else {
                throw Overfull()
            }
            let outcome = Self.adding(draft, .asked, to: known, by: nil)
            let act = Act(actor: "person:\(outcome.dossier.person.id)@\(draft.unit)", authority: "registration")
            try await Self.tell([outcome.dossier], act, in: transaction)
            return outcome
        }
    }

    /// An officer adds a person with a role, or gives a known person another.
    ///
    /// Adding again changes nothing.
    func add(_ form: HoldingForm, by actor: String, _ authority: Authority) async throws -> Outcome {
        try await outbox.transaction { transaction in
            // Who has such a login keeps it; under another name it is as if nobody had it, and says nothing about a number.
            var keepsLogin = false
            if PhoneNumber(login: form.login) != nil {
                let named = try await DirectoryStore.dossier(login: form.login, locking: false, in: transaction)
                keepsLogin = named?.person.name == form.name
            }
            let (draft, book) = try await Self.draft(form, keepsLogin: keepsLogin, in: transaction)
            guard authority.reaches(draft.unit, in: book) else { throw Self.foreign }
            guard authority.mayGive(draft.role, in: draft.unit) else { throw Self.notTheirs }
            var known = try await DirectoryStore.dossier(login: draft.login, locking: true, in: transaction)
            if let found = known {
                guard found.person.name == draft.name, found.person.state != .ended else { throw Self.taken }
                guard found.person.id != authority.person else { throw Self.own }
                if let open = found.open(draft.role, in: draft.unit) {
                    guard open.state == .asked else { return Outcome(dossier: found, holding: open) }
                    throw Hindrance("asked", "此人已申请该职务，请在注册申请中决定 · it was asked for: decide there")
                }
                known?.person.state = .active
            }
            let outcome = Self.adding(draft, .confirmed, to: known, by: actor)
            try await Self.tell(
                [outcome.dossier],
                Act(actor: actor, authority: Right.registerPeople.rawValue),
                in: transaction
            )
            return outcome
        }
    }

    /// Confirms or refuses what was asked for.
    ///
    /// - Parameter reason: of a refusal, for the act; nil confirms.
    func decide(_ holding: UUID, refusal reason: String?, by actor: String, _ authority: Authority) async throws
        -> Outcome
    {
        try await change(holding, authority, by: actor) { dossier in
            guard let reason else {
                let isChanged = try dossier.confirm(holding, by: actor)
                return isChanged ? Right.decideRegistrations.rawValue : nil
            }
            let isChanged = try dossier.refuse(holding, by: actor)
            return isChanged ? "\(Right.decideRegistrations.rawValue): \(reason)" : nil
        }
    }

    /// Ends a role, and what others hold for it.
    func end(_ holding: UUID, reason: String, by actor: String, _ authority: Authority) async throws -> Outcome {
        let right = "\(Right.endHoldings.rawValue): \(reason)"
        return try await change(holding, authority, by: actor) { dossier in
            try dossier.end(holding, by: actor) ? right : nil
        }
    }

    /// Ends a person who has left, with all roles and what others hold for them (停用).
    ///
    /// - Returns: whether anything has changed; nil when nobody has this login.
    static func end(login: String, _ act: Act, in transaction: EventTransaction) async throws -> Bool? {
        guard var dossier = try await DirectoryStore.dossier(login: login, locking: true, in: transaction) else {
            return nil
        }
        let before = dossier
        guard dossier.endAll(by: act.actor) else { return false }
        advance(&dossier)
        try await tell([dossier], since: [before], act, in: transaction)
        return true
    }

    /// Lets somebody act for a holder who is away.
    func substitute(
        for holding: UUID,
        by person: SuggestionID,
        until: CivilDate,
        actor: String,
        _ authority: Authority
    ) async throws -> Outcome {
        try await outbox.transaction { transaction in
            let (holder, found) = try await Self.held(holding, authority, beside: [person], in: transaction)
            let ids = try await DirectoryStore.substitutes(for: [holding], in: transaction)
            let others = try await DirectoryStore.dossiers(ids, locking: false, in: transaction).flatMap(\.holdings)
            guard var dossier = try await DirectoryStore.dossier(person, locking: true, in: transaction) else {
                throw FieldFaults(faults: [FieldFault("person", "unknown", "没有这个人 · there is no such person")])
            }
            guard person != authority.person else { throw Self.own }
            let today = CivilDate(of: .now)
            let isChanged = try dossier.substitute(for: found, beside: others, until: until, on: today, by: actor)
            if isChanged {
                Self.advance(&dossier)
                try await Self.tell(
                    [dossier],
                    Act(actor: actor, authority: "\(Right.appointSubstitutes.rawValue): \(holder.person.id)"),
                    in: transaction
                )
            }
            guard let made = dossier.holdings.last(where: { $0.substituteFor == holding && $0.isOpen }) else {
                throw NotFound()
            }
            return Outcome(dossier: dossier, holding: made)
        }
    }

    /// - Parameter work: changes the dossier; gives the right it was done under, nil when nothing has changed.
    private func change(
        _ holding: UUID,
        _ authority: Authority,
        by actor: String,
        _ work: (inout Dossier) throws -> String?
    ) async throws -> Outcome {
        try await outbox.transaction { transaction in
            let (before, known) = try await Self.held(holding, authority, in: transaction)
            var (dossier, found) = (before, known)
            guard let right = try work(&dossier) else {
                return Outcome(dossier: dossier, holding: found)
            }
            Self.advance(&dossier)
            try await Self.tell([dossier], since: [before], Act(actor: actor, authority: right), in: transaction)
            found = dossier.holdings.first { $0.id == holding } ?? found
            return Outcome(dossier: dossier, holding: found)
        }
    }

    /// A holding within the caller's reach with its holder, locked: what is foreign is as if it were not there.
    ///
    /// - Parameter others: who will be changed as well, locked together with the holder, so that nobody waits in a circle.
    private static func held(
        _ id: UUID,
        _ authority: Authority,
        beside others: [SuggestionID] = [],
        in transaction: EventTransaction
    ) async throws -> (dossier: Dossier, holding: Holding) {
        guard let person = try await DirectoryStore.holder(of: id, in: transaction) else { throw NotFound() }
        let book = try await DirectoryStore.units(in: transaction)
        let dossiers = try await DirectoryStore.dossiers([person] + others, locking: true, in: transaction)
        guard let dossier = dossiers.first(where: { $0.person.id == person }),
            let holding = dossier.holdings.first(where: { $0.id == id }), authority.reaches(holding.unit, in: book)
        else { throw NotFound() }
        guard authority.person != person else { throw own }
        guard authority.mayGive(holding.role, in: holding.unit) else { throw notTheirs }
        return (dossier, holding)
    }

    /// A form, checked against what there is.
    ///
    /// - Parameter keepsLogin: whether the login is the person's already, whatever it looks like.
    private static func draft(
        _ form: HoldingForm,
        keepsLogin: Bool = false,
        in transaction: EventTransaction
    ) async throws -> (draft: HoldingDraft, book: UnitBook) {
        let today = CivilDate(of: .now)
        let book = try await DirectoryStore.units(in: transaction)
        let named = (form.deputies ?? []).prefix(HoldingDraft.listLimit).compactMap { SuggestionID($0) }
        let deputies =
            named.isEmpty
            ? [] : Set(try await DirectoryStore.holders(of: .deputy, among: named, on: today, in: transaction))
        let draft = try HoldingDraft(form, in: book, on: today, owns: { _ in keepsLogin }) { text in
            SuggestionID(text).flatMap { deputies.contains($0) ? $0 : nil }
        }
        return (draft, book)
    }

    /// A new person with a role that nobody has to confirm any more.
    ///
    /// - Throws: `Hindrance` when somebody has the login.
    static func admit(_ draft: HoldingDraft, _ act: Act, in transaction: EventTransaction) async throws -> Person {
        guard try await DirectoryStore.dossier(login: draft.login, locking: false, in: transaction) == nil else {
            throw taken
        }
        let dossier = adding(draft, .confirmed, to: nil, by: act.actor).dossier
        try await tell([dossier], act, in: transaction)
        return dossier.person
    }

    private static func adding(
        _ draft: HoldingDraft,
        _ state: Holding.State,
        to known: Dossier?,
        by actor: String?
    ) -> Outcome {
        var dossier = known ?? PeopleDesk.made(draft, state == .asked ? .pending : .active)
        let holding = draft.holding(of: dossier.person.id, state, on: CivilDate(of: .now), by: actor)
        dossier.holdings.append(holding)
        advance(&dossier)
        return Outcome(dossier: dossier, holding: holding)
    }

    private static func made(_ draft: HoldingDraft, _ state: Person.State) -> Dossier {
        Dossier(
            person: Person(
                id: .make(),
                version: 0,
                login: draft.login,
                name: draft.name,
                state: state,
                changedAt: .now
            ),
            holdings: []
        )
    }

    private static func advance(_ dossier: inout Dossier) {
        (dossier.person.version, dossier.person.changedAt) = (dossier.person.version + 1, .now)
    }

    /// Stores people as they are now, and tells of each.
    ///
    /// What rests on a role ends with it in the same act, however the role has ended: codes of deputies, what others hold for it, and
    /// the sessions of whoever has lost one.
    ///
    /// - Parameter before: the same people as they were; those of whom nothing can end may be left out.
    static func tell(
        _ dossiers: [Dossier],
        since before: [Dossier] = [],
        _ act: Act,
        in transaction: EventTransaction
    ) async throws {
        DirectoryStore.put(dossiers, in: transaction)
        for dossier in dossiers {
            try transaction.publish(
                dossier.event,
                about: dossier.person.id,
                version: dossier.person.version,
                act: act
            )
        }
        // Why stands in the act about the person alone, and goes with them; what follows from it is about others.
        let right = act.authority.prefix { $0 != ":" }
        let following = Act(actor: act.actor, authority: String(right))
        try await CodeDesk.follow(dossiers, following, in: transaction)
        try await follow(dossiers, since: before, following, in: transaction)
    }

    private static func follow(
        _ dossiers: [Dossier],
        since before: [Dossier],
        _ act: Act,
        in transaction: EventTransaction
    ) async throws {
        let (now, known) = (Timestamp.now, Dictionary(before.map { ($0.person.id, $0) }) { first, _ in first })
        var losses: [RoleLoss] = []
        for dossier in dossiers {
            guard let old = known[dossier.person.id] else { continue }
            let lost = dossier.losses(since: old, on: CivilDate(of: now))
            losses += lost
            let hasLeft = dossier.person.state == .ended && old.person.state != .ended
            guard hasLeft || lost.contains(where: { $0.lastDay == nil }) else { continue }
            try await Sessions.end(nil, of: dossier.person.id, for: .person, at: now, by: act, in: transaction)
        }
        guard !losses.isEmpty else { return }
        let ids = try await DirectoryStore.substitutes(for: losses.map(\.holding), in: transaction)
        let others = try await DirectoryStore.dossiers(ids, locking: true, in: transaction)
        let changed = others.compactMap { old -> Dossier? in
            var other = old
            guard losses.count(where: { other.followSubstituted($0, by: act.actor) }) > 0 else { return nil }
            advance(&other)
            return other
        }
        // Nothing is held for what is itself held for another: this ends here.
        guard !changed.isEmpty else { return }
        try await tell(changed, since: others, act, in: transaction)
    }

    private static var taken: Hindrance { Hindrance("taken", "登录名已被使用 · this login is taken") }
    private static var foreign: NotEntitled { NotEntitled(words: "不属于本单位 · not a unit of yours") }
    private static var own: NotEntitled { NotEntitled(words: "不能决定自己的任职 · nobody decides about themselves") }
    private static var notTheirs: NotEntitled {
        NotEntitled(words: "该职务不由您决定 · this role is not yours to give or take")
    }
}
