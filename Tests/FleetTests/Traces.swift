import Contracts
import Fleet
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support

/// Looks for marks in everything that a fleet leaves behind, however they are spelled there.
struct Traces {
    /// Something personal that was put in, and is looked for everywhere.
    struct Mark: Hashable {
        /// What it is, for who reads a finding.
        let name: String
        let text: String

        init(_ name: String, _ text: String) { (self.name, self.text) = (name, text) }

        /// The ways in which a text may stand somewhere, all of them findable as plain text.
        var spellings: [(way: String, text: String)] {
            let bytes = Array(text.utf8)
            let wide = String(
                String.UnicodeScalarView(
                    text.unicodeScalars.map {
                        (33...126).contains($0.value) ? Unicode.Scalar($0.value + 0xFEE0) ?? $0 : $0
                    }
                )
            )
            let escaped = text.utf16.map { unit in
                unit < 128 ? String(UnicodeScalar(UInt8(unit))) : "\\u" + String(unit, radix: 16)
            }.joined()
            var spellings = [
                ("as it is", text), ("full width", wide), ("hexadecimal", Self.hex(bytes)),
                ("hexadecimal of full width", Self.hex(Array(wide.utf8))),
                ("hexadecimal of escapes", Self.hex(Array(escaped.utf8))), ("escapes of JSON", escaped),
                ("in an address", text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text),
            ]
            // At each of the three places in a group of base64; what the neighbours decide is left out.
            for shift in 0..<3 {
                let text = Data([UInt8](repeating: 0, count: shift) + bytes).base64EncodedString().filter { $0 != "=" }
                let start = [0, 2, 3][shift]
                let end = (shift + bytes.count) % 3 == 0 ? text.count : text.count - 1
                spellings.append(("base64", String(text.dropFirst(start).prefix(max(0, end - start)))))
            }
            return Array(Dictionary(spellings.map { ($0.1, $0.0) }) { first, _ in first }).map { ($0.value, $0.key) }
        }

        private static func hex(_ bytes: [UInt8]) -> String {
            bytes.map { byte in String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }.joined()
        }
    }

    /// What was looked through, for the figures.
    struct Extent {
        var rows = 0
        var columns = 0
        var messages = 0
        var files = 0
        var answers = 0
        var bytes = 0
    }

    let fleet: Fleet
    let marks: [Mark]
    private(set) var extent = Extent()
    private(set) var findings: [String] = []
    private let needles: [(mark: Mark, way: String, text: String)]

    init(_ fleet: Fleet, _ marks: [Mark]) {
        (self.fleet, self.marks) = (fleet, marks)
        needles = marks.flatMap { mark in mark.spellings.map { (mark, $0.way, $0.text) } }
    }

    /// Looks through one text.
    mutating func search(_ text: String, at place: String) {
        extent.bytes += text.utf8.count
        // Hexadecimal is written in both cases.
        let lowered = text.lowercased()
        for needle in needles {
            let isHex = needle.way.hasPrefix("hexa") || needle.way.hasPrefix("escapes")
            if (isHex ? lowered : text).contains(needle.text) {
                findings.append("\(needle.mark.name), \(needle.way): \(place)")
            }
        }
    }

    /// Looks through every column of every table of every schema, but for some columns.
    ///
    /// - Parameter allowed: `schema.table.column`, where a mark may stand.
    mutating func searchTables(except allowed: Set<String>) async throws {
        for service in ServiceName.all {
            let columns = try await fleet.look(service) { database in
                try await database.query(
                    """
                    SELECT table_name::text AS name, column_name::text AS field
                    FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
                    WHERE table_schema = \(service.rawValue) AND table_type = 'BASE TABLE' ORDER BY 1, 2
                    """
                ).map { (try $0["name", as: String.self], try $0["field", as: String.self]) }
            }
            for (table, column) in columns where !allowed.contains("\(service).\(table).\(column)") {
                let cells = try await fleet.look(service) { database in
                    try await database.query(
                        "SELECT \"\(unsafe: column)\"::text AS cell FROM \"\(unsafe: table)\" WHERE \"\(unsafe: column)\" IS NOT NULL"
                    ).map { try $0["cell", as: String.self] }
                }
                extent.columns += 1
                extent.rows += cells.count
                search(cells.joined(separator: "\n"), at: "\(service).\(table).\(column)")
            }
        }
    }

