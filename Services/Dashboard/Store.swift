import Bootstrap
import Contracts
import Foundation
import Messaging
import PostgreSQL

/// All SQL of the Dashboard.
enum DashboardStore {
    /// Where figures live: the live tables, or the ones a rebuild fills.
    struct Tables: Sendable {
        let facts: String
        let counters: String

        static let live = Self(facts: "facts", counters: "counters")
        static let rebuilt = Self(facts: "rebuilt_facts", counters: "rebuilt_counters")
    }

    /// The facts of suggestions, locked in one order everywhere; of those that are new here a row is made, and they are not
    /// among the answer.
    static func facts(
        _ ids: [SuggestionID],
        of tables: Tables = .live,
        in transaction: Transaction
    ) async throws -> [SuggestionID: Fact] {
        let sorted = ids.map(\.rawValue).sorted { $0.words < $1.words }
        let rows = try await transaction.query([
            """
            INSERT INTO \(unsafe: tables.facts) (suggestion, fact, state)
            SELECT id, '{"legs": {}}', '' FROM unnest(\(sorted)) AS row (id) ON CONFLICT DO NOTHING
            """,
            """
            SELECT suggestion, fact, state FROM \(unsafe: tables.facts) WHERE suggestion = ANY(\(sorted))
            ORDER BY suggestion FOR UPDATE
            """,
        ])[1]
        var facts: [SuggestionID: Fact] = [:]
        facts.reserveCapacity(rows.count)
        for row in rows {
            // An empty state marks a row of this very transaction, which has contributed nothing yet.
            let isNew = try row["state", as: String.self].isEmpty
            let text = try row["fact", as: String.self]
            if !isNew { facts[try row.id("suggestion")] = try EventCoding.decode(Fact.self, from: Array(text.utf8)) }
        }
        return facts
    }

    /// Queues changed facts: one statement, whatever their number.
    static func store(_ facts: [SuggestionID: Fact], in tables: Tables = .live, _ transaction: Transaction) throws {
        guard !facts.isEmpty else { return }
        let rows = Array(facts)
        let texts = try rows.map { JSONText(String(decoding: try EventCoding.encode($0.value), as: UTF8.self)) }
        transaction.enqueue(
            """
            UPDATE \(unsafe: tables.facts) AS facts
            SET fact = row.fact, number = row.number, state = row.state, committee = row.committee, category = row.category,
                station = row.station, received_at = row.received_at,
                deputies = string_to_array(row.deputies, ',')::uuid[]
            FROM unnest(\(rows.map(\.key.rawValue)), \(texts), \(rows.map { $0.value.receipt?.number }),
                        \(rows.map(\.value.state.rawValue)), \(rows.map { $0.value.decision?.committee?.rawValue }),
                        \(rows.map { $0.value.decision?.category?.rawValue }),
                        \(rows.map { $0.value.receipt?.station.rawValue }), \(rows.map { $0.value.receipt?.receivedAt }),
                        \(rows.map { NamedDeputies.text($0.value.receipt?.deputies) }))
                 AS row (suggestion, fact, number, state, committee, category, station, received_at, deputies)
            WHERE facts.suggestion = row.suggestion
            """
        )
    }

    /// Queues changes of counters, in their one order.
    static func add(_ changes: [CounterKey: Int], to tables: Tables = .live, _ transaction: Transaction) {
        let rows = changes.filter { $0.value != 0 }.sorted { $0.key < $1.key }
        guard !rows.isEmpty else { return }
        transaction.enqueue(
            """
            INSERT INTO \(unsafe: tables.counters) AS counters (dimension, key, measure, value)
            SELECT * FROM unnest(\(rows.map(\.key.dimension)), \(rows.map(\.key.key)), \(rows.map(\.key.measure)),
                                 \(rows.map(\.value)))
            ON CONFLICT (dimension, key, measure) DO UPDATE SET value = counters.value + excluded.value
            """
        )
    }

