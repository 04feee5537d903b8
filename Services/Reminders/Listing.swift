import Contracts
import Foundation
import Messaging
import PostgreSQL

/// What the HTTP side lists.
enum Listing {
    /// A clock with what it is about.
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
        let overtakenBy: String?
        let digest: SuggestionID?
    }

    /// Open clocks, the one that ends first at the top.
    ///
    /// - Parameters:
    ///   - department: of one department alone.
    ///   - dueFrom: that end at a moment or behind it.
    ///   - dueBefore: that end before a moment.
    ///   - after: behind this place in the list.
    static func open(
        department: DepartmentCode?,
        dueFrom: Timestamp? = nil,
        dueBefore: Timestamp?,
        after: (time: Timestamp, id: UUID)?,
        limit: Int,
        in transaction: Transaction
    ) async throws -> [OpenClock] {
        let first = (time: dueFrom ?? Timestamp(microseconds: 0), id: UUID.least)
        // A page behind another begins behind it, and never before the range.
        let start = after.map { $0.time < first.time ? first : $0 } ?? first
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

    /// Every period of a leg, in the order of its rounds.
    static func clocks(of assignment: AssignmentID, in transaction: Transaction) async throws -> [OpenClock] {
        let rows = try await transaction.query(
            "SELECT * FROM clocks WHERE assignment = \(assignment.rawValue) ORDER BY round"
        )
        return try rows.map { OpenClock(suggestion: try $0.id("suggestion"), clock: try RemindersStore.clock($0)) }
    }

    /// Everything the ledger holds of a leg, in the order of its rounds and of time.
    static func notices(of assignment: AssignmentID, in transaction: Transaction) async throws -> [Entry] {
        let rows = try await transaction.query(
            """
            SELECT clocks.department, notices.round, notices.stage, notices.noticed_at, notices.outcome,
                   notices.overtaken_by, notices.digest
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
                outcome: try $0.listed("outcome"),
                overtakenBy: try $0["overtaken_by", as: String?.self],
                digest: try $0["digest", as: UUID?.self].map(SuggestionID.init(rawValue:))
            )
        }
    }
}
