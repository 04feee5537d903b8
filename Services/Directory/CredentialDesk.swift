import Bootstrap
import Calendar
import Contracts
import Foundation
import HTTPTypes
import Messaging
import PostgreSQL

/// Changes what a person signs in with; whatever is changed ends the sessions that rested on it.
struct CredentialDesk: Sendable {
    /// How long an invitation is good.
    static let invitationLifetime: Duration = .seconds(7 * 86_400)

    let signIn: SignInDesk
    private var outbox: Outbox { signIn.outbox }

    init(signIn: SignInDesk) { self.signIn = signIn }

    // MARK: Passwords

    /// A new password for whoever knows the old one.
    ///
    /// - Throws: `Problem` 422, ``SignInRefusal``, ``PasswordWork/Overloaded``, `DatabaseError`.
    func change(
        _ person: SuggestionID,
        from old: String,
        to new: String,
        by caller: Caller,
        client: Client
    ) async throws {
        let known = try await self.known(person)
        let password = try await checked(new, of: known.person, at: "/new")
        let attempt = try await prove(old, at: "/old", of: known.person, from: client)
        let hash = try await signIn.work.hash(password)
        let now = signIn.clock()
        try await outbox.transaction { transaction in
            try await signIn.takeBack(attempt, in: transaction)
            signIn.forget(attempt, in: transaction)
            let act = Act(actor: caller.actor, authority: "own.password")
            try await set(hash, of: person, at: now, by: act, in: transaction)
        }
    }

    /// A password for whoever has an invitation.
    ///
    /// - Throws: as ``change(_:from:to:by:client:)``; `Problem` 404 for an invitation that is none, is used, or has ended.
    func accept(_ token: String, _ new: String, client: Client) async throws {
        let now = signIn.clock()
        let hash = Secrets.hash(token)
        let crowded = try await outbox.transaction { try await signIn.take(client, at: now, in: $0) }
        if let crowded { throw SignInRefusal.crowded(seconds: crowded) }
        let known = try await outbox.transaction { transaction -> Credentials? in
            guard let hash, let person = try await SignInStore.invited(by: hash, at: now, using: false, in: transaction)
            else { return nil }
            return try await SignInStore.credentials(of: person, in: transaction)
        }
        guard let hash, let known, known.person.state != .ended else { throw Self.notInvited }
        let password = try await checked(new, of: known.person, at: "/password")
        let made = try await signIn.work.hash(password)
        try await outbox.transaction { transaction in
            try await signIn.giveBack(client, in: transaction)
            SignInStore.put(SignInLimit(), of: signIn.secrets.key(ofLogin: known.person.login), in: transaction)
            let person = try await SignInStore.invited(by: hash, at: now, using: true, in: transaction)
            // Somebody else may have used it meanwhile.
            guard person == known.person.id else { throw Self.notInvited }
            let act = Act(actor: "person:\(known.person.id)", authority: "invitation")
            try await set(made, of: known.person.id, at: now, by: act, in: transaction)
        }
    }

    private static var notInvited: Problem {
        Problem(.notFound, "no-invitation", title: "邀请无效、已使用或已过期", detail: "not known, used, or ended")
    }

    /// A new password that is as it must be.
    private func checked(_ new: String, of person: Person, at pointer: String) async throws -> String {
        let holdings = try await outbox.transaction {
            try await SignInStore.holdings(of: person.id, on: CivilDate(of: signIn.clock()), in: $0)
        }
        let own = [person.login, person.name] + holdings.flatMap { [$0.unit, $0.unitName] }
        return try await checked(new, own: own, at: pointer)
    }

    /// A new password that is as it must be.
    ///
    /// - Parameter own: the words of its person.
    func checked(_ new: String, own: [String], at pointer: String) async throws -> String {
        let rule = PasswordRule(own: own)
        var (password, breaches) = rule.read(new)
        if breaches.isEmpty, try await signIn.work.isGuessable(password) { breaches = [.guessable] }
        guard breaches.isEmpty else {
            throw Problem.invalid(breaches.map { .init(pointer: pointer, rule: $0.rule, message: $0.words) })
        }
        return password
    }

    private func set(
        _ hash: PasswordHash,
        of person: SuggestionID,
        at now: Timestamp,
        by act: Act,
        in transaction: EventTransaction
    ) async throws {
        try await Self.tell(.password, .set, of: person, at: now, by: act, in: transaction)
        SignInStore.put(hash, of: person, in: transaction)
        try await Sessions.end(nil, of: person, for: .password, at: now, by: act, in: transaction)
    }

    /// Whether the person at the keyboard knows the password: counted like a sign-in.
    func prove(
        _ password: String,
        at pointer: String,
        of person: Person,
        from client: Client
    ) async throws -> Attempt {
        let attempt = try await signIn.begin(person.login, from: client)
        guard try await signIn.isRight(password, attempt) else {
            try await outbox.transaction { try await signIn.fail(attempt, in: $0) }
            throw Problem.invalid([.init(pointer: pointer, rule: "wrong", message: "密码不正确 · is not the password")])
        }
        return attempt
    }

    // MARK: Second factors

