import Contracts
import Foundation
import Messaging
import PostgreSQL

/// The SQL of paces and digests.
enum DigestStore {
    /// The most notices that a digest names; it counts them all, and the desk lists them.
    static let nameLimit = 200

    /// The notices, with a digest for each that is one too many for its department, ends among them: the event of an end is told all the
    /// same, and what a department is sent about it is collected.
    static func collected(
        _ entries: [LedgerStore.Entry],
        at now: Timestamp,
        in transaction: Transaction
    ) async throws -> [LedgerStore.Entry] {
        func isPaced(_ entry: LedgerStore.Entry) -> Bool { entry.notice.fired.tells.contains(.department) }
        let departments = Set(entries.filter(isPaced).map(\.notice.clock.department))
        var paces = try await paces(of: departments, at: now, in: transaction)
        var open: [DepartmentCode: UUID] = [:]
        var collected = entries
        for index in entries.indices where isPaced(entries[index]) {
            let department = entries[index].notice.clock.department
            if paces[department]?.admits(at: now) ?? true { continue }
            if open[department] == nil {
                open[department] = try await self.open(for: department, at: now, in: transaction)
            }
            collected[index].digest = open[department]
        }
        save(paces, in: transaction)
        return collected
    }

    /// Paces of departments, locked until the transaction ends, in one order everywhere.
    static func paces(
        of departments: Set<DepartmentCode>,
        at now: Timestamp,
        in transaction: Transaction
    ) async throws -> [DepartmentCode: Pace] {
        guard !departments.isEmpty else { return [:] }
        let codes = departments.map(\.rawValue).sorted()
        transaction.enqueue(
            """
            INSERT INTO paces (department, since, told) SELECT department, \(now)::timestamptz, 0
            FROM unnest(\(codes)) AS new (department) ORDER BY department ON CONFLICT DO NOTHING
            """
        )
        let rows = try await transaction.query(
            "SELECT * FROM paces WHERE department = ANY(\(codes)) ORDER BY department FOR UPDATE"
        )
        return Dictionary(
            uniqueKeysWithValues: try rows.map {
                (
                    try $0.code("department"),
                    Pace(since: try $0["since", as: Timestamp.self], told: try $0["told", as: Int.self])
                )
            }
        )
    }

    /// Queues paces as they are now.
    static func save(_ paces: [DepartmentCode: Pace], in transaction: Transaction) {
        guard !paces.isEmpty else { return }
        let rows = paces.sorted { $0.key < $1.key }
        transaction.enqueue(
            """
            UPDATE paces SET since = row.since, told = row.told
            FROM unnest(\(rows.map(\.key.rawValue)), \(rows.map(\.value.since)), \(rows.map { Int32($0.value.told) }))
                 AS row (department, since, told)
            WHERE paces.department = row.department
            """
        )
    }

    /// The digest that collects for a department at the moment; its pace must be locked.
    static func open(for department: DepartmentCode, at now: Timestamp, in transaction: Transaction) async throws
        -> UUID
    {
        let rows = try await transaction.query(
            "SELECT id FROM digests WHERE department = \(department.rawValue) AND told_at IS NULL"
        )
        if let row = rows.first { return try row["id", as: UUID.self] }
        let id = UUIDv7.make()
        transaction.enqueue(
            """
            INSERT INTO digests (id, department, opened_at, closes_at)
            VALUES (\(id), \(department.rawValue), \(now), \(now + Pace.window))
            """
        )
        return id
    }

    /// Digests that have collected long enough, marked as told, at most `limit`; those that others hold are left to them.
    ///
    /// A sweep that collects holds the pace's row and not the digest's: the mark waits for that row first, so that nothing is
    /// put into a digest that has been told.
    static func close(limit: Int, in transaction: Transaction) async throws -> [DigestDue] {
        let departments = try await transaction.query(closing(limit: limit))
            .map { try $0["department", as: String.self] }
        guard !departments.isEmpty else { return [] }
        let closed = try await transaction.query(close(of: departments))
        var due: [DigestDue] = []
        for row in closed {
            let id = try row["id", as: UUID.self]
            let lines = try await transaction.query(lines(of: id))
            due.append(
                DigestDue(
                    digest: SuggestionID(rawValue: id),
                    department: try row.code("department"),
                    count: try lines.first?["total", as: Int.self] ?? 0,
                    notices: try lines.map {
                        DigestDue.Line(
                            assignment: try $0.id("assignment"),
                            number: try $0["number", as: String?.self],
                            stage: try $0["stage", as: String.self],
                            dueAt: try $0["due_at", as: Timestamp.self]
                        )
                    },
                    openedAt: try row["opened_at", as: Timestamp.self],
                    closedAt: try row["told_at", as: Timestamp.self]
                )
            )
        }
        return due
    }

    /// The statement that takes the paces of departments whose digest has collected long enough.
    static func closing(limit: Int, prefix: String = "") -> SQL {
        """
        \(unsafe: prefix) SELECT paces.department FROM digests JOIN paces USING (department)
        WHERE digests.told_at IS NULL AND digests.closes_at <= now()
        ORDER BY paces.department LIMIT \(limit) FOR UPDATE OF paces SKIP LOCKED
        """
    }

    /// The statement that marks their digests as told.
    static func close(of departments: [String], prefix: String = "") -> SQL {
        """
        \(unsafe: prefix) UPDATE digests SET told_at = now()
        WHERE told_at IS NULL AND closes_at <= now() AND department = ANY(\(departments))
        RETURNING id, department, opened_at, told_at
        """
    }

    /// The statement that reads what a digest has collected, at most so many of them as it names.
    static func lines(of digest: UUID, prefix: String = "") -> SQL {
        """
        \(unsafe: prefix) SELECT notices.assignment, notices.round, notices.stage, clocks.due_at, suggestions.number,
                                 count(*) OVER () AS total
        FROM notices JOIN clocks USING (assignment, round) JOIN suggestions ON suggestions.id = clocks.suggestion
        WHERE notices.digest = \(digest)
        ORDER BY clocks.due_at, notices.assignment, notices.stage LIMIT \(nameLimit)
        """
    }
}
