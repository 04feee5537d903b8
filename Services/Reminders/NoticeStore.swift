import Contracts
import Foundation
import Messaging
import PostgreSQL

/// What officers read as their notices (收件箱), each kind of reader their own.
enum NoticeStore {
    /// Whose inbox it is.
    struct Reader: Sendable, Hashable {
        let audience: Audience
        /// The department's or committee's code; empty for the office and the director, of whom there is one.
        let unit: String

        /// The inbox of who acts in a role for a unit; nil for roles that no notice concerns.
        init?(_ role: Role, of unit: String) {
            switch role {
            case .clerk, .reviewer, .signer, .department: (audience, self.unit) = (.department, unit)
            case .committee: (audience, self.unit) = (.committee, unit)
            case .office: (audience, self.unit) = (.office, "")
            case .director: (audience, self.unit) = (.director, "")
            default: return nil
            }
        }
    }

    /// A notice in an inbox.
    struct Entry: Sendable {
        let id: UUID
        let noticedAt: Timestamp
        let suggestion: SuggestionID
        let number: String?
        let clock: RunningClock
        let stage: String
    }

    /// A page of an inbox, the newest at the top.
    static func page(
        of reader: Reader,
        after: (time: Timestamp, id: UUID)?,
        limit: Int,
        in transaction: Transaction
    ) async throws -> [Entry] {
        let rows = try await transaction.query(page(of: reader, after: after, limit: limit))
        return try rows.map { row in
            Entry(
                id: try row["entry", as: UUID.self],
                noticedAt: try row["noticed_at", as: Timestamp.self],
                suggestion: try row.id("suggestion"),
                number: try row["number", as: String?.self],
                clock: try RemindersStore.clock(row),
                stage: try row["stage", as: String.self]
            )
        }
    }

    /// The statement of ``page(of:after:limit:in:)``.
    static func page(of reader: Reader, after: (time: Timestamp, id: UUID)?, limit: Int, prefix: String = "") -> SQL {
        // The end of the year 9999 and the greatest id: behind every notice.
        let start = after ?? (Timestamp(microseconds: 253_402_300_799_000_000), UUID.greatest)
        return """
            \(unsafe: prefix) SELECT inbox.id AS entry, inbox.noticed_at, inbox.stage, suggestions.number, clocks.*
            FROM desk_notices AS inbox JOIN clocks USING (assignment, round) JOIN suggestions ON suggestions.id = clocks.suggestion
            WHERE inbox.audience = \(reader.audience.rawValue) AND inbox.unit = \(reader.unit)
              AND (inbox.noticed_at, inbox.id) < (\(start.time), \(start.id))
            ORDER BY inbox.noticed_at DESC, inbox.id DESC LIMIT \(limit)
            """
    }
}

extension UUID {
    /// Behind every other one in the database's order.
    fileprivate static let greatest = UUID(
        uuid: (255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255)
    )
}