    /// A new secret for an authenticator app; it is in force once a code of it was shown.
    ///
    /// - Throws: `Problem` 409 when a second factor is in force: it is removed first.
    func beginFactor(of person: SuggestionID) async throws -> (secret: String, address: String) {
        let known = try await known(person)
        let secret = Secrets.random(OneTimeCode.secretLength)
        let sealed = try signIn.secrets.seal(secret, of: person)
        try await outbox.transaction { transaction in
            if try await SignInStore.factor(of: person, in: transaction)?.isConfirmed == true {
                throw Problem.conflict("a second factor is in force; remove it first")
            }
            SignInStore.begin(sealed, of: person, in: transaction)
        }
        return (Base32.text(secret), OneTimeCode.address(secret, login: known.person.login))
    }

    /// Puts a second factor in force.
    ///
    /// - Returns: the recovery codes, which are shown this once.
    /// - Throws: `Problem` 409 when none was begun, 422 for a wrong code, ``SignInRefusal``.
    func confirmFactor(of person: SuggestionID, code: String, by caller: Caller) async throws -> [String] {
        let now = signIn.clock()
        return try await outbox.transaction { transaction in
            guard let factor = try await SignInStore.factor(of: person, in: transaction), !factor.isConfirmed else {
                throw Problem.conflict("no second factor was begun")
            }
            // Not counted: who has the session has been shown the secret.
            let secret = try signIn.secrets.open(factor.sealed, of: person)
            guard let step = OneTimeCode.step(of: code, secret, at: now, after: factor.lastStep) else {
                throw Self.wrongCode
            }
            let codes = (0..<RecoveryCode.count).map { _ in RecoveryCode.make() }
            SignInStore.use(step: step, of: person, in: transaction)
            SignInStore.confirm(codes.compactMap(RecoveryCode.hash), of: person, at: now, in: transaction)
            let act = Act(actor: caller.actor, authority: "own.factor")
            try await Self.tell(.factor, .set, of: person, at: now, by: act, in: transaction)
            try await Sessions.end(nil, of: person, for: .factor, at: now, by: act, in: transaction)
            return codes
        }
    }

    /// Removes a second factor, for whoever has both: a session that was left open is not enough.
    ///
    /// - Throws: `Problem` 409 when there is none, 422 for a wrong password or code, ``SignInRefusal``.
    func removeFactor(
        of person: SuggestionID,
        password: String,
        code: String,
        by caller: Caller,
        client: Client
    ) async throws {
        let known = try await known(person)
        let attempt = try await prove(password, at: "/password", of: known.person, from: client)
        let now = signIn.clock()
        let outcome = try await outbox.transaction { transaction -> Problem? in
            guard try await SignInStore.factor(of: person, in: transaction)?.isConfirmed == true else {
                return Problem.conflict("there is no second factor")
            }
            guard try await signIn.secrets.isShown(code, by: person, at: now, in: transaction) else {
                try await signIn.fail(attempt, in: transaction)
                return Self.wrongCode
            }
            let act = Act(actor: caller.actor, authority: "own.factor")
            try await removeFactor(of: person, at: now, by: act, in: transaction)
            return nil
        }
        if let outcome { throw outcome }
        try await outbox.transaction { transaction in
            try await signIn.takeBack(attempt, in: transaction)
            signIn.forget(attempt, in: transaction)
        }
    }

    /// Whether the person at the keyboard has everything that they sign in with: counted like a sign-in.
    ///
    /// - Throws: `Problem` 422 for a wrong password or code, ``SignInRefusal``.
    func proveWhole(_ person: SuggestionID, password: String, code: String?, client: Client) async throws {
        let attempt = try await prove(password, at: "/password", of: try await known(person).person, from: client)
        let now = signIn.clock()
        let isWhole = try await outbox.transaction { transaction -> Bool in
            guard try await SignInStore.factor(of: person, in: transaction)?.isConfirmed == true else { return true }
            let isShown = try await signIn.secrets.isShown(code ?? "", by: person, at: now, in: transaction)
            if !isShown { try await signIn.fail(attempt, in: transaction) }
            return isShown
        }
        guard isWhole else { throw Self.wrongCode }
        try await outbox.transaction { transaction in
            try await signIn.takeBack(attempt, in: transaction)
            signIn.forget(attempt, in: transaction)
        }
    }

    private static var wrongCode: Problem {
        .invalid([.init(pointer: "/code", rule: "wrong", message: "验证码不正确或已用过 · is wrong, or has been used")])
    }

    private func removeFactor(
        of person: SuggestionID,
        at now: Timestamp,
        by act: Act,
        in transaction: EventTransaction
    ) async throws {
        SignInStore.removeFactor(of: person, in: transaction)
        try await Self.tell(.factor, .removed, of: person, at: now, by: act, in: transaction)
        try await Sessions.end(nil, of: person, for: .factor, at: now, by: act, in: transaction)
    }

    /// Tells that something of a person's credentials has changed.
    static func tell(
        _ credential: CredentialChanged.Credential,
        _ change: CredentialChanged.Change,
        of person: SuggestionID,
        at now: Timestamp,
        by act: Act,
        in transaction: EventTransaction
    ) async throws {
        let (about, version) = try await SignInStore.nextVersion(of: person, in: transaction)
        try transaction.publish(
            CredentialChanged(person: person, credential: credential, change: change, changedAt: now),
            about: about,
            version: version,
            act: act
        )
    }

    /// A person who may do something about their own.
    func known(_ person: SuggestionID) async throws -> Credentials {
        let known = try await outbox.transaction { try await SignInStore.credentials(of: person, in: $0) }
        guard let known, known.person.state == .active else { throw Problem.notFound() }
        return known
    }
}
