import Bootstrap
import Calendar
import Contracts
import Foundation
import HTTPTypes
import Messaging
import PostgreSQL

/// Why somebody is not signed in; what is refused for its secrets is refused in one way.
enum SignInRefusal: ProblemDescribing, Hashable {
    /// No such login, a wrong password or code, a person who may not, a session that has ended.
    case refused
    /// Too many failures of this login; what was sent was not looked at.
    case locked(seconds: Int)
    /// Too many attempts from this address, or for this number.
    case crowded(seconds: Int)

    var problem: Problem {
        switch self {
        case .refused:
            Problem(
                .unauthorized,
                "sign-in-refused",
                title: "账号、密码或验证码不正确",
                detail: "one answer for whatever was wrong",
                headers: [.wwwAuthenticate: GuardedRouter.challenge]
            )
        case .locked(let seconds):
            Problem(
                .tooManyRequests,
                "sign-in-locked",
                title: "尝试次数过多，登录已暂时锁定",
                detail: "too many failures; what was sent was not looked at",
                headers: [.retryAfter: String(seconds)]
            )
        case .crowded(let seconds):
            Problem(
                .tooManyRequests,
                "too-many-requests",
                title: "请求过于频繁，请稍后再试",
                detail: "too many attempts from this address, or for this number",
                headers: [.retryAfter: String(seconds)]
            )
        }
    }
}

/// Who asks to be signed in, as far as it is known.
struct Client: Sendable, Hashable {
    /// What its attempts are counted under: its address, of IPv6 the network of a household; empty when nobody knows it.
    let counted: [UInt8]
    /// What is kept of its address.
    let network: String?
    /// What it calls itself, cut short.
    let agent: String

    init(address: ClientAddress?, agent: String?) {
        counted = address?.subscriber ?? []
        network = address?.neighbourhood
        self.agent = Session.agent(agent)
    }
}

/// What a sign-in leads to.
enum SignedIn: Sendable {
    /// A session, with the secret that is shown this once.
    case session(Session, secret: String, end: Timestamp, lockedAt: Timestamp?)
    /// A second factor is due.
    case challenge(String)
}

/// Signs people in: each attempt is counted before it is looked at; the slow part is done with no transaction open.
struct SignInDesk: Sendable {
    /// How long a second factor may take, and how often it may be tried.
    static let (challengeLifetime, challengeTries): (Duration, Int) = (.seconds(300), 5)

    let outbox: Outbox
    let work: PasswordWork
    let secrets: PersonSecrets
    let terms: Session.Terms
    /// The wall clock; tests have one of their own.
    let clock: @Sendable () -> Timestamp

    /// What is done with the sessions that it makes.
    var sessions: Sessions { Sessions(outbox: outbox, terms: terms, clock: clock) }

    /// Name and password.
    ///
    /// - Throws: ``SignInRefusal``, ``PasswordWork/Overloaded``, `DatabaseError`.
    func signIn(_ login: String, _ password: String, from client: Client) async throws -> SignedIn {
        let attempt = try await begin(login, from: client)
        let known = attempt.credentials
        let isRight = try await isRight(password, attempt)
        let now = clock()
        let renewed: PasswordHash?
        if isRight, known?.password?.cost != work.cost, let normal = PasswordRule.normalised(password) {
            // It was hashed when less was asked for.
            renewed = try await work.hash(normal)
        } else {
            renewed = nil
        }
        let outcome = try await outbox.transaction { transaction -> SignedIn? in
            guard isRight, let known, known.person.state == .active,
                // Another password may have been set meanwhile.
                let current = try await SignInStore.credentials(of: known.person.id, in: transaction),
                current.password == known.password, current.person.state == .active
            else {
                try await fail(attempt, in: transaction)
                return nil
            }
            // Rows are locked in one order everywhere: the address, the login, the factor, the credentials.
            try await takeBack(attempt, in: transaction)
            let factor = try await SignInStore.factor(of: known.person.id, in: transaction)
            if let renewed { SignInStore.put(renewed, of: known.person.id, in: transaction) }
            guard factor?.isConfirmed != true else {
                return challenge(known.person.id, .password, at: now, in: transaction)
            }
            forget(attempt, in: transaction)
            return try await start(current, .password, factor: false, from: client, at: now, in: transaction)
        }
        guard let outcome else { throw SignInRefusal.refused }
        return outcome
    }