    /// Queues lines of timelines.
    static func append(_ inputs: [Folding.Input], in transaction: Transaction) throws {
        let events = inputs.map(\.metadata)
        let details = try inputs.map { input in
            try LineDetail.of(input.metadata.name, input.body).map {
                JSONText(String(decoding: try EventCoding.encode($0), as: UTF8.self))
            }
        }
        transaction.enqueue(
            """
            INSERT INTO timeline (suggestion, owner, version, name, occurred_at, detail)
            SELECT * FROM unnest(\(events.map(\.aggregate.rawValue)), \(events.map(\.owner.rawValue)),
                                 \(events.map(\.version)), \(events.map(\.name.rawValue)), \(events.map(\.time)),
                                 \(details))
            ON CONFLICT DO NOTHING
            """
        )
    }

    /// Queues the new version of the figures; last, because writers wait for each other here.
    static func advance(to newest: Timestamp, in transaction: Transaction) {
        transaction.enqueue("UPDATE projection SET version = version + 1, as_of = greatest(as_of, \(newest))")
    }

    /// How far an owner's aggregates were heard; those that were not are not among the keys.
    ///
    /// - Parameter ids: nil for all that were.
    static func positions(
        of owner: ServiceName,
        _ ids: [SuggestionID]? = nil,
        in transaction: Transaction
    ) async throws -> [SuggestionID: Int] {
        // The chain of seals has positions too, and no facts.
        let rows = try await transaction.query(
            """
            SELECT aggregate, version FROM positions
            WHERE owner = \(owner.rawValue) AND version > 0 AND aggregate IN (SELECT suggestion FROM facts)
                  AND (\(ids == nil) OR aggregate = ANY(\((ids ?? []).map(\.rawValue))))
            """
        )
        return Dictionary(
            uniqueKeysWithValues: try rows.map { (try $0.id("aggregate"), try $0["version", as: Int.self]) }
        )
    }

    /// The version of the figures and the moment they are of.
    static func position(in database: Database) async throws -> (version: Int, asOf: Timestamp) {
        let row = try await database.query("SELECT version, as_of FROM projection")[0]
        return (try row.value(at: 0, as: Int.self), try row.value(at: 1, as: Timestamp.self))
    }

    /// All figures with their version, from one snapshot of the database.
    static func figures(
        in database: Database
    ) async throws -> (version: Int, asOf: Timestamp, counters: [CounterKey: Int]) {
        let rows = try await database.query(
            """
            SELECT version, as_of, dimension, key, measure, value FROM projection LEFT JOIN counters ON value <> 0
            """
        )
        var counters: [CounterKey: Int] = [:]
        for row in rows {
            guard let dimension = try row["dimension", as: String?.self] else { continue }
            let key = CounterKey(
                dimension: dimension,
                key: try row["key", as: String.self],
                measure: try row["measure", as: String.self]
            )
            counters[key] = try row["value", as: Int.self]
        }
        return (try rows[0]["version", as: Int.self], try rows[0]["as_of", as: Timestamp.self], counters)
    }

    /// A line of a list.
    struct Entry: Encodable, Sendable {
        let suggestion: SuggestionID
        let number: String?
        let state: String
        let committee: String?
        let category: String?
        let station: String?
        let receivedAt: Timestamp?
    }

    /// The columns that a list may be narrowed by.
    enum Filter: String, CaseIterable, Sendable {
        case state, committee, category, station
    }

    /// A page of a list, oldest first, and how far the figures were before it was read.
    ///
    /// - Parameter deputy: whose own items alone are listed; nil for all.
    static func list(
        _ filter: (Filter, String),
        ownOf deputy: PersonID? = nil,
        after: (time: Timestamp, id: SuggestionID)?,
        limit: Int,
        in transaction: Transaction
    ) async throws -> (asOf: Timestamp, entries: [Entry]) {
        let start = after ?? (Timestamp(microseconds: 0), SuggestionID(rawValue: .least))
        let all: SQL = """
            SELECT \(unsafe: columns) FROM facts
            WHERE \(unsafe: filter.0.rawValue) = \(filter.1) AND (received_at, suggestion) > (\(start.0), \(start.1.rawValue))
            ORDER BY received_at, suggestion LIMIT \(limit)
            """
        let results = try await transaction.query([
            "SELECT as_of FROM projection", deputy.map { own($0, filter, after: start, limit) } ?? all,
        ])
        return (try results[0][0]["as_of", as: Timestamp.self], try results[1].map(entry))
    }

