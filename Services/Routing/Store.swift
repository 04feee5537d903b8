import Bootstrap
import Contracts
import Foundation
import Messaging
import PostgreSQL

/// All SQL of Routing.
enum RoutingStore {
    /// The schema's steps, in order.
    static let migrations = [
        Migration("V001_routing", PackageResources.V001_routing_sql),
        Migration("V012_enclosures", PackageResources.V012_enclosures_sql),
        Migration("V014_recounting", PackageResources.V014_recounting_sql),
        Migration("V015_clock_facts", PackageResources.V015_clock_facts_sql),
        Migration("V022_clock_packs", PackageResources.V022_clock_packs_sql),
        Migration("V038_deputies", PackageResources.V038_deputies_sql),
        Migration("V044_fingerprints", PackageResources.V044_fingerprints_sql),
    ]

    /// Queues new matters with their fingerprints and assignments: a statement each, whatever the number.
    static func insert(_ matters: [Matter], in transaction: Transaction) throws {
        guard !matters.isEmpty else { return }
        let proposed = try matters.map { try $0.proposed.map { JSONText(try json($0)) } }
        let files = try matters.map { try $0.attachments.map { JSONText(try json($0)) } }
        transaction.enqueue(
            """
            INSERT INTO suggestions (id, number, kind, title, body, analysis, proposal, station, received_at, state, committee,
                                     category, proposed, version, attachments, contact, deputies)
            SELECT id, number, kind, title, body, analysis, proposal, station, received_at, state, committee, category, proposed,
                   version, attachments, contact, string_to_array(deputies, ',')::uuid[]
            FROM unnest(\(matters.map(\.id.rawValue)), \(matters.map(\.number)), \(matters.map(\.kind.rawValue)),
                                 \(matters.map(\.title)), \(matters.map(\.text)), \(matters.map(\.analysis)),
                                 \(matters.map(\.proposal)), \(matters.map(\.station.rawValue)),
                                 \(matters.map(\.receivedAt)), \(matters.map(\.state.rawValue)),
                                 \(matters.map { $0.committee?.rawValue }), \(matters.map { $0.category?.rawValue }),
                                 \(proposed), \(matters.map(\.version)), \(files), \(matters.map(\.contact)),
                                 \(matters.map { NamedDeputies.text($0.deputies) }))
                 AS row (id, number, kind, title, body, analysis, proposal, station, received_at, state, committee, category,
                         proposed, version, attachments, contact, deputies)
            """
        )
        FingerprintStore.insert(matters, in: transaction)
        store(matters.flatMap { matter in matter.assignments.map { (matter.id, $0) } }, in: transaction)
    }

    /// Queues the state of matters that were decided, with their assignments.
    static func update(_ matters: [Matter], in transaction: Transaction) {
        guard !matters.isEmpty else { return }
        transaction.enqueue(
            """
            UPDATE suggestions SET state = row.state, committee = row.committee, category = row.category, version = row.version
            FROM unnest(\(matters.map(\.id.rawValue)), \(matters.map(\.state.rawValue)),
                        \(matters.map { $0.committee?.rawValue }), \(matters.map { $0.category?.rawValue }),
                        \(matters.map(\.version))) AS row (id, state, committee, category, version)
            WHERE suggestions.id = row.id
            """
        )
        store(matters.flatMap { matter in matter.assignments.map { (matter.id, $0) } }, in: transaction)
    }

    /// Queues the closing of matters.
    static func close(_ ids: [SuggestionID], in transaction: Transaction) {
        transaction.enqueue("UPDATE suggestions SET state = 'closed' WHERE id = ANY(\(ids.map(\.rawValue)))")
    }

    /// Takes a matter's words away, and what they are found by; locked until the transaction ends.
    static func erase(_ id: SuggestionID, in transaction: Transaction) async throws {
        _ = try await transaction.query(
            """
            UPDATE suggestions
            SET title = \(Erasure.mark), body = \(Erasure.mark),
                analysis = CASE WHEN analysis IS NULL THEN NULL ELSE \(Erasure.mark) END,
                proposal = CASE WHEN proposal IS NULL THEN NULL ELSE \(Erasure.mark) END,
                proposed = NULL, attachments = NULL, contact = NULL
            WHERE id = \(id.rawValue)
            """
        )
        FingerprintStore.erase(id, in: transaction)
    }

    private static func store(_ rows: [(suggestion: SuggestionID, row: Matter.Assignment)], in transaction: Transaction)
    {
        guard !rows.isEmpty else { return }
        transaction.enqueue(
            """
            INSERT INTO assignments (id, suggestion, department, role, state, started_at, term, due_at, basis, calendar,
                                     provisional, pack, pack_version)
            SELECT * FROM unnest(\(rows.map(\.row.leg.assignment.rawValue)), \(rows.map(\.suggestion.rawValue)),
                                 \(rows.map(\.row.leg.department.rawValue)), \(rows.map(\.row.leg.role.rawValue)),
                                 \(rows.map(\.row.state.rawValue)), \(rows.map(\.row.leg.clock.startedAt)),
                                 \(rows.map(\.row.leg.clock.term)), \(rows.map(\.row.leg.clock.dueAt)),
                                 \(rows.map(\.row.leg.clock.basis)),
                                 \(rows.map { Int32($0.row.leg.clock.calendar ?? 0) }),
                                 \(rows.map { $0.row.leg.clock.provisional ?? false }),
                                 \(rows.map { $0.row.leg.clock.pack?.name }),
                                 \(rows.map { Int32($0.row.leg.clock.pack?.version ?? 0) }))
            ON CONFLICT (id) DO UPDATE SET state = excluded.state
            """
        )
    }

