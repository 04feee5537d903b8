import Contracts
import Foundation
import Messaging
import PostgreSQL

/// The SQL of contacts.
extension RepliesStore {
    /// The contacts of legs, in the order in which they were held.
    static func contacts(
        of assignments: [AssignmentID],
        in transaction: Transaction
    ) async throws -> [Contact] {
        guard !assignments.isEmpty else { return [] }
        let rows = try await transaction.query(
            """
            SELECT * FROM contacts WHERE assignment = ANY(\(assignments.map(\.rawValue)))
            ORDER BY held_at, recorded_at, id
            """
        )
        return try rows.map { row in
            Contact(
                assignment: try row.id("assignment"),
                round: try row["round", as: Int.self],
                record: ContactRecord(
                    mode: try row.listed("mode"),
                    heldAt: try row["held_at", as: Timestamp.self],
                    officer: try row["officer", as: String.self],
                    with: try row.listed("partner"),
                    text: try row["body", as: String.self]
                ),
                dueAt: try row["due_at", as: Timestamp?.self],
                recordedAt: try row["recorded_at", as: Timestamp.self]
            )
        }
    }

    /// Queues new contacts: one statement, whatever their number.
    static func store(_ contacts: [Contact], in transaction: Transaction) {
        guard !contacts.isEmpty else { return }
        transaction.enqueue(
            """
            INSERT INTO contacts (id, assignment, round, mode, held_at, officer, partner, body, due_at, recorded_at)
            SELECT * FROM unnest(\(contacts.map { _ in UUIDv7.make() }), \(contacts.map(\.assignment.rawValue)),
                                 \(contacts.map { Int32($0.round) }), \(contacts.map(\.record.mode.rawValue)),
                                 \(contacts.map(\.record.heldAt)), \(contacts.map(\.record.officer)),
                                 \(contacts.map(\.record.with.rawValue)), \(contacts.map(\.record.text)),
                                 \(contacts.map(\.dueAt)), \(contacts.map(\.recordedAt)))
            """
        )
    }
}
