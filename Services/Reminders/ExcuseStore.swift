import Contracts
import Foundation
import Messaging
import PostgreSQL

/// What departments have said beside their missed ends: the acts themselves, of which nothing else is kept.
enum ExcuseStore {
    /// What was said.
    struct Excuse: Encodable, Sendable, Hashable {
        let round: Int
        let text: String
        let excusedAt: Timestamp
    }

    /// The matter of a leg; nil when it has not been heard of.
    static func suggestion(of assignment: AssignmentID, in transaction: Transaction) async throws -> SuggestionID? {
        try await transaction.query("SELECT suggestion FROM clocks WHERE assignment = \(assignment.rawValue) LIMIT 1")
            .first?.id("suggestion")
    }

    /// What was said of a leg's ends, in its order.
    static func excuses(
        of assignment: AssignmentID,
        in suggestion: SuggestionID,
        _ transaction: Transaction
    ) async throws -> [Excuse] {
        let rows = try await transaction.query(
            """
            SELECT body FROM acts WHERE aggregate = \(suggestion.rawValue) AND name = \(BreachExcused.name.rawValue)
            ORDER BY version
            """
        )
        return try rows.map { try EventCoding.decode(BreachExcused.self, from: $0["body", as: [UInt8].self]) }
            .filter { $0.assignment == assignment }
            .map { Excuse(round: $0.round, text: $0.text, excusedAt: $0.excusedAt) }
    }
}
