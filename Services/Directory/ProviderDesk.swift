import Bootstrap
import Contracts
import Foundation
import HTTPTypes
import Messaging
import PostgreSQL

/// Signs people in at outside providers, and links who they are there to who they are here; nobody is made by that.
struct ProviderDesk: Sendable {
    /// How long somebody may take at the provider's.
    static let stateLifetime: Duration = .seconds(600)

    let signIn: SignInDesk
    let links: [ProviderLink]

    private func link(_ name: String) throws -> ProviderLink {
        guard let link = links.first(where: { $0.provider.name == name }) else { throw Problem.notFound() }
        return link
    }

    /// Sends somebody to a provider.
    ///
    /// - Parameters:
    ///   - address: where they come back to; nil for the first that is configured.
    ///   - person: who is signed in already and wants a link.
    /// - Throws: `Problem` 404 for another provider, 422 for another address, 429; ``ProviderLink/Failed``.
    func start(
        _ name: String,
        return address: String?,
        for person: SuggestionID? = nil,
        from client: Client
    ) async throws -> (location: String, state: String) {
        let link = try link(name)
        guard let address = address ?? link.provider.returns.first, link.provider.returns.contains(address) else {
            throw Problem.invalid([
                .init(pointer: "/return", rule: "unknown", message: "不是已登记的返回地址 · must be one of those configured")
            ])
        }
        let state = ProviderStore.State(
            provider: name,
            nonce: Secrets.make(),
            verifier: Secrets.make(),
            address: address,
            person: person
        )
        let (text, now) = (Secrets.make(), signIn.clock())
        let crowded = try await signIn.outbox.transaction { transaction in
            let seconds = try await signIn.take(client, at: now, in: transaction)
            if seconds == nil {
                ProviderStore.insert(
                    state,
                    hash: Account.hash(text),
                    until: now + Self.stateLifetime,
                    in: transaction
                )
            }
            return seconds
        }
        if let crowded { throw SignInRefusal.crowded(seconds: crowded) }
        let location = try await link.address(
            state: text,
            nonce: state.nonce,
            verifier: state.verifier,
            return: address
        )
        return (location, text)
    }

    /// Signs in whom the provider has sent back.
    ///
    /// - Throws: ``SignInRefusal/refused`` for a state or code that is none; `Problem` 403 for who is not linked to anybody.
    func finish(_ name: String, state: String, code: String, from client: Client) async throws -> SignedIn {
        let subject = try await subject(name, state: state, code: code, for: nil)
        let outcome = try await signIn.outbox.transaction { transaction -> SignedIn? in
            try await signIn.giveBack(client, in: transaction)
            guard let person = try await ProviderStore.person(name, subject, in: transaction) else { return nil }
            return try await signIn.accept(person, .provider, from: client, in: transaction)
        }
        guard let outcome else {
            throw Problem(
                .forbidden,
                "identity-not-linked",
                title: "此身份尚未关联本站账号",
                detail: "nobody here is linked to this identity; sign in otherwise and link it, or ask an operator"
            )
        }
        return outcome
    }

    /// Links who has been sent back to the person that was signed in when they left.
    ///
    /// - Throws: ``SignInRefusal/refused`` also for a state that another person has begun; `Problem` 409 when the identity is
    ///   somebody else's.
    func link(_ name: String, state: String, code: String, to person: SuggestionID, by caller: Caller) async throws {
        let subject = try await subject(name, state: state, code: code, for: person)
        let act = Act(actor: caller.actor, authority: "own.identity")
        try await signIn.outbox.transaction {
            try await Self.link(name, subject, to: person, at: signIn.clock(), by: act, in: $0)
        }
    }

    /// Links an identity to a person; again is harmless.
    static func link(
        _ name: String,
        _ subject: String,
        to person: SuggestionID,
        at now: Timestamp,
        by act: Act,
        in transaction: EventTransaction
    ) async throws {
        switch try await ProviderStore.link(name, subject, to: person, at: now, in: transaction) {
        case .some(person): return
        case .some: throw Problem.conflict("this identity is linked to somebody else")
        case nil: try await CredentialDesk.tell(.identity, .set, of: person, at: now, by: act, in: transaction)
        }
    }

