import Contracts
import Foundation
import Messaging
import PostgreSQL

/// The SQL of what matters' words are found by.
enum FingerprintStore {
    /// Matters that one bucket gives, in each era: what thousands begin with is in a bucket of its own, and says nothing.
    private static let bucketLimit = 50
    /// Matters whose words are compared: those whose sketches differ least.
    private static let candidateLimit = 30
    /// Matters from before whose words are read in one transaction.
    private static let batchLimit = 500

    /// Queues the fingerprints of new matters: one statement, whatever the number.
    static func insert(_ matters: [Matter], in transaction: Transaction) {
        insert(
            matters.map { (id: $0.id, receivedAt: $0.receivedAt, words: MatterWords($0, without: Erasure.mark)) },
            in: transaction
        )
    }

    private static func insert(
        _ matters: [(id: SuggestionID, receivedAt: Timestamp, words: MatterWords)],
        in transaction: Transaction
    ) {
        let rows = matters.compactMap { matter in
            matter.words.fingerprint.map { (matter.id.rawValue, era(of: matter.receivedAt), $0) }
        }
        guard !rows.isEmpty else { return }
        func band(_ number: Int) -> [Int] { rows.map { $0.1 << 32 | Int($0.2.bands[number - 1]) } }
        transaction.enqueue(
            """
            INSERT INTO fingerprints (suggestion, sketch, band1, band2, band3, band4, band5, band6, band7)
            SELECT * FROM unnest(\(rows.map(\.0)), \(rows.map { Int(bitPattern: UInt($0.2.sketch)) }), \(band(1)), \(band(2)),
                                 \(band(3)), \(band(4)), \(band(5)), \(band(6)), \(band(7)))
            """
        )
    }

    /// Queues that nothing is kept of a matter's words.
    static func erase(_ id: SuggestionID, in transaction: Transaction) {
        transaction.enqueue("DELETE FROM fingerprints WHERE suggestion = \(id.rawValue)")
        transaction.enqueue("DELETE FROM fingerprints_due WHERE suggestion = \(id.rawValue)")
    }

    /// Who shares a band, an index at a time.
    private static let buckets = (1...Fingerprint.bands)
        .map { band in
            """
            (SELECT suggestion, sketch FROM fingerprints WHERE band\(band) = (era << 32) + bands[\(band)] LIMIT \(bucketLimit))
            """
        }.joined(separator: " UNION ALL ")

    /// The matters whose words may be like these, the likeliest of them, whatever committee has them.
    static func candidates(
        like fingerprint: Fingerprint,
        of id: SuggestionID,
        in transaction: Transaction
    ) async throws -> [SimilarMatter.Candidate] {
        let rows = try await transaction.query(
            """
            WITH RECURSIVE eras AS (
                SELECT min(band1) >> 32 AS era FROM fingerprints
                UNION ALL
                SELECT (SELECT min(band1) >> 32 FROM fingerprints WHERE band1 >= (era + 1) << 32)
                FROM eras WHERE era IS NOT NULL
            )
            SELECT id, number, title, body, analysis, proposal, state, committee
            FROM (
                SELECT suggestion, bit_count((sketch # \(Int(bitPattern: UInt(fingerprint.sketch))))::bit(64)) AS distance
                FROM (
                    SELECT DISTINCT found.suggestion, found.sketch
                    FROM eras CROSS JOIN (SELECT \(fingerprint.bands.map { Int($0) }) AS bands) AS wanted
                        CROSS JOIN LATERAL (\(unsafe: buckets)) AS found
                    WHERE found.suggestion <> \(id.rawValue)
                ) AS near
                ORDER BY distance, suggestion DESC LIMIT \(candidateLimit)
            ) AS likely JOIN suggestions ON id = suggestion
            """
        )
        return try rows.map { row in
            SimilarMatter.Candidate(
                id: try row.id("id"),
                number: try row["number", as: String.self],
                title: try row["title", as: String.self],
                state: try row.listed("state"),
                committee: try row["committee", as: String?.self].map(CommitteeCode.init(rawValue:)),
                words: try words(row)
            )
        }
    }

    /// Reads the words of a batch of matters from before there were fingerprints.
    ///
    /// - Returns: how many it has read; 0 once none is left.
    static func readDue(in transaction: Transaction) async throws -> Int {
        let due = try await transaction.query(
            "SELECT suggestion FROM fingerprints_due ORDER BY suggestion LIMIT \(batchLimit)"
        ).map { try $0["suggestion", as: UUID.self] }
        guard !due.isEmpty else { return 0 }
        // The matters first, as an erasure does: whoever comes second finds what the first has left.
        let results = try await transaction.query([
            """
            SELECT id, title, body, analysis, proposal, received_at FROM suggestions
            WHERE id = ANY(\(due)) ORDER BY id FOR SHARE
            """,
            "DELETE FROM fingerprints_due WHERE suggestion = ANY(\(due)) RETURNING suggestion",
        ])
        let taken = Set(try results[1].map { try $0["suggestion", as: UUID.self] })
        let matters = try results[0].map { row in
            let id: SuggestionID = try row.id("id")
            return (id: id, receivedAt: try row["received_at", as: Timestamp.self], words: try words(row))
        }
        insert(matters.filter { taken.contains($0.id.rawValue) }, in: transaction)
        return due.count
    }

    private static func words(_ row: Row) throws -> MatterWords {
        MatterWords(
            title: try row["title", as: String.self],
            text: try row["body", as: String.self],
            analysis: try row["analysis", as: String?.self],
            proposal: try row["proposal", as: String?.self],
            without: Erasure.mark
        )
    }

    /// The time in which a matter was handed in, in steps of 2^43 microseconds (102 days).
    private static func era(of moment: Timestamp) -> Int { Int(moment.microseconds >> 43) }
}