    /// The code of a second factor, or a recovery code.
    ///
    /// - Throws: ``SignInRefusal``, `DatabaseError`.
    func signIn(challenge text: String, code: String, from client: Client) async throws -> SignedIn {
        let now = clock()
        let result = try await outbox.transaction { transaction -> Result<SignedIn, SignInRefusal> in
            if let seconds = try await take(client, at: now, in: transaction) {
                return .failure(.crowded(seconds: seconds))
            }
            guard let hash = Secrets.hash(text),
                let challenge = try await SignInStore.challenge(hash, in: transaction),
                challenge.expiresAt > now, challenge.tries <= Self.challengeTries,
                let known = try await SignInStore.credentials(of: challenge.person, in: transaction)
            else { return .failure(.refused) }
            let key = secrets.key(ofLogin: known.person.login)
            var limit = try await SignInStore.limit(key, at: now, in: transaction)
            let answer = limit.begin(at: now)
            SignInStore.put(limit, of: key, in: transaction)
            if case .locked(let until) = answer { return .failure(.locked(seconds: Self.seconds(until, after: now))) }
            let attempt = Attempt(credentials: known, key: key, answer: answer, client: client)
            guard known.person.state == .active,
                try await secrets.isShown(code, by: known.person.id, at: now, in: transaction)
            else {
                try await fail(attempt, in: transaction)
                return .failure(.refused)
            }
            SignInStore.remove(challenge: hash, in: transaction)
            try await giveBack(attempt.client, in: transaction)
            forget(attempt, in: transaction)
            return .success(
                try await start(known, challenge.manner, factor: true, from: client, at: now, in: transaction)
            )
        }
        return try result.get()
    }

    /// A person whom somebody else vouches for: signed in, or asked for a second factor.
    func accept(
        _ person: SuggestionID,
        _ manner: SessionStarted.Manner,
        from client: Client,
        in transaction: EventTransaction
    ) async throws -> SignedIn? {
        let now = clock()
        guard let known = try await SignInStore.credentials(of: person, in: transaction), known.person.state == .active
        else { return nil }
        if try await SignInStore.factor(of: person, in: transaction)?.isConfirmed == true {
            return challenge(person, manner, at: now, in: transaction)
        }
        return try await start(known, manner, factor: false, from: client, at: now, in: transaction)
    }

    private func challenge(
        _ person: SuggestionID,
        _ manner: SessionStarted.Manner,
        at now: Timestamp,
        in transaction: EventTransaction
    ) -> SignedIn {
        let text = Secrets.make()
        let waiting = Challenge(person: person, manner: manner, tries: 0, expiresAt: now + Self.challengeLifetime)
        SignInStore.insert(waiting, hash: Account.hash(text), in: transaction)
        return .challenge(text)
    }

    /// A new session, whose secret nobody has had before: none is taken over from before the sign-in.
    private func start(
        _ known: Credentials,
        _ manner: SessionStarted.Manner,
        factor: Bool,
        from client: Client,
        at now: Timestamp,
        in transaction: EventTransaction
    ) async throws -> SignedIn {
        // Whoever was ended or erased meanwhile leaves no session behind.
        guard try await SignInStore.isActive(known.person.id, in: transaction) else { throw SignInRefusal.refused }
        let secret = Secrets.make()
        let session = Session(
            id: .make(),
            person: known.person.id,
            madeAt: now,
            usedAt: now,
            manner: manner,
            factor: factor,
            agent: client.agent,
            network: client.network
        )
        SessionStore.insert(session, secret: Account.hash(secret), in: transaction)
        SignInStore.noteSignIn(of: known.person.id, at: now, in: transaction)
        try transaction.publish(
            SessionStarted(
                session: session.id,
                person: known.person.id,
                manner: manner,
                factor: factor,
                network: client.network,
                startedAt: now
            ),
            about: session.id,
            version: 1,
            act: Act(actor: "person:\(known.person.id)", authority: "sign-in")
        )
        let holdings = try await SignInStore.holdings(of: known.person.id, on: CivilDate(of: now), in: transaction)
        let limits = terms.limits(isStaff: holdings.contains { $0.role.wantsFactor })
        let lock = known.lockedAt.flatMap { at in known.signedInAt.map { at > $0 } ?? true ? at : nil }
        return .session(session, secret: secret, end: session.end(limits), lockedAt: lock)
    }

    static func seconds(_ moment: Timestamp, after now: Timestamp) -> Int {
        max(1, Int(((moment - now) / .seconds(1)).rounded(.up)))
    }
}
