import Contracts
import Fleet
import Foundation
import PostgreSQL
import Support
import Testing

@testable import Bench

extension FleetTests {
    /// The rows that benchmarks fill the tables with, beside those that were played.
    struct FinishedTests {
        /// Columns whose copies are longer than their models: the copy's number stands behind them.
        private static let longer: Set = ["key"]

        @Test(.timeLimit(.minutes(5))) func `copied lives have the shape of played ones in every table and column`()
            async throws
        {
            let copies = 3
            try await Fleet.with(departments: FleetTests.departments) { fleet in
                try await FleetClient.with(fleet) { client in
                    try await fleet.startAll()
                    let samples = try Sample.placed(with: fleet.departments)
                    let bench = LifecycleBench(
                        fleet: fleet,
                        client: client,
                        samples: samples,
                        processes: try Processes(fleet)
                    )
                    _ = try await bench.run(count: 20, window: 20)
                    for member in fleet.members { await fleet.stop(member) }
                    let models = try await fleet.number(
                        "SELECT count(*) FROM suggestions WHERE state = 'closed'",
                        of: .replies
                    )
                    let loaded = try await Finished(fleet: fleet).load(models * copies)
                    #expect(loaded == models * copies)
                    for (service, table, key) in Self.tables {
                        let (played, copied) = try await shapes(fleet, service, table, key)
                        #expect(!played.isEmpty)
                        for (column, sum) in played where !Self.longer.contains(column) {
                            #expect(copied[column] == sum.times(copies), "\(service).\(table).\(column)")
                        }
                    }
                }
            }
        }

        /// Every table that a life leaves rows in, with the column that leads to its suggestion or leg.
        ///
        /// Not the inbox of departments, whose ids are the departments' own, nor the seals, whose digests are over the rows.
        private static let tables: [(ServiceName, String, String)] =
            [
                (.intake, "suggestions", "id"), (.intake, "request_keys", "suggestion"),
                (.intake, "progress", "suggestion"),
                (.routing, "suggestions", "id"), (.routing, "assignments", "suggestion"),
                (.routing, "fingerprints", "suggestion"),
                (.replies, "suggestions", "id"), (.replies, "assignments", "suggestion"),
                (.replies, "replies", "assignment"), (.replies, "contacts", "assignment"),
                (.reminders, "suggestions", "id"), (.reminders, "clocks", "suggestion"),
                (.reminders, "ends", "suggestion"),
                (.dashboard, "facts", "suggestion"), (.dashboard, "timeline", "suggestion"),
            ] + ServiceName.all.map { ($0, "positions", "aggregate") }
            + [ServiceName.intake, .routing, .replies].map { ($0, "acts", "aggregate") }

        /// What a column holds over all its rows: how many values, and how many bytes as text.
        private struct Shape: Equatable {
            let values: Int
            let bytes: Int
            func times(_ factor: Int) -> Shape { Shape(values: values * factor, bytes: bytes * factor) }
        }

        /// The shapes of a table's columns, of the models and of the copies, whose ids begin with an earlier time.
        private func shapes(
            _ fleet: Fleet,
            _ service: ServiceName,
            _ table: String,
            _ key: String
        ) async throws -> (played: [String: Shape], copied: [String: Shape]) {
            try await fleet.look(service) { database in
                let columns = try await database.query(
                    """
                    SELECT column_name::text FROM information_schema.columns
                    WHERE table_schema = \(service.rawValue) AND table_name = \(table) AND column_name <> 'xid'
                    """
                ).map { try $0.value(at: 0, as: String.self) }
                func shapes(where condition: String) async throws -> [String: Shape] {
                    var shapes: [String: Shape] = [:]
                    for column in columns {
                        let row = try await database.query(
                            """
                            SELECT count(\(unsafe: column)) AS values,
                                   coalesce(sum(octet_length(\(unsafe: column)::text)), 0)::int8 AS bytes
                            FROM \(unsafe: table) WHERE \(unsafe: condition)
                            """
                        )[0]
                        shapes[column] = Shape(
                            values: try row["values", as: Int.self],
                            bytes: try row["bytes", as: Int.self]
                        )
                    }
                    return shapes
                }
                return (
                    try await shapes(
                        where: key == "assignment"
                            ? "assignment IN (SELECT id FROM assignments WHERE suggestion IN (SELECT id FROM replies.models))"
                            : "\(key) IN (SELECT id FROM replies.models)"
                    ),
                    // Not the seals' own places in the order, whose ids are made from names.
                    try await shapes(
                        where:
                            "\(key) BETWEEN '01800000-0000-0000-0000-000000000000' AND '01900000-0000-0000-0000-000000000000'"
                    )
                )
            }
        }
    }
}
