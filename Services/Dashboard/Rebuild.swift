import Bootstrap
import Contracts
import Foundation
import Logging
import Messaging
import PostgreSQL

/// Recomputes every fact and every figure from the owners' acts, apart from the live ones, and compares the two by checksum.
///
/// Live folding waits while it runs, and polls do not. Acts count as far as the live figures have heard: what is still on its
/// way is no difference, and arrives after a swap as it would have before.
struct Rebuild: Sendable {
    /// How the recomputed figures compare with the live ones.
    struct Outcome: Sendable, Equatable {
        let acts: Int
        let live: String
        let rebuilt: String
        /// Counters that differ, at most ten, as `dimension/key/measure: live ≠ rebuilt`.
        let differences: [String]
        /// Acts that the live figures rest on and that their owner has not, at most ten.
        let missing: [String]
        var isEqual: Bool { live == rebuilt && missing.isEmpty }
    }

    /// An owner's acts page by page, in the order of its transactions.
    typealias Pages = (_ cursor: String?) async throws -> (acts: [Folding.Input], next: String?)

    /// How many lines of a kind an outcome has at most.
    private static let lineLimit = 10

    let database: Database

    /// Folds the acts into tables of their own.
    ///
    /// - Parameters:
    ///   - owners: which of them comes first plays no part.
    ///   - swaps: whether the recomputed tables take the place of the live ones, in the same transaction.
    func run(_ owners: [ServiceName: Pages], swaps: Bool) async throws -> Outcome {
        try await database.runScript(
            """
            DROP TABLE IF EXISTS rebuilt_facts, rebuilt_counters;
            CREATE TABLE rebuilt_facts (LIKE facts INCLUDING ALL);
            CREATE TABLE rebuilt_counters (LIKE counters INCLUDING ALL);
            """
        )
        return try await database.transaction { transaction in
            // Nothing is folded until the end, and reading is free. In the order in which folding takes them: whoever folds
            // this moment finishes first, and the next waits with nothing in hand that is wanted here.
            _ = try await transaction.query("LOCK TABLE facts, counters, projection IN EXCLUSIVE MODE")
            var count = 0
            var missing: [String] = []
            for (owner, pages) in owners.sorted(by: { $0.key < $1.key }) {
                let (folded, gaps) = try await fold(pages, of: owner, in: transaction)
                count += folded
                missing += gaps
            }
            let outcome = Outcome(
                acts: count,
                live: try await checksum(.live, in: transaction),
                rebuilt: try await checksum(.rebuilt, in: transaction),
                differences: try await differences(in: transaction),
                missing: Array(missing.prefix(Self.lineLimit))
            )
            for statement in swaps ? Self.swap : [] { transaction.enqueue(statement) }
            transaction.enqueue("DROP TABLE rebuilt_facts, rebuilt_counters")
            return outcome
        }
    }

    /// Folds one owner's acts, each aggregate's in the order of their versions.
    ///
    /// The order of transactions is not the order of versions: a transaction may have had its number long before it came to
    /// an aggregate that another was just changing. What comes before its turn waits, over pages where it must.
    private func fold(
        _ pages: Pages,
        of owner: ServiceName,
        in transaction: Transaction
    ) async throws -> (count: Int, missing: [String]) {
        var folded: [SuggestionID: Int] = [:]
        var early: [SuggestionID: [Int: Folding.Input]] = [:]
        var count = 0
        var cursor: String?
        repeat {
            let (acts, next) = try await pages(cursor)
            // Acts that announced nothing, such as a discarded letter's, are no events.
            for act in acts where Self.names.contains(act.metadata.name) {
                early[act.metadata.aggregate, default: [:]][act.metadata.version] = act
            }
            let touched = Set(acts.map(\.metadata.aggregate))
            let heard = try await DashboardStore.positions(of: owner, Array(touched), in: transaction)
            var due: [Folding.Input] = []
            for id in touched {
                while let act = early[id]?[(folded[id] ?? 0) + 1], act.metadata.version <= heard[id] ?? 0 {
                    early[id]?[act.metadata.version] = nil
                    folded[id] = act.metadata.version
                    due.append(act)
                }
                if early[id]?.isEmpty == true { early[id] = nil }
            }
            count += due.count
            if !due.isEmpty { try await Folding.fold(due, into: .rebuilt, in: transaction) }
            cursor = next
        } while cursor != nil
        let heard = try await DashboardStore.positions(of: owner, in: transaction)
        let gaps = heard.filter { $0.value > folded[$0.key] ?? 0 }.sorted { $0.key.description < $1.key.description }
        return (count, gaps.map { "\(owner) \($0.key): act \((folded[$0.key] ?? 0) + 1) is missing" })
    }

    private static let names = Catalog.namesOfSuggestions

    private static let swap: [SQL] = [
        "TRUNCATE facts, counters",
        "INSERT INTO facts SELECT * FROM rebuilt_facts",
        "INSERT INTO counters SELECT * FROM rebuilt_counters",
        "UPDATE projection SET version = version + 1",
    ]

    /// SHA-256 over all facts and all counters that are not zero, in one order.
    private func checksum(_ tables: DashboardStore.Tables, in transaction: Transaction) async throws -> String {
        let rows = try await transaction.query(
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

    private func differences(in transaction: Transaction) async throws -> [String] {
        let rows = try await transaction.query(
            """
            SELECT dimension || '/' || key || '/' || measure || ': ' || coalesce(live.value, 0) || ' ≠ '
                   || coalesce(rebuilt.value, 0) AS line
            FROM counters AS live FULL JOIN rebuilt_counters AS rebuilt USING (dimension, key, measure)
            WHERE coalesce(live.value, 0) <> coalesce(rebuilt.value, 0)
            ORDER BY dimension, key, measure LIMIT \(Self.lineLimit)
            """
        )
        return try rows.map { try $0["line", as: String.self] }
    }
}
