package import Contracts
import Foundation
package import PostgreSQL

/// A page of a service's acts, in the order of their transactions: what rebuilds and auditors read.
///
/// Only up to the oldest transaction that still runs: no act can appear behind the end of a page that was read.
package struct ActPage: Sendable {
    /// An act with the event that it announced.
    package struct Entry: Sendable {
        /// The event's metadata; the trace aside.
        package let metadata: EventMetadata
        /// Who acted under which right.
        package let act: Act
        /// The event's body.
        package let body: [UInt8]
    }

    /// Rows a page has at most.
    package static let limit = 1_000

    /// The acts.
    package let entries: [Entry]
    /// Where the next page begins; nil when this one is the last for now.
    package let next: String?

    /// Reads the page behind a cursor, the first when it is nil.
    ///
    /// - Parameter cursor: the ``next`` of the page before.
    /// - Returns: nil when the cursor is none of this project's.
    /// - Throws: `DatabaseError`.
    package static func after(
        _ cursor: String?,
        limit: Int = limit,
        of service: ServiceName,
        in transaction: Transaction
    ) async throws -> ActPage? {
        guard let (era, transactionID, id) = position(cursor) else { return nil }
        let present = try await SealStore.era(in: transaction)
        let rows = try await transaction.query(
            """
            SELECT acts.*, acts.era || '.' || acts.xid AS cursor FROM acts
            WHERE (era, xid, id) > (\(era), \(transactionID)::text::xid8, \(id))
                  AND (era < \(present) OR xid < pg_snapshot_xmin(pg_current_snapshot()))
            ORDER BY era, xid, id LIMIT \(limit)
            """
        )
        let entries = try rows.map { row in
            Entry(
                metadata: EventMetadata(
                    id: try row.id("id"),
                    name: EventName(rawValue: try row["name", as: String.self]),
                    owner: service,
                    aggregate: try row.id("aggregate"),
                    version: try row["version", as: Int.self],
                    time: try row["occurred_at", as: Timestamp.self],
                    cause: try row["cause", as: UUID?.self].map(EventID.init(rawValue:))
                ),
                act: Act(
                    actor: try row["actor", as: String.self],
                    authority: try row["authority", as: String.self],
                    origin: try row["origin", as: String?.self]
                ),
                body: try row["body", as: [UInt8].self]
            )
        }
        var next: String?
        if rows.count == limit, let last = rows.last {
            let id: EventID = try last.id("id")
            next = "\(try last["cursor", as: String.self]).\(id)"
        }
        return ActPage(entries: entries, next: next)
    }

    private static func position(_ cursor: String?) -> (era: Int, transaction: String, id: UUID)? {
        guard let cursor else { return (0, "0", .least) }
        var parts = cursor.split(separator: ".")
        // One from before there were eras.
        if parts.count == 2 { parts.insert("0", at: 0) }
        guard parts.count == 3, let era = Int32(parts[0]), UInt64(parts[1]) != nil,
            let id = UUID(hyphenated: String(parts[2]))
        else { return nil }
        return (Int(era), String(parts[1]), id)
    }
}