    private static let columns = "suggestion, number, state, committee, category, station, received_at"

    /// A page of a deputy's own: those that name them, and those of each of their stations, by an index each; nobody reads all items
    /// for a few.
    static func own(
        _ deputy: PersonID,
        _ filter: (Filter, String),
        after start: (Timestamp, SuggestionID),
        _ limit: Int,
        prefix: String = ""
    ) -> SQL {
        """
        \(unsafe: prefix) WITH asked AS (
            SELECT \(deputy.rawValue) AS deputy, \(filter.1) AS wanted, \(start.0) AS time, \(start.1.rawValue) AS id
        )
        SELECT \(unsafe: columns) FROM (
            (SELECT facts.* FROM asked, facts
             WHERE deputies @> ARRAY[\(deputy.rawValue)] AND \(unsafe: filter.0.rawValue) = wanted
                   AND (received_at, suggestion) > (time, id)
             ORDER BY received_at, suggestion LIMIT \(limit))
            UNION ALL
            SELECT near.* FROM asked
                CROSS JOIN (SELECT DISTINCT unnest(stations) AS code FROM good_holdings(\(deputy.rawValue), 'deputy')) AS place
                CROSS JOIN LATERAL (
                    SELECT facts.* FROM facts
                    WHERE facts.station = place.code AND (deputies @> ARRAY[asked.deputy]) IS NOT TRUE
                          AND is_own_matter(asked.deputy, deputies, facts.station)
                          AND \(unsafe: filter.0.rawValue) = wanted AND (received_at, suggestion) > (time, asked.id)
                    ORDER BY received_at, suggestion LIMIT \(limit)
                ) AS near
        ) AS own
        ORDER BY received_at, suggestion LIMIT \(limit)
        """
    }

    /// A line of a timeline.
    struct Line: Encodable, Sendable {
        let owner: String
        let event: EventName
        let at: Timestamp
        let detail: LineDetail?
    }

    /// An item with its timeline, in one round trip, and how far the figures were before it was read; nil when there is none.
    ///
    /// - Parameter deputy: whose own the item must be; nil for anybody's.
    static func item(number: String, ownOf deputy: PersonID? = nil, in transaction: Transaction) async throws -> (
        Timestamp, Entry, [Line]
    )? {
        let results = try await transaction.query([
            "SELECT as_of FROM projection",
            """
            SELECT \(unsafe: columns) FROM facts
            WHERE number = \(number)
                  AND (\(deputy?.rawValue) IS NULL OR is_own_matter(\(deputy?.rawValue), deputies, station))
            """,
            """
            SELECT timeline.owner, timeline.name, timeline.occurred_at, timeline.detail
            FROM timeline JOIN facts ON facts.suggestion = timeline.suggestion WHERE facts.number = \(number)
            ORDER BY timeline.occurred_at, timeline.owner, timeline.version
            """,
        ])
        guard let row = results[1].first else { return nil }
        let lines = try results[2].map { row in
            Line(
                owner: try row["owner", as: String.self],
                event: EventName(rawValue: try row["name", as: String.self]),
                at: try row["occurred_at", as: Timestamp.self],
                detail: try row["detail", as: String?.self].map {
                    try EventCoding.decode(LineDetail.self, from: Array($0.utf8))
                }
            )
        }
        return (try results[0][0]["as_of", as: Timestamp.self], try entry(row), lines)
    }

    private static func entry(_ row: Row) throws -> Entry {
        Entry(
            suggestion: try row.id("suggestion"),
            number: try row["number", as: String?.self],
            state: try row["state", as: String.self],
            committee: try row["committee", as: String?.self],
            category: try row["category", as: String?.self],
            station: try row["station", as: String?.self],
            receivedAt: try row["received_at", as: Timestamp?.self]
        )
    }
}
