import Bootstrap
import Contracts
import Foundation
import Messaging
import PostgreSQL

/// That a matter is a deputy's own.
struct OwnMatter: Hashable {
    let deputy: PersonID
    let suggestion: SuggestionID
}

/// All SQL of Replies.
enum RepliesStore {
    /// The schema's steps, in order.
    static let migrations = [
        Migration("V001_replies", PackageResources.V001_replies_sql),
        Migration("V002_awaiting_verdict", PackageResources.V002_awaiting_verdict_sql),
        Migration("V012_enclosures", PackageResources.V012_enclosures_sql),
        Migration("V014_recounting", PackageResources.V014_recounting_sql),
        Migration("V015_clock_facts", PackageResources.V015_clock_facts_sql),
        Migration("V024_clock_packs", PackageResources.V024_clock_packs_sql),
        Migration("V038_deputies", PackageResources.V038_deputies_sql),
        Migration("V045_contacts", PackageResources.V045_contacts_sql),
        Migration("V046_document_numbers", PackageResources.V046_document_numbers_sql),
    ]

    /// The suggestions that legs belong to; unknown legs are not among the keys.
    static func suggestions(
        of assignments: [AssignmentID],
        in transaction: Transaction
    ) async throws -> [AssignmentID: SuggestionID] {
        guard !assignments.isEmpty else { return [:] }
        let rows = try await transaction.query(
            "SELECT id, suggestion FROM assignments WHERE id = ANY(\(assignments.map(\.rawValue)))"
        )
        return Dictionary(uniqueKeysWithValues: try rows.map { (try $0.id("id"), try $0.id("suggestion")) })
    }

    /// Matters with their legs, locked in one order everywhere until the transaction ends.
    static func handlings(
        _ ids: [SuggestionID],
        locking: Bool = true,
        in transaction: Transaction
    ) async throws -> [SuggestionID: Handling] {
        guard !ids.isEmpty else { return [:] }
        let values = ids.map(\.rawValue)
        let results = try await transaction.query([
            "SELECT * FROM suggestions WHERE id = ANY(\(values)) ORDER BY id \(unsafe: locking ? "FOR UPDATE" : "")",
            "SELECT * FROM assignments WHERE suggestion = ANY(\(values)) ORDER BY suggestion, id",
        ])
        var handlings: [SuggestionID: Handling] = [:]
        for row in results[0] {
            let handling = try handling(row)
            handlings[handling.id] = handling
        }
        for row in results[1] { handlings[try row.id("suggestion")]?.legs.append(try leg(row)) }
        return handlings
    }

    /// Queues the state of matters, their legs and new replies: a statement each, whatever the number.
    static func store(_ handlings: [Handling], in transaction: Transaction) throws {
        guard !handlings.isEmpty else { return }
        let files = try handlings.map { handling in
            try handling.attachments.map { JSONText(String(decoding: try EventCoding.encode($0), as: UTF8.self)) }
        }
        transaction.enqueue(
            """
            INSERT INTO suggestions (id, number, kind, title, body, proposal, committee, state, round, version,
                                     answered_at, attachments, contact, station, deputies)
            SELECT id, number, kind, title, body, proposal, committee, state, round, version, answered_at, attachments, contact,
                   station, string_to_array(deputies, ',')::uuid[]
            FROM unnest(\(handlings.map(\.id.rawValue)), \(handlings.map(\.number)),
                                 \(handlings.map(\.kind.rawValue)), \(handlings.map(\.title)), \(handlings.map(\.text)),
                                 \(handlings.map(\.proposal)), \(handlings.map(\.committee.rawValue)),
                                 \(handlings.map(\.state.rawValue)), \(handlings.map { Int32($0.round) }),
                                 \(handlings.map(\.version)), \(handlings.map(\.answeredAt)), \(files),
                                 \(handlings.map(\.contact)), \(handlings.map { $0.station?.rawValue }),
                                 \(handlings.map { NamedDeputies.text($0.deputies) }))
                 AS row (id, number, kind, title, body, proposal, committee, state, round, version, answered_at, attachments,
                         contact, station, deputies)
            ON CONFLICT (id) DO UPDATE
            SET state = excluded.state, round = excluded.round, version = excluded.version, committee = excluded.committee,
                answered_at = excluded.answered_at
            """
        )
        let legs = handlings.flatMap { handling in handling.legs.map { (handling.id, $0) } }
        let facts = try legs.map { _, leg in
            try leg.leg.clock.facts.map { JSONText(String(decoding: try EventCoding.encode($0), as: UTF8.self)) }
        }
        transaction.enqueue(
            """
            INSERT INTO assignments (id, suggestion, department, role, state, started_at, term, due_at, basis, outcome,
                                     calendar, provisional, facts, pack, pack_version, contacted_round)
            SELECT * FROM unnest(\(legs.map(\.1.leg.assignment.rawValue)), \(legs.map(\.0.rawValue)),
                                 \(legs.map(\.1.leg.department.rawValue)), \(legs.map(\.1.leg.role.rawValue)),
                                 \(legs.map(\.1.state.rawValue)), \(legs.map(\.1.leg.clock.startedAt)),
                                 \(legs.map(\.1.leg.clock.term)), \(legs.map(\.1.leg.clock.dueAt)),
                                 \(legs.map(\.1.leg.clock.basis)), \(legs.map { $0.1.outcome?.rawValue }),
                                 \(legs.map { Int32($0.1.leg.clock.calendar ?? 0) }),
                                 \(legs.map { $0.1.leg.clock.provisional ?? false }), \(facts),
                                 \(legs.map { $0.1.leg.clock.pack?.name }),
                                 \(legs.map { Int32($0.1.leg.clock.pack?.version ?? 0) }),
                                 \(legs.map { Int32($0.1.contactedRound) }))
            ON CONFLICT (id) DO UPDATE
            SET state = excluded.state, started_at = excluded.started_at, term = excluded.term, due_at = excluded.due_at,
                basis = excluded.basis, outcome = excluded.outcome, calendar = excluded.calendar,
                provisional = excluded.provisional, facts = excluded.facts, pack = excluded.pack,
                pack_version = excluded.pack_version, contacted_round = excluded.contacted_round
            """
        )
        store(handlings.flatMap(\.newContacts), in: transaction)
        let replies = handlings.flatMap(\.newReplies)
        guard !replies.isEmpty else { return }
        let departments = Dictionary(
            legs.map { ($0.1.leg.assignment, $0.1.leg.department.rawValue) },
            uniquingKeysWith: { first, _ in first }
        )
        transaction.enqueue(
            """
            INSERT INTO replies (assignment, round, outcome, body, commitment_due_at, issued_at, department,
                                 document_number, own_number)
            SELECT * FROM unnest(\(replies.map(\.assignment.rawValue)), \(replies.map { Int32($0.round) }),
                                 \(replies.map(\.outcome.rawValue)), \(replies.map(\.text)),
                                 \(replies.map(\.commitmentDueAt)), \(replies.map(\.issuedAt)),
                                 \(replies.map { departments[$0.assignment] }),
                                 \(replies.map { $0.documentNumber?.text }), \(replies.map { $0.documentNumber?.isOwn }))
            """
        )
    }

