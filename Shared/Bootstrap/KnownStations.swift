package import Contracts
package import Logging
package import Messaging
package import PostgreSQL
package import Rules
import Synchronization

/// A service's own copy of the stations: those of the routing data until others are told.
///
/// In memory, so that whoever hands in waits for no table; every replica reads what any of them has heard.
package final class KnownStations: Sendable {
    private struct State {
        var stations: Stations
        var mark = 0
    }

    private let state: Mutex<State>

    /// Knows those of the routing data.
    package init(_ shipped: Stations) { state = Mutex(State(stations: shipped)) }

    /// Those that were read last.
    package var current: Stations { state.withLock { $0.stations } }

    /// Reads the copy in a service's schema when it is another than the one in memory.
    ///
    /// - Throws: `DatabaseError`.
    package func refresh(from database: Database) async throws {
        let known = state.withLock { $0.mark }
        let told = try await database.transaction { transaction -> (units: [Stations.Unit], mark: Int)? in
            let mark = try await Self.mark(in: transaction)
            return mark == known ? nil : (try await Self.units(in: transaction), mark)
        }
        guard let told else { return }
        state.withLock { $0 = State(stations: $0.stations.with(told.units), mark: told.mark) }
    }

    /// Between two looks: who opens a station has told its people within seconds.
    private static let pause: Duration = .seconds(2)

    /// Reads the copy in a service's schema again and again until cancelled.
    package func follow(_ database: Database, logger: Logger) async {
        while !Task.isCancelled {
            do {
                try await refresh(from: database)
            } catch {
                // A database that is away says so at many places; a copy that cannot be read only here.
                if !(error is DatabaseError) {
                    logger.error("stations cannot be read", metadata: ["error": "\(type(of: error))"])
                }
            }
            // A cancelled sleep ends the loop by its condition.
            try? await Task.sleep(for: Self.pause)
        }
    }

    /// Versions only grow, and with each thing that is told one does: their sum is another after every change.
    private static func mark(in transaction: Transaction) async throws -> Int {
        let rows = try await transaction.query("SELECT coalesce(sum(version), 0)::bigint AS mark FROM known_units")
        return try rows[0]["mark", as: Int.self]
    }

    private static func units(in transaction: Transaction) async throws -> [Stations.Unit] {
        try await transaction.query("SELECT * FROM known_units").map { row in
            Stations.Unit(
                code: try row["code", as: String.self],
                kind: try row.listed("kind"),
                name: try row["name", as: String.self],
                parent: try row["parent", as: String?.self],
                joinedTo: try row["joined_to", as: String?.self],
                isEnded: try row["ended", as: Bool.self]
            )
        }
    }

    /// Queues what was told of units, each a different one, unless something newer is known: a service may hear them in any order.
    package static func keep(_ units: [(version: Int, body: UnitChanged)], in transaction: Transaction) {
        transaction.enqueue(
            """
            INSERT INTO known_units (code, version, kind, name, parent, joined_to, ended)
            SELECT * FROM unnest(\(units.map(\.body.unit.rawValue)), \(units.map(\.version)),
                                 \(units.map(\.body.kind.rawValue)), \(units.map(\.body.unitName)),
                                 \(units.map(\.body.parent?.rawValue)), \(units.map(\.body.joinedTo?.rawValue)),
                                 \(units.map { $0.body.state == .ended }))
            ON CONFLICT (code) DO UPDATE
            SET version = excluded.version, kind = excluded.kind, name = excluded.name, parent = excluded.parent,
                joined_to = excluded.joined_to, ended = excluded.ended
            WHERE known_units.version < excluded.version
            """
        )
    }
}

/// Keeps the units that Directory tells, for ``KnownStations``.
///
/// Tells nothing. An older telling that arrives late replaces nothing.
package struct KeepUnits: Handler {
    /// Creates the handler.
    package init() {}

    /// Keeps the newest of each.
    package func handle(_ events: [Received<UnitChanged>], in transaction: EventTransaction) async throws {
        KnownStations.keep(events.map { ($0.metadata.version, $0.body) }, in: transaction)
    }
}