    /// Ends the link; a session that was begun with it goes on until it ends.
    ///
    /// - Throws: `Problem` 404 when there is none.
    func unlink(_ name: String, of person: SuggestionID, by caller: Caller) async throws {
        let (act, now) = (Act(actor: caller.actor, authority: "own.identity"), signIn.clock())
        let ended = try await signIn.outbox.transaction { transaction in
            let ended = try await ProviderStore.unlink(name, of: person, in: transaction)
            if ended {
                try await CredentialDesk.tell(.identity, .removed, of: person, at: now, by: act, in: transaction)
            }
            return ended
        }
        guard ended else { throw Problem.notFound() }
    }

    /// Who was sent back, as the provider names them.
    ///
    /// A state is good once, and only for what it was begun for: a link cannot be slipped to somebody who has not asked for it.
    private func subject(_ name: String, state text: String, code: String, for person: SuggestionID?) async throws
        -> String
    {
        let link = try link(name)
        let now = signIn.clock()
        guard let hash = Secrets.hash(text),
            let state = try await signIn.outbox.transaction({ try await ProviderStore.take(hash, at: now, in: $0) }),
            state.provider == name, state.person == person,
            let claims = try await link.claims(of: code, verifier: state.verifier, return: state.address),
            claims.isGood(from: link.provider, nonce: state.nonce, at: Date())
        else { throw SignInRefusal.refused }
        return claims.subject
    }
}

/// The SQL of outside providers.
enum ProviderStore {
    /// What is remembered of somebody who is at a provider's.
    struct State: Sendable {
        let provider: String
        let nonce: String
        let verifier: String
        let address: String
        let person: SuggestionID?
    }

    /// Queues what is remembered.
    static func insert(_ state: State, hash: [UInt8], until: Timestamp, in transaction: Transaction) {
        transaction.enqueue(
            """
            INSERT INTO provider_states (hash, provider, nonce, verifier, address, person, expires_at)
            VALUES (\(hash), \(state.provider), \(state.nonce), \(state.verifier), \(state.address),
                    \(state.person?.rawValue), \(until))
            """
        )
    }

    /// What is remembered, which is used up; nil when there is nothing.
    static func take(_ hash: [UInt8], at now: Timestamp, in transaction: Transaction) async throws -> State? {
        try await transaction.query(
            "DELETE FROM provider_states WHERE hash = \(hash) AND expires_at > \(now) RETURNING *"
        )
        .first.map { row in
            State(
                provider: try row["provider", as: String.self],
                nonce: try row["nonce", as: String.self],
                verifier: try row["verifier", as: String.self],
                address: try row["address", as: String.self],
                person: try row["person", as: UUID?.self].map(SuggestionID.init(rawValue:))
            )
        }
    }

    /// Who an identity is here; nil when it is nobody.
    static func person(
        _ provider: String,
        _ subject: String,
        in transaction: Transaction
    ) async throws -> SuggestionID? {
        try await transaction.query(
            "SELECT person FROM identities WHERE provider = \(provider) AND subject = \(subject)"
        )
        .first.map { try $0.id("person") }
    }

    /// Links an identity.
    ///
    /// - Returns: nil when it was linked to nobody; else to whom, and nothing has changed.
    static func link(
        _ provider: String,
        _ subject: String,
        to person: SuggestionID,
        at now: Timestamp,
        in transaction: Transaction
    ) async throws -> SuggestionID? {
        let made = try await transaction.execute(
            """
            INSERT INTO identities (provider, subject, person, linked_at)
            VALUES (\(provider), \(subject), \(person.rawValue), \(now)) ON CONFLICT (provider, subject) DO NOTHING
            """
        )
        return made == 1 ? nil : try await self.person(provider, subject, in: transaction)
    }

    /// Removes a person's identities at a provider; false when there were none.
    static func unlink(_ provider: String, of person: SuggestionID, in transaction: Transaction) async throws -> Bool {
        try await transaction.execute(
            "DELETE FROM identities WHERE provider = \(provider) AND person = \(person.rawValue)"
        ) > 0
    }
}
