import Bootstrap
import Contracts
import Foundation
import Messaging
import PostgreSQL

/// Reads all that every service's schema holds of an item, whatever tables there are: a table that comes later is in it.
struct RecordExport {
    /// Columns that say nothing about the person: the receipt's hash, and what finds or seals a contact or words, which are shown opened.
    private static let left: Set<String> = [
        "secret", "contact", "contact_key", "contact_index", "words", "words_key", "era", "xid", "lease",
    ]

    let settings: Settings

    /// The item of a receipt's number: `number`, `suggestion`, and by service and table the rows.
    ///
    /// - Throws: `WrongArgument` when there is no such item.
    func item(_ number: String) async throws -> [String: Any] {
        let ids = try await look(.intake) { database in
            try await database.query("SELECT id FROM suggestions WHERE number = \(number)")
                .map { try $0["id", as: UUID.self] }
        }
        guard let id = ids.first else { throw WrongArgument("NUMBER", "no item has this number") }
        var services: [String: Any] = [:]
        for service in ServiceName.all {
            let tables = try await look(service) { database in
                var tables: [(String, [String])] = []
                for (table, condition) in try await Self.tables(of: service, in: database) {
                    let rows = try await database.query(
                        """
                        SELECT to_jsonb(t)::text AS row FROM \(unsafe: Self.quoted(table)) AS t, (SELECT \(id) AS item) AS wanted
                        WHERE \(unsafe: condition) ORDER BY 1
                        """
                    ).map { try $0["row", as: String.self] }
                    if !rows.isEmpty { tables.append((table, rows)) }
                }
                return tables
            }
            guard !tables.isEmpty else { continue }
            var shown: [String: Any] = [:]
            for (table, rows) in tables {
                shown[table] = try rows.map { Self.readable(try JSONSerialization.jsonObject(with: Data($0.utf8))) }
            }
            services[service.rawValue] = shown
        }
        return ["number": number, "suggestion": id.uuidString.lowercased(), "services": services]
    }

    /// The items whose words a service has erased.
    func erased(by service: ServiceName) async throws -> Set<UUID> {
        try await look(service) { database in
            Set(try await database.query("SELECT suggestion FROM erased").map { try $0["suggestion", as: UUID.self] })
        }
    }

    /// What a person has done in a service, the oldest first: what, when and under which right, and nothing of whom it was about.
    func acts(by person: UUID, in service: ServiceName) async throws -> [[String: String]] {
        try await look(service) { database in
            let actor = "person:\(person.uuidString.lowercased())"
            return try await database.query(
                """
                SELECT name, actor, authority, occurred_at FROM acts
                WHERE actor = \(actor) OR starts_with(actor, \(actor + "@")) ORDER BY occurred_at, id
                """
            ).map { row in
                [
                    "name": try row["name", as: String.self], "actor": try row["actor", as: String.self],
                    "authority": try row["authority", as: String.self],
                    "occurredAt": try row["occurred_at", as: Timestamp.self].description,
                ]
            }
        }
    }

    private func look<Result: Sendable>(
        _ service: ServiceName,
        _ body: (Database) async throws -> Result
    ) async throws -> Result {
        let runtime = try await Runtime(service: service, settings: settings)
        var configuration = try await runtime.database()
        // Not every table has an index that leads to an item.
        (configuration.planning, configuration.statementTimeout) = (.byStatistics, .seconds(600))
        let database = Database(configuration: configuration, logger: runtime.logger)
        do {
            let result = try await body(database)
            await database.close()
            return result
        } catch {
            await database.close()
            throw error
        }
    }

    /// The tables that lead to an item, each with the condition for its rows: by the item's id, or by that of one of its legs.
    private static func tables(of service: ServiceName, in database: Database) async throws -> [(String, String)] {
        let rows = try await database.query(
            """
            SELECT columns.table_name::text AS name, array_agg(column_name::text ORDER BY column_name) AS columns
            FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
            WHERE table_schema = \(service.rawValue) AND table_type = 'BASE TABLE' AND data_type = 'uuid'
            GROUP BY columns.table_name ORDER BY columns.table_name
            """
        )
        let columns = Dictionary(
            uniqueKeysWithValues: try rows.map {
                (try $0["name", as: String.self], Set(try $0["columns", as: [String].self]))
            }
        )
        // Where the service keeps which legs an item has.
        let legs = [("assignments", "id"), ("clocks", "assignment")].first {
            columns[$0.0]?.contains("suggestion") == true
        }
        return columns.sorted { $0.key < $1.key }.compactMap { table, names in
            var conditions = ["suggestion", "aggregate", "subject"].filter(names.contains).map { "t.\($0) = item" }
            if table == "suggestions", names.contains("id") { conditions.append("t.id = item") }
            if conditions.isEmpty, names.contains("assignment"), let legs {
                conditions.append("t.assignment IN (SELECT \(legs.1) FROM \(legs.0) WHERE suggestion = item)")
            }
            return conditions.isEmpty ? nil : (table, conditions.joined(separator: " OR "))
        }
    }

    private static func quoted(_ name: String) -> String { "\"\(name)\"" }

    /// A row for a person: bodies as what they are, not as bytes.
    private static func readable(_ value: Any) -> Any {
        switch value {
        case let object as [String: Any]:
            return object.filter { !left.contains($0.key) }.mapValues(readable)
        case let list as [Any]: return list.map(readable)
        case let text as String where text.hasPrefix("\\x"):
            let bytes = Data(bytes(text.dropFirst(2)))
            if let object = try? JSONSerialization.jsonObject(with: bytes) { return object }
            return bytes.base64EncodedString()
        default: return value
        }
    }

    private static func bytes(_ hexadecimal: Substring) -> [UInt8] {
        let digits = Array(hexadecimal.utf8)
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
        }
    }
}
