import Bootstrap
import Calendar
import Contracts
import Foundation
import Messaging
import PostgreSQL

/// An attempt to show a secret, which has been counted.
struct Attempt: Sendable {
    /// nil for a login that nobody has.
    let credentials: Credentials?
    /// What the login's failures are kept under.
    let key: [UInt8]
    let answer: SignInLimit.Answer
    let client: Client
}

extension SignInDesk {
    /// Counts an attempt, in a transaction of its own that is over before the slow part begins.
    ///
    /// - Throws: ``SignInRefusal`` when it is not to be looked at.
    func begin(_ login: String, from client: Client) async throws -> Attempt {
        let now = clock()
        let login = login.trimmingCharacters(in: .whitespaces).lowercased()
        let key = secrets.key(ofLogin: login)
        let result = try await outbox.transaction { transaction -> Result<Attempt, SignInRefusal> in
            if let seconds = try await take(client, at: now, in: transaction) {
                return .failure(.crowded(seconds: seconds))
            }
            var limit = try await SignInStore.limit(key, at: now, in: transaction)
            let answer = limit.begin(at: now)
            SignInStore.put(limit, of: key, in: transaction)
            if case .locked(let until) = answer { return .failure(.locked(seconds: Self.seconds(until, after: now))) }
            // Asked for whatever the login is: the database takes no U+0000.
            let asked = Person.isLogin(login) ? login : ""
            let known = try await SignInStore.credentials(login: asked, in: transaction)
            return .success(Attempt(credentials: known, key: key, answer: answer, client: client))
        }
        return try result.get()
    }

    /// Whether an attempt has the right password; takes as long whether there is such a login or not.
    func isRight(_ password: String, _ attempt: Attempt) async throws -> Bool {
        let normal = PasswordRule.normalised(password)
        do {
            return try await work.isRight(normal ?? "", attempt.credentials?.password) && normal != nil
        } catch {
            // Nobody has looked at it.
            try await outbox.transaction { try await takeBack(attempt, in: $0) }
            throw error
        }
    }

    /// It was a failure: it stays counted, and if it locks the login its person is told.
    func fail(_ attempt: Attempt, in transaction: EventTransaction) async throws {
        guard case .admitted(let until?) = attempt.answer, let person = attempt.credentials?.person.id else { return }
        SignInStore.noteLock(of: person, at: clock(), in: transaction)
        let registrars = try await DirectoryStore.registrars(of: person, on: CivilDate(of: clock()), in: transaction)
        try transaction.publish(
            SignInLocked(
                person: person,
                until: until,
                registrars: registrars.isEmpty ? nil : registrars.map(UnitCode.init(rawValue:))
            ),
            about: .make(),
            version: 1,
            act: Act(actor: "rule:sign-in-limit", authority: "sign-in")
        )
    }

    /// It was none, but there is more to show.
    func takeBack(_ attempt: Attempt, in transaction: EventTransaction) async throws {
        try await giveBack(attempt.client, in: transaction)
        var limit = try await SignInStore.limit(attempt.key, at: clock(), in: transaction)
        limit.takeBack(attempt.answer)
        SignInStore.put(limit, of: attempt.key, in: transaction)
    }

    /// Everything was shown: what was counted before is forgotten.
    func forget(_ attempt: Attempt, in transaction: EventTransaction) {
        SignInStore.put(SignInLimit(), of: attempt.key, in: transaction)
    }

    /// Takes one of an address's attempts.
    ///
    /// - Returns: nil when there was one; else the seconds after which there is.
    func take(_ client: Client, at now: Timestamp, in transaction: Transaction) async throws -> Int? {
        let key = secrets.key(ofAddress: client.counted)
        var allowance = try await SignInStore.allowance(key, at: now, in: transaction)
        let seconds = allowance.take()
        SignInStore.put(allowance, of: key, in: transaction)
        return seconds
    }

    /// Requests for a role from one address that are looked at: thirty at once, as when a hall registers behind one address, then
    /// one in twelve seconds; a unit's list, which takes 500, is not filled by one program within an hour.
    ///
    /// - Throws: ``SignInRefusal/crowded(seconds:)``, `DatabaseError`.
    func admitRequest(from client: Client) async throws {
        let now = clock()
        let seconds = try await outbox.transaction { transaction in
            // Apart from its sign-ins, which nobody is to be kept from by others' registrations.
            let key = secrets.key(ofRequestsFrom: client.counted)
            var allowance = try await SignInStore.allowance(key, at: now, in: transaction)
            let seconds = (0..<Self.requestCost).compactMap { _ in allowance.take() }.last
            if seconds == nil { SignInStore.put(allowance, of: key, in: transaction) }
            return seconds
        }
        if let seconds { throw SignInRefusal.crowded(seconds: seconds) }
    }

    /// Attempts of an address that a request for a role costs.
    private static var requestCost: Int { 2 }

    func giveBack(_ client: Client, in transaction: Transaction) async throws {
        let key = secrets.key(ofAddress: client.counted)
        var allowance = try await SignInStore.allowance(key, at: clock(), in: transaction)
        allowance.giveBack()
        SignInStore.put(allowance, of: key, in: transaction)
    }

    /// Until it is cancelled: removes what has ended by itself.
    func sweep(every interval: Duration) async {
        while !Task.isCancelled {
            // What fails is tried again the next time; nothing depends on it.
            try? await outbox.transaction { transaction in
                SessionStore.sweep(
                    at: clock(),
                    longest: max(terms.staff.whole, terms.others.whole),
                    in: transaction
                )
            }
            try? await Task.sleep(for: interval)
        }
    }
}

/// What only this installation can read or recognise of a person's secrets.
struct PersonSecrets: Sendable {
    private let factors: KeySeal
    private let fingerprints: KeySeal

    /// From the master key.
    init(master: KeySeal) {
        (factors, fingerprints) = (
            master.derived(for: "ebinda second factors"), master.derived(for: "ebinda sign-in attempts")
        )
    }

    func key(ofLogin login: String) -> [UInt8] { fingerprints.fingerprint(of: "login \(login)") }
    func key(ofAddress address: [UInt8]) -> [UInt8] { fingerprints.fingerprint(of: "address \(address)") }
    func key(ofRequestsFrom address: [UInt8]) -> [UInt8] { fingerprints.fingerprint(of: "requests \(address)") }

    /// A second factor's secret, bound to its person.
    func seal(_ secret: [UInt8], of person: SuggestionID) throws -> [UInt8] {
        try factors.seal(Data(secret), of: person.description)
    }

    func open(_ sealed: [UInt8], of person: SuggestionID) throws -> [UInt8] {
        Array(try factors.open(sealed, of: person.description))
    }

    /// Whether this is a good code of a person's second factor, or one of their recovery codes; either is used up.
    func isShown(
        _ code: String,
        by person: SuggestionID,
        at now: Timestamp,
        in transaction: EventTransaction
    ) async throws -> Bool {
        guard let factor = try await SignInStore.factor(of: person, in: transaction), factor.isConfirmed else {
            return false
        }
        let code = code.filter { $0 != " " }
        let secret = try open(factor.sealed, of: person)
        if let step = OneTimeCode.step(of: code, secret, at: now, after: factor.lastStep) {
            SignInStore.use(step: step, of: person, in: transaction)
            return true
        }
        guard let hash = RecoveryCode.hash(code),
            try await SignInStore.use(recovery: hash, of: person, in: transaction)
        else { return false }
        try await CredentialDesk.tell(
            .recovery,
            .removed,
            of: person,
            at: now,
            by: Act(actor: "person:\(person)", authority: "sign-in"),
            in: transaction
        )
        return true
    }
}