    /// Queues clocks as they count now; of several changes of one the owner's last.
    static func follow(_ changes: [(version: Int, body: ClockChanged)], in transaction: Transaction) throws {
        let last = Dictionary(changes.map { ($0.body.assignment, $0) }) { $0.version < $1.version ? $1 : $0 }.values
        guard !last.isEmpty else { return }
        let facts = try last.map { try $0.body.clock.facts.map { JSONText(try json($0)) } }
        transaction.enqueue(
            """
            UPDATE assignments SET due_at = row.due_at, calendar = row.calendar, provisional = row.provisional,
                                   facts = row.facts, change = row.change, pack = row.pack,
                                   pack_version = row.pack_version
            FROM unnest(\(last.map(\.body.assignment.rawValue)), \(last.map(\.body.clock.dueAt)),
                        \(last.map { Int32($0.body.clock.calendar ?? 0) }),
                        \(last.map { $0.body.clock.provisional ?? false }), \(facts), \(last.map(\.version)),
                        \(last.map { $0.body.clock.pack?.name }),
                        \(last.map { Int32($0.body.clock.pack?.version ?? 0) }))
                 AS row (id, due_at, calendar, provisional, facts, change, pack, pack_version)
            WHERE assignments.id = row.id AND assignments.change < row.change
            """
        )
    }

    /// Matters with their assignments, locked until the transaction ends when `locking`.
    static func matters(
        _ ids: [SuggestionID],
        locking: Bool,
        in transaction: Transaction
    ) async throws -> [SuggestionID: Matter] {
        let sorted = ids.map(\.rawValue)
        let results = try await transaction.query([
            "SELECT * FROM suggestions WHERE id = ANY(\(sorted)) ORDER BY id \(unsafe: locking ? "FOR UPDATE" : "")",
            "SELECT * FROM assignments WHERE suggestion = ANY(\(sorted)) ORDER BY suggestion, id",
        ])
        var assignments: [SuggestionID: [Matter.Assignment]] = [:]
        for row in results[1] { assignments[try row.id("suggestion"), default: []].append(try assignment(row)) }
        var matters: [SuggestionID: Matter] = [:]
        for row in results[0] {
            let id: SuggestionID = try row.id("id")
            matters[id] = try matter(row, assignments[id] ?? [])
        }
        return matters
    }

    /// A committee's desk: what waits for a decision, oldest first; without a committee, what nobody was proposed for.
    static func desk(
        state: Matter.State,
        committee: CommitteeCode?,
        after: (Timestamp, SuggestionID)?,
        limit: Int,
        in transaction: Transaction
    ) async throws -> [Matter] {
        let start = after ?? (Timestamp(microseconds: 0), SuggestionID(rawValue: .least))
        let rows = try await transaction.query(
            """
            SELECT * FROM suggestions
            WHERE state = \(state.rawValue) AND committee IS NOT DISTINCT FROM \(committee?.rawValue)
              AND state IN ('waiting', 'returned')
              AND (received_at, id) > (\(start.0), \(start.1.rawValue))
            ORDER BY received_at, id LIMIT \(limit)
            """
        )
        let assignments = try await assignments(of: try rows.map { try $0.id("id") }, in: transaction)
        return try rows.map { try matter($0, assignments[$0.id("id")] ?? []) }
    }

    private static func assignments(
        of ids: [SuggestionID],
        in transaction: Transaction
    ) async throws -> [SuggestionID: [Matter.Assignment]] {
        let rows = try await transaction.query(
            "SELECT * FROM assignments WHERE suggestion = ANY(\(ids.map(\.rawValue))) ORDER BY suggestion, id"
        )
        return try rows.reduce(into: [:]) { $0[try $1.id("suggestion"), default: []].append(try assignment($1)) }
    }

    private static func matter(_ row: Row, _ assignments: [Matter.Assignment]) throws -> Matter {
        let event = SuggestionReceived(
            number: try row["number", as: String.self],
            kind: try row.listed("kind"),
            // Who handed it in plays no part here.
            submitter: .voter,
            title: try row["title", as: String.self],
            text: try row["body", as: String.self],
            analysis: try row["analysis", as: String?.self],
            proposal: try row["proposal", as: String?.self],
            station: try row.code("station"),
            receivedAt: try row["received_at", as: Timestamp.self],
            attachments: try row["attachments", as: String?.self].map {
                try EventCoding.decode([AttachedFile].self, from: Array($0.utf8))
            },
            contact: try row["contact", as: String?.self],
            deputies: try NamedDeputies.read(row)
        )
        return Matter(
            stored: event,
            id: try row.id("id"),
            state: try row.listed("state"),
            committee: try row["committee", as: String?.self].map(CommitteeCode.init(rawValue:)),
            category: try row["category", as: String?.self].map(CategoryCode.init(rawValue:)),
            proposed: try row["proposed", as: String?.self].map {
                try EventCoding.decode(Proposal.self, from: Array($0.utf8))
            },
            version: try row["version", as: Int.self],
            assignments: assignments
        )
    }

    private static func assignment(_ row: Row) throws -> Matter.Assignment {
        Matter.Assignment(
            leg: Leg(
                assignment: try row.id("id"),
                department: try row.code("department"),
                role: try row.listed("role"),
                clock: try row.clock()
            ),
            state: try row.listed("state")
        )
    }

    private static func json(_ value: some Encodable) throws -> String {
        String(decoding: try EventCoding.encode(value), as: UTF8.self)
    }
}