    /// Looks at every message that lies in a queue, and leaves it there.
    mutating func searchQueues() async throws {
        var queues = Subscription.all.map(\.service).flatMap { service in
            [fleet.topology.workQueue(of: service), fleet.topology.parkedQueue(of: service)]
                + fleet.topology.ladder.map { fleet.topology.retryQueue(of: service, $0) }
        }
        queues += fleet.departments.flatMap {
            [fleet.topology.departmentQueue(of: $0.rawValue), fleet.topology.departmentInbox(of: $0.rawValue)]
        }
        queues.append(fleet.topology.unrouted)
        for queue in queues {
            let deliveries = try await BrokerAdministration.connected(fleet.broker) {
                try await $0.get(queue, maximum: 10_000)
            }
            extent.messages += deliveries.count
            for delivery in deliveries {
                let body = String(decoding: delivery.body, as: UTF8.self)
                search("\(delivery.routingKey) \(delivery.properties) \(body)", at: queue)
            }
        }
    }

    /// Looks through every process's log.
    mutating func searchLogs() throws {
        for log in try fleet.logs() {
            extent.files += 1
            search(try String(contentsOf: log, encoding: .utf8), at: log.lastPathComponent)
        }
    }

    /// Looks through what PostgreSQL and RabbitMQ themselves have logged.
    ///
    /// - Throws: when there is no log, or it cannot be read.
    mutating func searchServerLogs() throws {
        let name = try fleet.stack.variable("EBINDA_STACK")
        let directory = URL(filePath: try fleet.stack.variable("EBINDA_STACK_DIRECTORY"))
        // Below a closed directory the servers keep their data elsewhere.
        let elsewhere = try FileManager.default.contentsOfDirectory(atPath: "/var/tmp")
            .filter { $0.hasPrefix("ebinda-") }.map { URL(filePath: "/var/tmp/\($0)/\(name)") }
        for (server, folder) in [("postgresql", "log-postgresql"), ("rabbitmq", "rabbitmq/log")] {
            let found = ([directory] + elsewhere).map { $0.appending(path: folder) }
                .filter { FileManager.default.fileExists(atPath: $0.path) }
            var read = 0
            for folder in found {
                for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
                where file.pathExtension == "log" {
                    search(
                        String(decoding: try Data(contentsOf: file), as: UTF8.self),
                        at: "\(server)'s \(file.lastPathComponent)"
                    )
                    read += 1
                }
            }
            if read == 0 { findings.append("no log of \(server) was found") }
            extent.files += read
        }
    }

    /// Looks through a dump of the database, but for some tables' rows.
    mutating func searchDump(except tables: [String]) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: TestStack.uniqueName())
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/pg_dump")
        process.arguments =
            [
                "--host", try fleet.stack.variable("EBINDA_DATABASE_HOST"),
                "--port", try fleet.stack.variable("EBINDA_DATABASE_PORT"),
                "--username", try fleet.stack.variable("EBINDA_DATABASE_USER"), "--file", file.path,
            ] + tables.map { "--exclude-table-data=\($0)" } + [fleet.databaseName]
        process.environment = [
            "PGPASSWORD": try fleet.stack.variable("EBINDA_DATABASE_PASSWORD"), "PATH": "/usr/bin:/bin",
        ]
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in end.finish() }
        try process.run()
        for await _ in ends {}
        guard process.terminationStatus == 0 else {
            findings.append("pg_dump ended with \(process.terminationStatus)")
            return
        }
        extent.files += 1
        search(try String(contentsOf: file, encoding: .utf8), at: "pg_dump without \(tables)")
    }

    /// Looks through an answer over HTTP.
    mutating func search(answer: FleetClient.Answer, to what: String) {
        extent.answers += 1
        search("\(answer.headers)\n\(String(decoding: answer.body, as: UTF8.self))", at: what)
    }
}
