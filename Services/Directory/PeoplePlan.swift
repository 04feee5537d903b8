import Calendar
import Contracts
import Foundation

/// What a file of people makes of those that there are; decided before anything is written.
///
/// A line is a person with one role.
struct PeoplePlan: Sendable {
    private struct Key: Hashable {
        let login: String
        let role: String
        let unit: String
    }

    private let book: UnitBook
    private let moment: Timestamp
    private let today: CivilDate
    private let actor: String
    /// Everybody as they are before the file.
    let before: [Dossier]
    private var dossiers: [String: Dossier]
    private var said: [Key: HoldingForm] = [:]
    private var names: [String: String] = [:]
    private var changed: Set<String> = []

    init(_ dossiers: [Dossier], in book: UnitBook, at moment: Timestamp, by actor: String) {
        (self.book, self.moment, self.today, self.actor) = (book, moment, CivilDate(of: moment), actor)
        before = dossiers
        self.dossiers = Dictionary(dossiers.map { ($0.person.login, $0) }) { first, _ in first }
    }

    /// What is to be written and told: each person with one more version, whatever was changed of them.
    var changes: [Dossier] {
        changed.sorted().compactMap { login in
            guard var dossier = dossiers[login] else { return nil }
            (dossier.person.version, dossier.person.changedAt) = (dossier.person.version + 1, moment)
            return dossier
        }
    }

    /// Takes a line; deputies in it stand by their logins.
    mutating func take(_ form: HoldingForm) throws(FieldFaults) -> ImportOutcome {
        let key = Key(login: form.login, role: form.role, unit: form.unit)
        if let before = said[key], before != form {
            throw Self.fault("", "duplicate", "该任职已在前面出现 · another line says otherwise")
        }
        if let name = names[form.login], name != form.name {
            throw Self.fault("name", "differs", "同一登录名有两个姓名 · another line has another name")
        }
        let (dossiers, today) = (dossiers, today)
        let isKnown = dossiers[form.login] != nil
        let draft = try HoldingDraft(form, in: book, on: today, allowsPast: true, owns: { _ in isKnown }) { login in
            dossiers[login].flatMap { deputy in
                deputy.holdings.contains { $0.role == .deputy && $0.isGood(on: today) } ? deputy.person.id : nil
            }
        }
        var dossier = dossiers[draft.login] ?? Dossier(person: person(draft), holdings: [])
        let outcome = try take(draft, into: &dossier)
        (said[key], names[form.login]) = (form, form.name)
        guard outcome != .same else { return .same }
        self.dossiers[draft.login] = dossier
        changed.insert(draft.login)
        return outcome
    }

    private func take(_ draft: HoldingDraft, into dossier: inout Dossier) throws(FieldFaults) -> ImportOutcome {
        guard dossier.person.state != .ended else {
            throw Self.fault("login", "ended", "此人已停用 · this person has ended")
        }
        var outcome = ImportOutcome.same
        if dossier.person.name != draft.name || dossier.person.state == .pending {
            (dossier.person.name, dossier.person.state, outcome) = (draft.name, .active, .changed)
        }
        let known = dossier.holdings.firstIndex {
            $0.role == draft.role && $0.unit == draft.unit && $0.substituteFor == nil && $0.isOpen
        }
        if let known {
            guard dossier.holdings[known].state != .confirmed || !draft.agrees(with: dossier.holdings[known]) else {
                return outcome
            }
            dossier.holdings[known].become(draft, by: actor)
            outcome = .changed
        } else {
            // What was ended or refused stays so; another first day makes it another term.
            let isOver = dossier.holdings.contains {
                $0.role == draft.role && $0.unit == draft.unit && $0.substituteFor == nil
                    && (draft.from == nil || draft.from == $0.validFrom)
            }
            if isOver { throw Self.fault("from", "ended", "该任期已终止 · this term was ended or refused") }
            dossier.holdings.append(draft.holding(of: dossier.person.id, .confirmed, on: today, by: actor))
            outcome = .made
        }
        if let until = draft.until, until < today { throw Self.fault("until", "over", "任期已满 · this term is over") }
        return outcome
    }

    private func person(_ draft: HoldingDraft) -> Person {
        Person(id: .make(), version: 0, login: draft.login, name: draft.name, state: .active, changedAt: moment)
    }

    private static func fault(_ field: String, _ rule: String, _ words: String) -> FieldFaults {
        FieldFaults(faults: [FieldFault(field, rule, words)])
    }
}

extension Holding {
    /// Takes over what a line says of it.
    fileprivate mutating func become(_ draft: HoldingDraft, by actor: String) {
        (state, decidedBy) = (.confirmed, actor)
        (validFrom, validUntil) = (draft.from ?? validFrom, draft.until)
        (delegation, level, stations, deputies) = (draft.delegation, draft.level, draft.stations, draft.deputies)
    }
}
