import Contracts
import Crypto
import Foundation
import Messaging
import PostgreSQL

/// What falls due, for calendar programs, which cannot sign in: each reader has an address of their own with a secret in it.
enum FeedStore {
    /// Clocks that a calendar shows: more than anybody looks at, and a tenth of a megabyte.
    static let limit = 1_000

    /// A reader's new address; the one before ends with it.
    ///
    /// - Returns: the secret, which is stored as its hash alone.
    static func make(for reader: String, of department: DepartmentCode?, in transaction: Transaction) -> String {
        let bytes = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
        let secret = bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
        transaction.enqueue(
            """
            INSERT INTO feeds (reader, hash, department) VALUES (\(reader), \(hash(secret)), \(department?.rawValue))
            ON CONFLICT (reader) DO UPDATE SET hash = excluded.hash, department = excluded.department, made_at = now()
            """
        )
        return secret
    }

    /// Whose clocks an address shows; nil when there is no such address.
    static func department(at secret: String, in transaction: Transaction) async throws -> DepartmentCode?? {
        // Sixty-four hexadecimal digits: anything else is nobody's, and is not asked for.
        guard secret.utf8.count == 64 else { return nil }
        let rows = try await transaction.query("SELECT department FROM feeds WHERE hash = \(hash(secret))")
        guard let row = rows.first else { return nil }
        return .some(try row["department", as: String?.self].map(DepartmentCode.init(rawValue:)))
    }

    private static func hash(_ secret: String) -> [UInt8] { Array(SHA256.hash(data: Data(secret.utf8))) }
}
