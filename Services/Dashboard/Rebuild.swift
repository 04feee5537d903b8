import Bootstrap
import Contracts
import Foundation
import Logging
import Messaging
import PostgreSQL

/// Recomputes every fact and every figure from the owners' acts, apart from the live ones, and compares the two by checksum.
struct Rebuild: Sendable {
    /// How the recomputed figures compare with the live ones.
    struct Outcome: Sendable, Equatable {
        let acts: Int
        let live: String
        let rebuilt: String
        /// Counters that differ, at most ten, as `dimension/key/measure: live ≠ rebuilt`.
        let differences: [String]
        /// Acts that the figures rest on and that no owner has.
        let missing: [String]
        var isEqual: Bool { live == rebuilt }
    }

    let database: Database

    /// Folds the acts into tables of their own.
    ///
    /// - Parameters:
    ///   - owners: each owner's pages, in the order of its transactions; which owner comes first plays no part.
    ///   - swaps: whether the recomputed tables take the place of the live ones, in one transaction.
    func run(
        _ owners: [ServiceName: (_ cursor: String?) async throws -> (acts: [Folding.Input], next: String?)],
        swaps: Bool
    ) async throws -> Outcome {
        try await database.runScript(
            """
            DROP TABLE IF EXISTS rebuilt_facts, rebuilt_counters;
            CREATE TABLE rebuilt_facts (LIKE facts INCLUDING ALL);
            CREATE TABLE rebuilt_counters (LIKE counters INCLUDING ALL);
            """
        )
        var count = 0
        for (_, page) in owners.sorted(by: { $0.key < $1.key }) {
            var cursor: String?
            repeat {
                let (acts, next) = try await page(cursor)
                // Acts that announced nothing, such as a discarded letter's, are no events.
                let inputs = acts.filter { Self.names.contains($0.metadata.name) }
                    .sorted { $0.metadata.version < $1.metadata.version }
                count += inputs.count
                if !inputs.isEmpty {
                    try await database.transaction { try await Folding.fold(inputs, into: .rebuilt, in: $0) }
                }
                cursor = next
            } while cursor != nil
        }
        let outcome = Outcome(
            acts: count,
            live: try await checksum(.live),
            rebuilt: try await checksum(.rebuilt),
            differences: try await differences(),
            missing: []
        )
        try await database.runScript(swaps ? Self.swap : "DROP TABLE rebuilt_facts, rebuilt_counters")
        return outcome
    }

    private static let names = Set(Catalog.events.map { $0.name })

    private static let swap = """
        BEGIN;
        LOCK TABLE facts, counters, projection IN ACCESS EXCLUSIVE MODE;
        TRUNCATE facts, counters;
        INSERT INTO facts SELECT * FROM rebuilt_facts;
        INSERT INTO counters SELECT * FROM rebuilt_counters;
        UPDATE projection SET version = version + 1;
        DROP TABLE rebuilt_facts, rebuilt_counters;
        COMMIT;
        """

    /// SHA-256 over all facts and all counters that are not zero, in one order.
    private func checksum(_ tables: DashboardStore.Tables) async throws -> String {
        let rows = try await database.query(
            """
            SELECT encode(sha256(convert_to(
                       coalesce((SELECT string_agg(md5(suggestion::text || fact::text || state), '' ORDER BY suggestion)
                                 FROM \(unsafe: tables.facts)), '')
                       || coalesce((SELECT string_agg(dimension || '/' || key || '/' || measure || '=' || value, ','
                                                      ORDER BY dimension, key, measure)
                                    FROM \(unsafe: tables.counters) WHERE value <> 0), ''), 'UTF8')), 'hex') AS sum
            """
        )
        return try rows[0]["sum", as: String.self]
    }

    private func differences() async throws -> [String] {
        let rows = try await database.query(
            """
            SELECT dimension || '/' || key || '/' || measure || ': ' || coalesce(live.value, 0) || ' ≠ '
                   || coalesce(rebuilt.value, 0) AS line
            FROM counters AS live FULL JOIN rebuilt_counters AS rebuilt USING (dimension, key, measure)
            WHERE coalesce(live.value, 0) <> coalesce(rebuilt.value, 0)
            ORDER BY dimension, key, measure LIMIT 10
            """
        )
        return try rows.map { try $0["line", as: String.self] }
    }
}
