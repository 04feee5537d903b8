import Contracts
import Foundation
import Messaging
import PostgreSQL

/// What the HTTP side lists.
enum Listing {
    /// An open clock.
    struct OpenClock: Sendable {
        let suggestion: SuggestionID
        let clock: RunningClock
    }

    /// A line of the ledger.
    struct Entry: Sendable, Hashable {
        let department: DepartmentCode
        let round: Int
        let stage: String
        let noticedAt: Timestamp
        let outcome: Watch.Notice.Outcome
    }

    /// Open clocks, the one that ends first at the top.
    ///
    /// - Parameters:
    ///   - department: of one department alone.
    ///   - dueBefore: that end before a moment.
    ///   - after: behind this place in the list.
    static func open(
        department: DepartmentCode?,
        dueBefore: Timestamp?,
        after: (time: Timestamp, id: UUID)?,
        limit: Int,
        in transaction: Transaction
    ) async throws -> [OpenClock] {
        let start = after ?? (Timestamp(microseconds: 0), UUID.least)
        // The end of the year 9999: later than any period.
        let end = dueBefore ?? Timestamp(microseconds: 253_402_300_799_000_000)
        let rows: RowSet
        // Two statements, because each has an index of its own.
        if let department {
            rows = try await transaction.query(
                """
                SELECT * FROM clocks
                WHERE ended_at IS NULL AND department = \(department.rawValue) AND due_at < \(end)
                  AND (due_at, assignment) > (\(start.time), \(start.id))
                ORDER BY due_at, assignment LIMIT \(limit)
                """
            )
        } else {
            rows = try await transaction.query(
                """
                SELECT * FROM clocks
                WHERE ended_at IS NULL AND due_at < \(end) AND (due_at, assignment) > (\(start.time), \(start.id))
                ORDER BY due_at, assignment LIMIT \(limit)
                """
            )
        }
        return try rows.map { OpenClock(suggestion: try $0.id("suggestion"), clock: try RemindersStore.clock($0)) }
    }

    /// Everything the ledger holds of a leg, in the order of its rounds and of time.
    static func notices(of assignment: AssignmentID, in transaction: Transaction) async throws -> [Entry] {
        let rows = try await transaction.query(
            """
            SELECT clocks.department, notices.round, notices.stage, notices.noticed_at, notices.outcome
            FROM notices JOIN clocks USING (assignment, round)
            WHERE notices.assignment = \(assignment.rawValue)
            ORDER BY notices.round, notices.noticed_at, notices.outcome DESC, notices.stage
            """
        )
        return try rows.map {
            Entry(
                department: try $0.code("department"),
                round: try $0["round", as: Int.self],
                stage: try $0["stage", as: String.self],
                noticedAt: try $0["noticed_at", as: Timestamp.self],
                outcome: try $0.listed("outcome")
            )
        }
    }
}
