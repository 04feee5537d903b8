import Calendar
import Contracts
import Foundation
import Messaging
import PostgreSQL

/// Hands a person what is held of them, and erases it, at their request; each in one transaction with its act (decision 0045).
struct PersonalDataDesk: Sendable {
    let outbox: Outbox
    let secrets: PersonSecrets
    /// The wall clock; tests have one of their own.
    let clock: @Sendable () -> Timestamp

    /// Everything that is held of a person.
    ///
    /// - Parameter authority: of the officer who hands it out; nil for the person, and at the command line.
    /// - Throws: ``PeopleDesk/NotFound``, ``PeopleDesk/NotEntitled``, `DatabaseError`.
    func export(_ person: SuggestionID, under authority: Authority?, by act: Act) async throws -> PersonalData {
        let now = clock()
        return try await outbox.transaction { transaction in
            let dossier = try await Self.dossier(person, authority, locking: false, in: transaction)
            let data = PersonalData(
                dossier,
                signIn: try await PersonalDataStore.signIn(of: person, in: transaction),
                sessions: try await SessionStore.sessions(of: person, in: transaction),
                codes: try await PersonalDataStore.codes(of: person, in: transaction),
                acts: try await PersonalDataStore.acts(of: person, in: transaction),
                at: now
            )
            try transaction.publish(
                PersonExported(person: PersonID(rawValue: person.rawValue), exportedAt: now),
                about: .make(),
                version: 1,
                act: act
            )
            return data
        }
    }

    /// Erases a person: name, login, telephone, all they sign in with, and where they are signed in.
    ///
    /// They are ended by it. Which roles they held, when, and who decided about them stays, under their id.
    ///
    /// - Returns: whether they were erased now; of one who is erased already nothing changes.
    /// - Throws: ``PeopleDesk/NotFound``, ``PeopleDesk/NotEntitled``, `Hindrance` while they hold a role, `DatabaseError`.
    func erase(_ person: SuggestionID, under authority: Authority?, by act: Act) async throws -> Bool {
        let (now, cause) = (clock(), EventID.make())
        return try await outbox.transaction { transaction in
            guard let login = try await SignInStore.credentials(of: person, in: transaction)?.person.login else {
                throw PeopleDesk.NotFound()
            }
            let key = secrets.key(ofLogin: login)
            PersonalDataStore.eraseAttempts(of: person, key: key, in: transaction)
            let before = try await Self.dossier(person, authority, locking: true, in: transaction)
            guard try await !PersonalDataStore.isErased(person, in: transaction) else { return false }
            if let hindrance = before.hindersErasure(on: CivilDate(of: now)) { throw hindrance }
            var dossier = before
            if dossier.endAll(by: act.actor) {
                dossier.person.version += 1
                dossier.person.changedAt = now
                try await PeopleDesk.tell([dossier], since: [before], act, in: transaction)
            }
            dossier.person.version += 1
            dossier.person.changedAt = now
            (dossier.person.login, dossier.person.name) = (Person.erasedLogin(of: person), Erasure.mark)
            PersonalDataStore.erase(dossier.person, in: transaction)
            try transaction.publish(
                PersonErased(person: PersonID(rawValue: person.rawValue), erasedAt: now),
                about: person,
                version: dossier.person.version,
                act: act,
                id: cause
            )
            Erasure.apply(to: person, cause: cause, under: Right.erasePeople.rawValue, at: now, in: transaction)
            return true
        }
    }

    /// Whose login or id it is.
    ///
    /// - Returns: nil when it is nobody's.
    func person(named text: String) async throws -> SuggestionID? {
        try await outbox.transaction { transaction in
            if Person.isLogin(text.lowercased()),
                let known = try await SignInStore.credentials(login: text.lowercased(), in: transaction)
            {
                return known.person.id
            }
            guard let id = SuggestionID(text) else { return nil }
            return try await SignInStore.credentials(of: id, in: transaction)?.person.id
        }
    }

    /// A person within an officer's reach: all roles that they hold or held must be, for it is about all of them.
    private static func dossier(
        _ person: SuggestionID,
        _ authority: Authority?,
        locking: Bool,
        in transaction: Transaction
    ) async throws -> Dossier {
        guard let dossier = try await DirectoryStore.dossier(person, locking: locking, in: transaction) else {
            throw PeopleDesk.NotFound()
        }
        guard let authority else { return dossier }
        if authority.unit != nil {
            let book = try await DirectoryStore.units(in: transaction)
            // What was refused gave them nothing there.
            let held = dossier.holdings.filter { $0.state != .refused }.map { authority.reaches($0.unit, in: book) }
            guard held.contains(true) else { throw PeopleDesk.NotFound() }
            guard !held.contains(false) else {
                throw PeopleDesk.NotEntitled(words: "此人还在其他单位任过职 · this person holds or held roles elsewhere too")
            }
        }
        guard authority.person != person else {
            throw PeopleDesk.NotEntitled(words: "本人请在个人账户中办理 · your own is asked for at your own account")
        }
        return dossier
    }
}
