import Contracts
import Foundation
import Messaging
import PostgreSQL

/// All SQL of Intake's copy of codes.
enum CodeStore {
    /// The codes of tokens, by their hashes.
    static func codes(_ hashes: [[UInt8]], in transaction: Transaction) async throws -> [[UInt8]: KnownCode] {
        let rows = try await transaction.query(
            """
            SELECT hash, code, station, deputy, valid_from, valid_until, revoked_at IS NOT NULL AS revoked, good_until
            FROM code_tokens JOIN codes USING (code) WHERE hash = ANY(\(hashes)) AND station IS NOT NULL
            """
        )
        return try rows.reduce(into: [:]) { known, row in
            known[try row["hash", as: [UInt8].self]] = KnownCode(
                id: try row.id("code"),
                station: try row.code("station"),
                deputy: try row["deputy", as: UUID?.self].map(PersonID.init(rawValue:)),
                term: CodeTerm(
                    validFrom: try row["valid_from", as: Timestamp?.self],
                    validUntil: try row["valid_until", as: Timestamp?.self],
                    isRevoked: try row["revoked", as: Bool.self],
                    tokenUntil: try row["good_until", as: Timestamp?.self]
                )
            )
        }
    }

    /// Queues what was told of codes, each a different one; an older telling than the one that is kept changes nothing.
    static func keep(_ codes: [(version: Int, body: CodeIssued)], in transaction: Transaction) {
        transaction.enqueue(
            """
            INSERT INTO codes (code, issued, kind, station, deputy, valid_from, valid_until)
            SELECT * FROM unnest(\(codes.map(\.body.code.rawValue)), \(codes.map(\.version)),
                                 \(codes.map(\.body.kind.rawValue)), \(codes.map(\.body.station.rawValue)),
                                 \(codes.map(\.body.deputy?.rawValue)), \(codes.map(\.body.validFrom)),
                                 \(codes.map(\.body.validUntil)))
            ON CONFLICT (code) DO UPDATE
            SET issued = excluded.issued, kind = excluded.kind, station = excluded.station, deputy = excluded.deputy,
                valid_from = excluded.valid_from, valid_until = excluded.valid_until
            WHERE codes.issued < excluded.issued
            """
        )
        let tokens = codes.flatMap { code in code.body.tokens.map { (code, $0) } }
        // One that a later telling has not listed any more was replaced.
        transaction.enqueue(
            """
            UPDATE code_tokens SET good_until = LEAST(good_until, told.at)
            FROM unnest(\(codes.map(\.body.code.rawValue)), \(codes.map(\.version)), \(codes.map(\.body.issuedAt)))
                 AS told (code, version, at) JOIN codes ON codes.code = told.code AND codes.issued = told.version
            WHERE code_tokens.code = told.code
            """
        )
        transaction.enqueue(
            """
            INSERT INTO code_tokens (hash, code, good_until)
            SELECT hash, told.code, good_until
            FROM unnest(\(tokens.map { $1.sha256.bytesOfHexadecimal }), \(tokens.map(\.0.body.code.rawValue)),
                        \(tokens.map(\.0.version)), \(tokens.map(\.1.goodUntil))) AS told (hash, code, version, good_until)
                 JOIN codes ON codes.code = told.code AND codes.issued = told.version
            ON CONFLICT (hash) DO UPDATE SET good_until = excluded.good_until
            """
        )
    }

    /// Queues that codes were ended, each a different one; it lasts, whatever else is heard of them and when.
    static func revoke(_ codes: [CodeRevoked], in transaction: Transaction) {
        transaction.enqueue(
            """
            INSERT INTO codes (code, issued, revoked_at)
            SELECT code, 0, at FROM unnest(\(codes.map(\.code.rawValue)), \(codes.map(\.revokedAt))) AS told (code, at)
            ON CONFLICT (code) DO UPDATE SET revoked_at = excluded.revoked_at
            """
        )
    }

    /// How much was handed in through each code of some stations; codes through which nothing was are left out.
    ///
    /// - Parameter stations: nil for all.
    static func handIns(at stations: [String]?, in transaction: Transaction) async throws -> [(
        code: CodeID, count: Int
    )] {
        try await transaction.query(
            """
            SELECT code, count(*) AS count FROM suggestions
            WHERE code IN (SELECT code FROM codes WHERE \(stations == nil) OR station = ANY(\(stations ?? [])))
            GROUP BY code ORDER BY code
            """
        )
        .map { (try $0.id("code"), try $0["count", as: Int.self]) }
    }

    /// How much was handed in through a code; nil when there is no such code at one of the stations.
    ///
    /// - Parameter stations: nil for all.
    static func handIns(_ code: CodeID, at stations: [String]?, in transaction: Transaction) async throws -> Int? {
        let results = try await transaction.query([
            """
            SELECT 1 FROM codes
            WHERE code = \(code.rawValue) AND station IS NOT NULL AND (\(stations == nil) OR station = ANY(\(stations ?? [])))
            """,
            "SELECT count(*) AS count FROM suggestions WHERE code = \(code.rawValue)",
        ])
        return results[0].isEmpty ? nil : try results[1][0]["count", as: Int.self]
    }
}

extension String {
    /// The bytes of two digits each; nothing of what is none.
    fileprivate var bytesOfHexadecimal: [UInt8] {
        let digits = Array(utf8)
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
        }
    }
}
