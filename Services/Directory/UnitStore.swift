import Contracts
import Foundation
import Messaging
import PostgreSQL

/// The SQL of units.
extension DirectoryStore {
    /// All units; some hundred and fifty, so that whoever asks about one gets all.
    static func units(in transaction: Transaction) async throws -> UnitBook {
        UnitBook(
            try await transaction.query("SELECT * FROM units").map { row in
                Unit(
                    code: try row["code", as: String.self],
                    id: try row.id("id"),
                    version: try row["version", as: Int.self],
                    kind: try row.listed("kind"),
                    name: try row["name", as: String.self],
                    parent: try row["parent", as: String?.self],
                    category: try row["category", as: String?.self].flatMap(StationCategory.init(rawValue:)),
                    joinedTo: try row["joined_to", as: String?.self],
                    documentWord: try row["document_word", as: String?.self],
                    state: try row.listed("state"),
                    changedAt: try row["changed_at", as: Timestamp.self]
                )
            }
        )
    }

    /// Lets nobody else change units until the transaction ends; reading goes on.
    static func lockUnits(in transaction: Transaction) {
        transaction.enqueue("LOCK TABLE units IN SHARE ROW EXCLUSIVE MODE")
    }

    /// Claims that something is told anew; false when it was before.
    static func claimTelling(of subject: String, in transaction: Transaction) async throws -> Bool {
        try await transaction.query(
            "INSERT INTO told_anew (subject, told_at) VALUES (\(subject), now()) ON CONFLICT DO NOTHING RETURNING subject"
        )
        .count == 1
    }

    /// Queues units as they are now: one statement, in any order of parents.
    static func put(_ units: [Unit], in transaction: Transaction) {
        guard !units.isEmpty else { return }
        transaction.enqueue(
            """
            INSERT INTO units (code, id, version, kind, name, parent, category, joined_to, document_word, state,
                               changed_at)
            SELECT * FROM unnest(\(units.map(\.code)), \(units.map(\.id.rawValue)), \(units.map(\.version)),
                                 \(units.map(\.kind.rawValue)), \(units.map(\.name)), \(units.map(\.parent)),
                                 \(units.map { $0.category?.rawValue }), \(units.map(\.joinedTo)),
                                 \(units.map(\.documentWord)), \(units.map(\.state.rawValue)),
                                 \(units.map(\.changedAt)))
            ON CONFLICT (code) DO UPDATE
            SET version = excluded.version, name = excluded.name, parent = excluded.parent, category = excluded.category,
                joined_to = excluded.joined_to, document_word = excluded.document_word, state = excluded.state, changed_at = excluded.changed_at
            """
        )
    }

    /// The units in which somebody holds or has asked for a role.
    static func peopledUnits(in transaction: Transaction) async throws -> Set<String> {
        Set(
            try await transaction.query("SELECT DISTINCT unit FROM holdings WHERE state IN ('asked', 'confirmed')")
                .map { try $0.value(at: 0) }
        )
    }
}
