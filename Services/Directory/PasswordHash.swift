import Contracts
import CryptoExtras
import Foundation

/// What is kept of a password: scrypt (RFC 7914) under its own salt.
struct PasswordHash: Sendable, Hashable {
    /// What a hash costs whoever tries passwords, and us.
    struct Cost: Sendable, Hashable {
        /// N, a power of two: 128 · r · N bytes are read and written again and again.
        var rounds: Int
        /// r.
        var blockSize = 8
        /// p.
        var parallelism = 1

        /// 64 MiB and 0.2 s of an EPYC core (decision 0016).
        static let standard = Self(rounds: 1 << 16)
    }

    let cost: Cost
    let salt: [UInt8]
    let hash: [UInt8]

    private static let (saltLength, hashLength) = (16, 32)

    /// Hashes a password under a new salt.
    init(_ password: String, cost: Cost) throws {
        let salt = Secrets.random(Self.saltLength)
        self.init(cost: cost, salt: salt, hash: try Self.derive(password, salt, cost))
    }

    /// As it was stored.
    init(cost: Cost, salt: [UInt8], hash: [UInt8]) { (self.cost, self.salt, self.hash) = (cost, salt, hash) }

    /// A hash that no password has, for logins that have none: to check it takes as long.
    static func nobodys(cost: Cost) -> Self {
        Self(cost: cost, salt: Secrets.random(saltLength), hash: Secrets.random(hashLength))
    }

    /// Whether it is the hash of this password, told in the same time however much of it agrees.
    func isOf(_ password: String) throws -> Bool {
        let derived = try Self.derive(password, salt, cost)
        return derived.count == hash.count && zip(derived, hash).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func derive(_ password: String, _ salt: [UInt8], _ cost: Cost) throws -> [UInt8] {
        try KDF.Scrypt.deriveKey(
            from: Array(password.utf8),
            salt: salt,
            outputByteCount: hashLength,
            rounds: cost.rounds,
            blockSize: cost.blockSize,
            parallelism: cost.parallelism
        )
        .withUnsafeBytes { Array($0) }
    }
}
