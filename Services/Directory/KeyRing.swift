import Bootstrap
import Contracts
import Crypto
import Foundation
import JWTKit
import Messaging
import PostgreSQL
import Synchronization

/// The keys that sign tokens, and what signs with them.
final class KeyRing: Sendable {
    /// No key signs yet: `directory migrate` makes the first.
    struct Empty: Error, SafelyDescribed, CustomStringConvertible {
        var description: String { "no key signs tokens; run migrate" }
    }

    private struct Signer: Sendable {
        let id: String
        let keys: JWTKeyCollection
    }

    /// How old the copy in memory may be; far below ``KeySchedule/notice``.
    private static let freshness: Duration = .seconds(5)

    private let database: Database
    private let seal: KeySeal
    /// How long a token is good.
    let lifetime: Duration
    private let state = Mutex<(signer: Signer?, readAt: ContinuousClock.Instant?)>((nil, nil))

    init(database: Database, seal: KeySeal, lifetime: Duration) {
        (self.database, self.seal, self.lifetime) = (database, seal, lifetime)
    }

    /// A token that says who somebody is, for ``lifetime``.
    ///
    /// - Throws: ``Empty``, `DatabaseError`.
    func token(subject: String, unit: String, role: Role) async throws -> String {
        let signer = try await signer()
        let claims = AccessClaims(subject: subject, unit: unit, role: role, issuedAt: Date(), lifetime: lifetime)
        return try await signer.keys.sign(claims, kid: JWKIdentifier(string: signer.id))
    }

    /// The keys that are good now.
    func good() async throws -> [KeySchedule.Key] {
        let keys = try await database.transaction { try await DirectoryStore.keys(in: $0) }
        return KeySchedule(keys.map(\.key), lifetime: lifetime).good(at: .now)
    }

    private func signer() async throws -> Signer {
        let known = state.withLock { state in
            state.readAt.map { ContinuousClock.now - $0 < Self.freshness } == true ? state.signer : nil
        }
        if let known { return known }
        let keys = try await database.transaction { try await DirectoryStore.keys(in: $0) }
        let schedule = KeySchedule(keys.map(\.key), lifetime: lifetime)
        guard let id = schedule.signing(at: .now)?.id, let key = keys.first(where: { $0.key.id == id }) else {
            throw Empty()
        }
        let collection = JWTKeyCollection()
        let backing = try Curve25519.Signing.PrivateKey(rawRepresentation: seal.open(key.sealed, of: id))
        await collection.add(eddsa: EdDSA.PrivateKey(backing: backing), kid: JWKIdentifier(string: id))
        let signer = Signer(id: id, keys: collection)
        state.withLock { $0 = (signer, .now) }
        return signer
    }

    /// Makes a key and tells the set with it; the others hear of it before it signs.
    ///
    /// - Parameter unlessAny: makes none when one is good already.
    /// - Returns: the new key's id; nil when none was made.
    static func rotate(
        unlessAny: Bool,
        seal: KeySeal,
        lifetime: Duration,
        by actor: String,
        in transaction: EventTransaction
    ) async throws -> String? {
        let version = try await DirectoryStore.nextKeySet(in: transaction)
        let keys = try await DirectoryStore.keys(in: transaction).map(\.key)
        let now = Timestamp.now
        let schedule = KeySchedule(keys, lifetime: lifetime)
        if unlessAny, schedule.signing(at: now) != nil { return nil }
        let made = Curve25519.Signing.PrivateKey()
        let id = "k-" + Base64URL.text(Data(SHA256.hash(data: made.publicKey.rawRepresentation).prefix(9)))
        let key = KeySchedule.Key(
            id: id,
            x: Base64URL.text(made.publicKey.rawRepresentation),
            signsFrom: schedule.beginning(at: now),
            revokedAt: nil
        )
        DirectoryStore.insert(key, sealed: try seal.seal(made.rawRepresentation, of: id), in: transaction)
        try tell(keys + [key], version, lifetime, Act(actor: actor, authority: "signing-key.rotate"), in: transaction)
        return id
    }

    /// Takes a key out of the set at once, because somebody else may have it: what it has signed is refused.
    ///
    /// - Returns: whether there was such a key.
    static func revoke(
        _ id: String,
        lifetime: Duration,
        by actor: String,
        in transaction: EventTransaction
    ) async throws -> Bool {
        let version = try await DirectoryStore.nextKeySet(in: transaction)
        let keys = try await DirectoryStore.keys(in: transaction).map(\.key)
        guard keys.contains(where: { $0.id == id && $0.revokedAt == nil }) else { return false }
        DirectoryStore.revoke(id, at: .now, in: transaction)
        let act = Act(actor: actor, authority: "signing-key.revoke")
        try tell(keys.filter { $0.id != id }, version, lifetime, act, in: transaction)
        return true
    }

    private static func tell(
        _ keys: [KeySchedule.Key],
        _ version: Int,
        _ lifetime: Duration,
        _ act: Act,
        in transaction: EventTransaction
    ) throws {
        let good = KeySchedule(keys, lifetime: lifetime).good(at: .now).map { SigningKey(id: $0.id, x: $0.x) }
        // What Directory itself knows callers by.
        KnownKeys.replace(good, toldAt: .now, in: transaction)
        try transaction.publish(
            SigningKeysPublished(keys: good, publishedAt: .now),
            about: SigningKeysPublished.aggregate,
            version: version,
            act: act
        )
    }
}

/// Seals private keys, so that the database and its backups cannot sign, and what else nobody is to read there.
struct KeySeal: Sendable {
    private let key: SymmetricKey

    /// Creates a seal.
    ///
    /// - Parameter key: 32 random bytes.
    init(key: [UInt8]) { self.key = SymmetricKey(data: key) }

    /// Another seal from the same secret; neither helps to find the other (RFC 5869).
    func derived(for purpose: String) -> Self {
        Self(key: HKDF<SHA256>.deriveKey(inputKeyMaterial: key, info: Array(purpose.utf8), outputByteCount: 32))
    }

    private init(key: SymmetricKey) { self.key = key }

    /// A keyed hash: equal texts are found again, and none is read from it.
    func fingerprint(of text: String) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key))
    }

    /// AES-256-GCM, bound to the key's id.
    func seal(_ secret: Data, of id: String) throws -> [UInt8] {
        Array(try AES.GCM.seal(secret, using: key, authenticating: Array(id.utf8)).combined ?? Data())
    }

    /// What was sealed.
    ///
    /// - Throws: `CryptoKitError` when it was changed, belongs to another id, or this is another key.
    func open(_ bytes: [UInt8], of id: String) throws -> Data {
        try AES.GCM.open(try AES.GCM.SealedBox(combined: bytes), using: key, authenticating: Array(id.utf8))
    }
}
