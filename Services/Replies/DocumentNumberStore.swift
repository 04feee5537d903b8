import Contracts
import Messaging
import PostgreSQL

/// The SQL of documents' numbers.
extension RepliesStore {
    /// Takes numbers of series, in one statement, and holds the series until the transaction ends: what is rolled back was never taken.
    ///
    /// - Parameters:
    ///   - needs: how many of each series, in the order of locks; none to hold it alone.
    ///   - own: the departments that give numbers of their own now.
    static func take(
        _ needs: [(series: DocumentSeries, count: Int)],
        own: Set<DepartmentCode> = [],
        in transaction: Transaction
    ) async throws -> [Numbering.Taken] {
        guard !needs.isEmpty else { return [] }
        let rows = try await transaction.query(
            """
            INSERT INTO document_series AS series (department, year, last, own)
            SELECT * FROM unnest(\(needs.map(\.series.department.rawValue)), \(needs.map { Int32($0.series.year) }),
                                 \(needs.map { Int32($0.count) }), \(needs.map { own.contains($0.series.department) }))
                     AS need (department, year, count, own) ORDER BY department COLLATE "C", year
            ON CONFLICT (department, year) DO UPDATE
            SET last = series.last + excluded.last, own = series.own OR excluded.own
            RETURNING department, year, last, own,
                      (SELECT word FROM document_words WHERE document_words.department = series.department) AS word
            """
        )
        return try rows.map { row in
            let department: DepartmentCode = try row.code("department")
            return Numbering.Taken(
                series: DocumentSeries(department: department, year: try row["year", as: Int.self]),
                last: try row["last", as: Int.self],
                word: try row["word", as: String?.self] ?? department.rawValue,
                hasOwn: try row["own", as: Bool.self]
            )
        }
    }

    /// Of numbers of departments, those that are used; the caller holds their series.
    static func used(
        _ numbers: [(department: DepartmentCode, number: String)],
        in transaction: Transaction
    ) async throws -> Set<UsedNumber> {
        guard !numbers.isEmpty else { return [] }
        let rows = try await transaction.query(
            """
            SELECT replies.department, document_number
            FROM unnest(\(numbers.map(\.department.rawValue)), \(numbers.map(\.number))) AS asked (department, number)
                 JOIN replies ON replies.department = asked.department AND document_number = asked.number
            """
        )
        return Set(
            try rows.map { row in
                UsedNumber(department: try row.code("department"), number: try row["document_number", as: String.self])
            }
        )
    }

    /// Gives every waiting reply its number: one statement, but where a department has used some of its series itself, which are passed
    /// over.
    static func number(_ numbering: inout Numbering, in transaction: Transaction) async throws {
        while !numbering.isDone {
            let taken = try await take(numbering.needs, in: transaction)
            let asked = taken.filter(\.hasOwn).flatMap { taken in
                numbering.candidates(taken).map { (taken.series.department, $0) }
            }
            let used = try await used(asked, in: transaction)
            for taken in taken {
                let own = used.filter { $0.department == taken.series.department }.map(\.number)
                numbering.give(taken, used: Set(own))
            }
        }
    }

    /// The number of a reply's row.
    static func documentNumber(_ row: Row) throws -> DocumentNumber? {
        guard let text = try row["document_number", as: String?.self] else { return nil }
        return try row["own_number", as: Bool?.self] == true ? .own(text) : .given(text)
    }

    /// Queues the words of departments, unless something newer is known.
    static func keep(
        _ words: [(department: String, version: Int, word: String?)],
        in transaction: Transaction
    ) {
        transaction.enqueue(
            """
            INSERT INTO document_words (department, version, word)
            SELECT * FROM unnest(\(words.map(\.department)), \(words.map(\.version)), \(words.map(\.word)))
            ON CONFLICT (department) DO UPDATE SET version = excluded.version, word = excluded.word
            WHERE document_words.version < excluded.version
            """
        )
    }
}

/// A number that a department has used.
struct UsedNumber: Hashable {
    let department: DepartmentCode
    let number: String
}
