import Calendar
import Contracts
import Crypto
import Foundation
import Messaging
import PostgreSQL

/// What falls due, for calendar programs, which cannot sign in: each reader has an address of their own with a secret in it.
enum FeedStore {
    /// Whose clocks a feed shows.
    enum Extent: Sendable, Hashable {
        case department(DepartmentCode)
        /// Those of the matters that it answers for.
        case committee(CommitteeCode)
        case everybody
    }

    /// Clocks that fall due which a calendar shows: more than anybody looks at, and a tenth of a megabyte.
    static let limit = 1_000
    /// Overdue ones that it shows beside them, the latest: of more a calendar is no help.
    static let overdueLimit = 200
    /// How long an address is good: it is written down in programs and on phones that nobody keeps account of, so that each has to be
    /// asked for again by somebody who can sign in.
    static let validity: Duration = .seconds(90 * 86_400)

    /// A reader's new address; the one before ends with it.
    ///
    /// - Returns: the secret, which is stored as its hash alone.
    static func make(for reader: String, of extent: Extent, in transaction: Transaction) -> String {
        let bytes = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
        let secret = bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
        var (department, committee): (String?, String?)
        switch extent {
        case .department(let code): department = code.rawValue
        case .committee(let code): committee = code.rawValue
        case .everybody: break
        }
        transaction.enqueue(
            """
            INSERT INTO feeds (reader, hash, department, committee, ends_at)
            VALUES (\(reader), \(hash(secret)), \(department), \(committee),
                    now() + make_interval(secs => \(validity / .seconds(1))))
            ON CONFLICT (reader) DO UPDATE
            SET hash = excluded.hash, department = excluded.department, committee = excluded.committee, made_at = now(),
                ends_at = excluded.ends_at
            """
        )
        return secret
    }

    /// Queues that a reader's address ends, should there be one.
    static func end(of reader: String, in transaction: Transaction) {
        transaction.enqueue("DELETE FROM feeds WHERE reader = \(reader)")
    }

    /// Whose clocks an address shows; nil when there is no such address, or no longer.
    static func extent(at secret: String, in transaction: Transaction) async throws -> Extent? {
        // Sixty-four hexadecimal digits: anything else is nobody's, and is not asked for.
        guard secret.utf8.count == 64 else { return nil }
        let rows = try await transaction.query(
            """
            SELECT feeds.department, feeds.committee, feeds.unit, feed_readers.standings, now() AS now
            FROM feeds LEFT JOIN feed_readers USING (subject) WHERE feeds.hash = \(hash(secret)) AND feeds.ends_at > now()
            """
        )
        guard let row = rows.first,
            try FeedReaderStore.isGood(row, on: CivilDate(of: try row["now", as: Timestamp.self]))
        else { return nil }
        if let code = try row["department", as: String?.self] { return .department(DepartmentCode(rawValue: code)) }
        if let code = try row["committee", as: String?.self] { return .committee(CommitteeCode(rawValue: code)) }
        return .everybody
    }

    /// Open clocks with the numbers of their matters, the one that ends first at the top: those that fall due, and the latest of those
    /// that are overdue, so that old ones crowd nobody out.
    static func clocks(of extent: Extent, in transaction: Transaction) async throws -> [(String?, RunningClock)] {
        let ahead = try await transaction.query(clocks(of: extent, areDue: false))
        let overdue = try await transaction.query(clocks(of: extent, areDue: true))
        return try (overdue.reversed() + ahead).map {
            (try $0["number", as: String?.self], try RemindersStore.clock($0))
        }
    }

    /// The statement of one half of ``clocks(of:in:)``.
    static func clocks(of extent: Extent, areDue: Bool, prefix: String = "") -> SQL {
        let own: (column: String, code: String)? =
            switch extent {
            case .department(let code): ("clocks.department", code.rawValue)
            case .committee(let code): ("suggestions.committee", code.rawValue)
            case .everybody: nil
            }
        // What is pasted is one of two words of this program each.
        let (side, order, limit) = areDue ? ("<", "DESC", overdueLimit) : (">=", "ASC", limit)
        // Two statements, because a department's clocks have an index of their own.
        guard let own else {
            return """
                \(unsafe: prefix) SELECT clocks.*, suggestions.number
                FROM clocks JOIN suggestions ON suggestions.id = clocks.suggestion
                WHERE clocks.ended_at IS NULL AND clocks.due_at \(unsafe: side) now()
                ORDER BY clocks.due_at \(unsafe: order), clocks.assignment \(unsafe: order) LIMIT \(limit)
                """
        }
        return """
            \(unsafe: prefix) SELECT clocks.*, suggestions.number
            FROM clocks JOIN suggestions ON suggestions.id = clocks.suggestion
            WHERE clocks.ended_at IS NULL AND clocks.due_at \(unsafe: side) now() AND \(unsafe: own.column) = \(own.code)
            ORDER BY clocks.due_at \(unsafe: order), clocks.assignment \(unsafe: order) LIMIT \(limit)
            """
    }

    private static func hash(_ secret: String) -> [UInt8] { Array(SHA256.hash(data: Data(secret.utf8))) }
}
