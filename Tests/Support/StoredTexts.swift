import Foundation
package import PostgreSQL

/// What a schema holds, to be compared before and after somebody has tried to change it by what they write.
package struct StoredTexts: Sendable {
    /// `table.column type` of all columns, and the triggers and rules on tables, sorted.
    package let shape: [String]
    /// Rows by table.
    package let rows: [String: Int]
    /// Every text of every row, also those in bodies of JSON, byte for byte.
    package let texts: Set<[UInt8]>

    /// Reads the schema that a database's connections look at first.
    ///
    /// - Throws: `DatabaseError`.
    package init(of database: Database) async throws {
        shape = try await database.query(
            """
            SELECT table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns
            WHERE table_schema = current_schema()
            UNION ALL SELECT event_object_table || ' ' || trigger_name FROM information_schema.triggers
            WHERE trigger_schema = current_schema() ORDER BY 1
            """
        ).map { try $0.value(at: 0, as: String.self) }
        let tables = try await database.query(
            """
            SELECT table_name::text FROM information_schema.tables
            WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
            """
        ).map { try $0.value(at: 0, as: String.self) }
        var (rows, texts) = ([String: Int](), Set<[UInt8]>())
        for table in tables {
            let found = try await database.query("SELECT to_jsonb(t)::text FROM \"\(unsafe: table)\" AS t")
            rows[table] = found.count
            for row in found {
                let text = try row.value(at: 0, as: String.self)
                Self.collect(try JSONSerialization.jsonObject(with: Data(text.utf8)), into: &texts)
            }
        }
        (self.rows, self.texts) = (rows, texts)
    }

    /// Those of the texts that are stored nowhere byte for byte, by themselves or within another, as a reason within an act's.
    package func missing(_ given: [(place: String, text: String)]) -> [String] {
        given.filter { _, text in
            let bytes = Array(text.utf8)
            return !texts.contains(bytes) && !texts.contains { $0.count < 10_000 && $0.firstRange(of: bytes) != nil }
        }.map { "\($0.place): \($0.text.prefix(60).debugDescription)" }
    }

    /// What of an earlier state is there no more: another shape, or tables that have lost rows.
    ///
    /// - Parameter shrinking: tables whose rows go by themselves.
    package func losses(since before: Self, shrinking: Set<String> = []) -> [String] {
        let shapes = before.shape == shape ? [] : ["the shape of the schema: \(before.shape.difference(from: shape))"]
        return shapes
            + before.rows.filter { !shrinking.contains($0.key) && rows[$0.key, default: -1] < $0.value }
            .map { "\($0.key): \($0.value) rows, now \(rows[$0.key] ?? -1)" }.sorted()
    }

    private static func collect(_ value: Any, into texts: inout Set<[UInt8]>) {
        switch value {
        case let text as String:
            texts.insert(Array(text.utf8))
            guard text.hasPrefix("\\x"), let bytes = bytes(text.dropFirst(2)) else { return }
            if let body = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed) {
                collect(body, into: &texts)
            } else {
                texts.insert(bytes)
            }
        case let members as [String: Any]: for value in members.values { collect(value, into: &texts) }
        case let values as [Any]: for value in values { collect(value, into: &texts) }
        default: break
        }
    }

    /// What PostgreSQL writes of `bytea`.
    private static func bytes(_ digits: Substring) -> [UInt8]? {
        let values = digits.utf8.compactMap { UInt8(String(UnicodeScalar($0)), radix: 16) }
        guard values.count == digits.utf8.count, values.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    }
}
