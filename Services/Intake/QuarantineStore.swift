import Bootstrap
import Contracts
import Foundation
import Messaging
import PostgreSQL

/// The SQL of what is held back.
enum QuarantineStore {
    /// Queues the rows of those that are held.
    static func hold(_ rows: [IntakeStore.NewRow], in transaction: Transaction) {
        let held = rows.compactMap { row in row.held.map { (row, $0) } }
        guard !held.isEmpty else { return }
        transaction.enqueue(
            """
            INSERT INTO quarantine (suggestion, flood, station, reason, received_at)
            SELECT * FROM unnest(\(held.map(\.0.id.rawValue)), \(held.map(\.1.flood.rawValue)),
                                 \(held.map(\.0.submission.station.rawValue)), \(held.map(\.1.reason.rawValue)),
                                 \(held.map(\.0.receivedAt)))
            """
        )
    }

    /// How many wait, and since when the oldest does.
    static func waiting(in database: Database) async throws -> (count: Int, oldest: Timestamp?) {
        let row = try await database.query(
            "SELECT count(*) AS count, min(received_at) AS oldest FROM quarantine WHERE refused_at IS NULL"
        )[0]
        return (try row["count", as: Int.self], try row["oldest", as: Timestamp?.self])
    }

    /// Waits for whoever is deciding about an item, and locks its row until this transaction ends.
    ///
    /// Whoever changes both takes this row before the item's own, so that no two wait for each other.
    /// - Returns: whether it is held and undecided.
    static func lock(_ id: SuggestionID, in transaction: Transaction) async throws -> Bool {
        try await !transaction.query(
            "SELECT 1 FROM quarantine WHERE suggestion = \(id.rawValue) AND refused_at IS NULL FOR UPDATE"
        ).isEmpty
    }

    /// Floods, the oldest first.
    static func floods(of station: StationCode?, limit: Int, in database: Database) async throws -> [FloodSummary] {
        try await database.query(
            """
            SELECT flood, station, reason, count(*) AS count, min(received_at) AS first_at, max(received_at) AS last_at
            FROM quarantine WHERE refused_at IS NULL AND station = coalesce(\(station?.rawValue), station)
            GROUP BY flood, station, reason ORDER BY min(received_at), flood LIMIT \(limit)
            """
        ).map { row in
            FloodSummary(
                flood: try row.id("flood"),
                station: try row.code("station"),
                reason: try row["reason", as: String.self],
                count: try row["count", as: Int.self],
                firstAt: try row["first_at", as: Timestamp.self],
                lastAt: try row["last_at", as: Timestamp.self],
                samples: []
            )
        }
    }

    /// Items of a flood, in the order of their coming, behind a position.
    static func items(
        of flood: FloodID,
        at station: StationCode?,
        after: (time: Timestamp, id: SuggestionID)?,
        limit: Int,
        in database: Database
    ) async throws -> [HeldItem] {
        let (time, id) = (after?.time ?? Timestamp(microseconds: 0), after?.id.rawValue ?? UUID(words: (0, 0)))
        return try await database.query(
            """
            SELECT suggestions.id, title, body, suggestions.received_at
            FROM quarantine JOIN suggestions ON suggestions.id = quarantine.suggestion
            WHERE refused_at IS NULL AND flood = \(flood.rawValue)
                AND quarantine.station = coalesce(\(station?.rawValue), quarantine.station)
                AND (quarantine.received_at, quarantine.suggestion) > (\(time), \(id))
            ORDER BY quarantine.received_at, quarantine.suggestion LIMIT \(limit)
            """
        ).map { row in
            HeldItem(
                id: try row.id("id"),
                title: Masking.masked(try row["title", as: String.self]),
                text: Masking.masked(try row["body", as: String.self]),
                receivedAt: try row["received_at", as: Timestamp.self]
            )
        }
    }

