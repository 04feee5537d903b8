import Bootstrap
import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Messaging
import PostgreSQL

/// The HTTP contract of Directory; `openapi.yaml` says the same in prose.
struct Routes: Sendable {
    let database: Database
    let keys: KeyRing
    let signIn: SignInDesk
    let voters: VoterDesk
    var providers: [ProviderLink] = []

    func add(to router: GuardedRouter) {
        router.open(.get, "/v1/jwks", .anyone) { _, _ in try await keySet() }
        router.on(.get, "/v1/accounts", .readAccounts) { request, _, _ in try await accounts() }
        let (sessions, credentials) = (signIn.sessions, CredentialDesk(signIn: signIn))
        TokenRoutes(database: database, keys: keys, sessions: sessions).add(to: router)
        SignInRoutes(desk: signIn, credentials: credentials).add(to: router)
        MeRoutes(credentials: credentials, sessions: sessions).add(to: router)
        PersonalDataRoutes(
            desk: PersonalDataDesk(outbox: signIn.outbox, secrets: signIn.secrets, clock: signIn.clock),
            credentials: credentials
        ).add(to: router)
        VoterRoutes(desk: voters).add(to: router)
        ProviderRoutes(desk: ProviderDesk(signIn: signIn, links: providers)).add(to: router)
    }

    /// RFC 7517 §5; other systems verify our tokens with it, our own services have their copies.
    private func keySet() async throws -> Response {
        struct JWK: Encodable {
            let kty = "OKP"
            let crv = "Ed25519"
            let alg = "EdDSA"
            let use = "sig"
            let kid: String
            let x: String
        }
        struct Set: Encodable { let keys: [JWK] }
        let good = try await keys.good().map { JWK(kid: $0.id, x: $0.x) }
        // Half of the notice that a new key gets.
        return try .json(Set(keys: good), headers: [.cacheControl: "public, max-age=30"])
    }

    private func accounts() async throws -> Response {
        let accounts = try await database.transaction { try await DirectoryStore.accounts(in: $0) }
        return try .json(AccountList(items: accounts.map(\.event)))
    }
}

private struct AccountList: Encodable {
    let items: [AccountChanged]
}