    /// Queues what was rejected, as it came.
    static func keep(
        _ rejected: [(letter: Letter, department: DepartmentCode, faults: [MessageRejected.Fault])],
        in transaction: Transaction
    ) throws {
        guard !rejected.isEmpty else { return }
        let faults = try rejected.map { JSONText(String(decoding: try EventCoding.encode($0.faults), as: UTF8.self)) }
        transaction.enqueue(
            """
            INSERT INTO rejected_messages (id, department, message, routing_key, faults, body)
            SELECT * FROM unnest(\(rejected.map { _ in UUIDv7.make() }), \(rejected.map(\.department.rawValue)),
                                 \(rejected.map { printable($0.letter.messageID) }),
                                 \(rejected.map { printable($0.letter.routingKey) }), \(faults),
                                 \(rejected.map(\.letter.body)))
            """
        )
    }

    /// A text as the database takes it: it has no U+0000, which a broker's short string may well hold.
    private static func printable(_ text: String) -> String { text.replacing("\0", with: "\u{FFFD}") }

    /// Some matters with running clocks that were counted by an edition of the calendar or of the rule pack before these, and
    /// by no later one of either.
    ///
    /// Reads edges of an index of the open legs: those of an older edition, then those of this one and another pack. What was counted
    /// lies between them and is not looked at.
    static func countedBefore(
        _ edition: Int,
        _ pack: Clock.Pack,
        limit: Int,
        in transaction: Transaction
    ) async throws -> [SuggestionID] {
        let rows = try await transaction.query(countedBefore(edition, pack, limit: limit))
        return try rows.map { try $0.id("suggestion") }
    }

    /// The statement of ``countedBefore(_:_:limit:in:)``.
    static func countedBefore(_ edition: Int, _ pack: Clock.Pack, limit: Int, prefix: String = "") -> SQL {
        """
        \(unsafe: prefix) SELECT DISTINCT suggestion FROM (
            (SELECT suggestion FROM assignments
             WHERE state IN ('issued', 'received') AND calendar < \(edition)
               AND (pack IS DISTINCT FROM \(pack.name) OR pack_version <= \(pack.version))
             ORDER BY calendar LIMIT \(limit))
            UNION ALL
            (SELECT suggestion FROM assignments
             WHERE state IN ('issued', 'received') AND calendar = \(edition) AND pack IS NULL LIMIT \(limit))
            UNION ALL
            (SELECT suggestion FROM assignments
             WHERE state IN ('issued', 'received') AND calendar = \(edition) AND pack < \(pack.name) LIMIT \(limit))
            UNION ALL
            (SELECT suggestion FROM assignments
             WHERE state IN ('issued', 'received') AND calendar = \(edition) AND pack > \(pack.name) LIMIT \(limit))
            UNION ALL
            (SELECT suggestion FROM assignments
             WHERE state IN ('issued', 'received') AND calendar = \(edition) AND pack = \(pack.name)
               AND pack_version < \(pack.version) LIMIT \(limit))
        ) AS older LIMIT \(limit)
        """
    }