    /// Takes up to so many that were chosen out of the quarantine, in one statement; what another is deciding about at the same
    /// moment is the other's.
    ///
    /// - Returns: what others are to be told of each, with the texts as they are stored.
    static func release(
        _ choice: QuarantineChoice,
        limit: Int,
        in transaction: Transaction
    ) async throws -> [(id: SuggestionID, event: SuggestionReceived)] {
        let (flood, items) = parts(choice)
        let rows = try await transaction.query(
            """
            WITH released AS (
                DELETE FROM quarantine WHERE suggestion IN (
                    SELECT suggestion FROM quarantine
                    WHERE refused_at IS NULL AND station = coalesce(\(choice.station?.rawValue), station)
                        AND (flood = \(flood) OR suggestion = ANY(\(items)))
                    ORDER BY received_at, suggestion LIMIT \(limit) FOR UPDATE SKIP LOCKED
                ) RETURNING suggestion
            )
            UPDATE suggestions SET version = version + 1 FROM released WHERE suggestions.id = released.suggestion
            RETURNING id, number, kind, submitter, title, body, analysis, proposal, suggestions.station, suggestions.received_at,
                      code, deputy, mode, on_behalf, contact IS NOT NULL AS has_contact, deputies
            """
        )
        let files = try await files(of: rows.map { try $0["id", as: UUID.self] }, in: transaction)
        return try rows.map { row in
            let id: SuggestionID = try row.id("id")
            let number = try row["number", as: String.self]
            let mode = try row["mode", as: String?.self].flatMap(AuthorMode.init)
            let hasContact = try row["has_contact", as: Bool.self]
            return (
                id,
                SuggestionReceived(
                    number: number,
                    kind: try row.listed("kind"),
                    submitter: try row.listed("submitter"),
                    title: try row["title", as: String.self],
                    text: try row["body", as: String.self],
                    analysis: try row["analysis", as: String?.self],
                    proposal: try row["proposal", as: String?.self],
                    station: try row.code("station"),
                    receivedAt: try row["received_at", as: Timestamp.self],
                    code: try row["code", as: UUID?.self].map(CodeID.init(rawValue:)),
                    deputy: try row["deputy", as: UUID?.self].map(PersonID.init(rawValue:)),
                    mode: mode,
                    onBehalf: try IntakeStore.onBehalf(row),
                    attachments: files[id],
                    contact: hasContact ? ContactReference.path(of: number, mode: mode) : nil,
                    deputies: try NamedDeputies.read(row)
                )
            )
        }.sorted { ($0.event.receivedAt, $0.event.number) < ($1.event.receivedAt, $1.event.number) }
    }

    private static func files(
        of suggestions: [UUID],
        in transaction: Transaction
    ) async throws -> [SuggestionID: [AttachedFile]] {
        var files: [SuggestionID: [AttachedFile]] = [:]
        let rows = try await transaction.query(
            """
            SELECT id, name, type, size, sha256, suggestion FROM attachments
            WHERE suggestion = ANY(\(suggestions)) ORDER BY suggestion, position
            """
        )
        for row in rows { files[try row.id("suggestion"), default: []].append(try AttachmentStore.file(row)) }
        return files
    }

    /// Refuses up to so many that were chosen.
    ///
    /// - Returns: what others are to be told of each.
    static func refuse(
        _ choice: QuarantineChoice,
        reason: String,
        at moment: Timestamp,
        limit: Int,
        in transaction: Transaction
    ) async throws -> [(id: SuggestionID, event: SuggestionDismissed)] {
        let (flood, items) = parts(choice)
        return try await transaction.query(
            """
            WITH refused AS (
                UPDATE quarantine SET refused_at = \(moment), refusal = \(reason) WHERE suggestion IN (
                    SELECT suggestion FROM quarantine
                    WHERE refused_at IS NULL AND station = coalesce(\(choice.station?.rawValue), station)
                        AND (flood = \(flood) OR suggestion = ANY(\(items)))
                    ORDER BY received_at, suggestion LIMIT \(limit) FOR UPDATE SKIP LOCKED
                ) RETURNING suggestion
            )
            UPDATE suggestions SET version = version + 1 FROM refused WHERE suggestions.id = refused.suggestion
            RETURNING id, number, suggestions.station, suggestions.received_at
            """
        ).map { row in
            (
                try row.id("id"),
                SuggestionDismissed(
                    number: try row["number", as: String.self],
                    station: try row.code("station"),
                    receivedAt: try row["received_at", as: Timestamp.self],
                    reason: reason,
                    dismissedAt: moment
                )
            )
        }
    }

    private static func parts(_ choice: QuarantineChoice) -> (flood: UUID?, items: [UUID]) {
        switch choice.which {
        case .flood(let flood): (flood.rawValue, [])
        case .items(let items): (nil, items.map(\.rawValue))
        }
    }
}