    /// A department's open legs, the most urgent first.
    static func desk(
        of department: DepartmentCode,
        after: (Timestamp, AssignmentID)?,
        limit: Int,
        in transaction: Transaction
    ) async throws -> [(suggestion: SuggestionID, leg: Handling.OpenLeg)] {
        let start = after ?? (Timestamp(microseconds: 0), AssignmentID(rawValue: .least))
        let rows = try await transaction.query(
            """
            SELECT * FROM assignments
            WHERE department = \(department.rawValue) AND state IN ('issued', 'received')
              AND (due_at, id) > (\(start.0), \(start.1.rawValue))
            ORDER BY due_at, id LIMIT \(limit)
            """
        )
        return try rows.map { (try $0.id("suggestion"), try leg($0)) }
    }

    /// Of matters with who asks for each, those pairs in which it is that deputy's own.
    static func own(
        _ asked: [(deputy: PersonID, suggestion: SuggestionID)],
        in transaction: Transaction
    ) async throws -> Set<OwnMatter> {
        guard !asked.isEmpty else { return [] }
        let rows = try await transaction.query(
            """
            SELECT DISTINCT row.deputy, suggestions.id
            FROM unnest(\(asked.map(\.deputy.rawValue)), \(asked.map(\.suggestion.rawValue))) AS row (deputy, id)
                 JOIN suggestions ON suggestions.id = row.id
            WHERE is_own_matter(row.deputy, suggestions.deputies, suggestions.station)
            """
        )
        return Set(
            try rows.map { OwnMatter(deputy: PersonID(rawValue: try $0.value(at: 0)), suggestion: try $0.id("id")) }
        )
    }

    /// Matters that await a verdict, the longest first; a committee's or a deputy's own when one is given.
    static func awaitingVerdict(
        of committee: CommitteeCode?,
        deputy: PersonID?,
        after: (time: Timestamp, id: SuggestionID)?,
        limit: Int,
        in transaction: Transaction
    ) async throws -> [SuggestionID] {
        let start = after ?? (Timestamp(microseconds: 0), SuggestionID(rawValue: .least))
        let rows = try await transaction.query(
            """
            SELECT id FROM suggestions
            WHERE state = 'answered' AND (answered_at, id) > (\(start.time), \(start.id.rawValue))
              AND committee = coalesce(\(committee?.rawValue), committee)
              AND (\(deputy?.rawValue) IS NULL OR is_own_matter(\(deputy?.rawValue), deputies, station))
            ORDER BY answered_at, id LIMIT \(limit)
            """
        )
        return try rows.map { try $0.id("id") }
    }

    /// The replies to a matter, in the order of their issue.
    static func replies(of suggestion: SuggestionID, in transaction: Transaction) async throws -> [Handling.Reply] {
        let rows = try await transaction.query(
            """
            SELECT replies.* FROM replies JOIN assignments ON assignments.id = replies.assignment
            WHERE assignments.suggestion = \(suggestion.rawValue) ORDER BY replies.issued_at, replies.assignment
            """
        )
        return try rows.map { row in
            Handling.Reply(
                assignment: try row.id("assignment"),
                round: try row["round", as: Int.self],
                outcome: try row.listed("outcome"),
                text: try row["body", as: String.self],
                commitmentDueAt: try row["commitment_due_at", as: Timestamp?.self],
                issuedAt: try row["issued_at", as: Timestamp.self],
                documentNumber: try documentNumber(row)
            )
        }
    }

    private static func handling(_ row: Row) throws -> Handling {
        Handling(
            id: try row.id("id"),
            number: try row["number", as: String.self],
            kind: try row.listed("kind"),
            title: try row["title", as: String.self],
            text: try row["body", as: String.self],
            proposal: try row["proposal", as: String?.self],
            committee: try row.code("committee"),
            state: try row.listed("state"),
            round: try row["round", as: Int.self],
            version: try row["version", as: Int.self],
            answeredAt: try row["answered_at", as: Timestamp?.self],
            attachments: try row["attachments", as: String?.self].map {
                try EventCoding.decode([AttachedFile].self, from: Array($0.utf8))
            },
            contact: try row["contact", as: String?.self],
            station: try row["station", as: String?.self].map(StationCode.init(rawValue:)),
            deputies: try NamedDeputies.read(row)
        )
    }

    private static func leg(_ row: Row) throws -> Handling.OpenLeg {
        Handling.OpenLeg(
            leg: Leg(
                assignment: try row.id("id"),
                department: try row.code("department"),
                role: try row.listed("role"),
                clock: try row.clock()
            ),
            state: try row.listed("state"),
            outcome: try row["outcome", as: String?.self].flatMap(ReplyOutcome.init(rawValue:)),
            contactedRound: try row["contacted_round", as: Int.self]
        )
    }
}
