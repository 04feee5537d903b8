package import Contracts
import Foundation
package import Messaging
package import PostgreSQL

/// A service's own copy of deputies' and observers' roles, by which a matter has its deputies (decision 0042).
///
/// Whose a matter is stands in the schema, in `is_own_matter`, so that lists and single matters are answered by one rule.
package enum KnownHoldings {
    /// The roles that are kept; nobody else has matters of their own.
    private static let roles: Set<Role> = [.deputy, .observer]

    /// Queues what was told of people, unless something newer is known: a service may hear it in any order.
    package static func keep(_ people: [(version: Int, body: PersonChanged)], in transaction: Transaction) {
        // One row is written once in a statement: of two tellings in a batch the newer.
        let newest = Dictionary(people.map { ($0.body.person, $0) }) { $0.version > $1.version ? $0 : $1 }
        let rows = newest.values.flatMap { person in
            person.body.holdings.filter { roles.contains($0.role) }.map { (person, $0) }
        }
        guard !rows.isEmpty else { return }
        // A list inside a list goes as text: unnest() would flatten it.
        transaction.enqueue(
            """
            INSERT INTO known_holdings (holding, person, version, role, good, valid_from, valid_until, stations, deputies)
            SELECT holding, person, version, role, good, valid_from::date, valid_until::date,
                   string_to_array(stations, ','), string_to_array(deputies, ',')::uuid[]
            FROM unnest(\(rows.map(\.1.holding.rawValue)), \(rows.map(\.0.body.person.rawValue)),
                        \(rows.map(\.0.version)), \(rows.map(\.1.role.rawValue)),
                        \(rows.map { $0.0.body.state == .active && $0.1.state == .confirmed }),
                        \(rows.map(\.1.from)), \(rows.map(\.1.until)),
                        \(rows.map { $0.1.stations.map(\.rawValue).joined(separator: ",") }),
                        \(rows.map { $0.1.deputies.map(\.description).joined(separator: ",") }))
                 AS row (holding, person, version, role, good, valid_from, valid_until, stations, deputies)
            ON CONFLICT (holding) DO UPDATE
            SET version = excluded.version, good = excluded.good, valid_from = excluded.valid_from,
                valid_until = excluded.valid_until, stations = excluded.stations, deputies = excluded.deputies
            WHERE known_holdings.version < excluded.version
            """
        )
    }

    /// The deputies who are fixed to an observer (定点联系代表); none of whom nothing is known.
    package static func deputies(ofObserver person: PersonID, in transaction: Transaction) async throws -> [PersonID] {
        try await transaction.query(
            """
            SELECT DISTINCT unnest(deputies) AS deputy FROM good_holdings(\(person.rawValue), 'observer') ORDER BY deputy
            """
        ).map { PersonID(rawValue: try $0.value(at: 0)) }
    }
}

/// Keeps the roles of deputies and observers that Directory tells, for ``KnownHoldings``.
///
/// Tells nothing. An older telling that arrives late replaces nothing.
package struct KeepHoldings: Handler {
    /// Creates the handler.
    package init() {}

    /// Keeps the newest of each.
    package func handle(_ events: [Received<PersonChanged>], in transaction: EventTransaction) async throws {
        KnownHoldings.keep(events.map { ($0.metadata.version, $0.body) }, in: transaction)
    }
}

/// The deputies whose matter something is by name, as a column `deputies uuid[]` keeps them.
package enum NamedDeputies {
    /// As text, for `string_to_array(…, ',')::uuid[]`; nil where nobody is named.
    ///
    /// A list inside a list would be flattened by `unnest()`.
    package static func text(_ deputies: [PersonID]?) -> String? {
        deputies.map { $0.map(\.description).joined(separator: ",") }
    }

    /// Reads the column.
    package static func read(_ row: Row) throws -> [PersonID]? {
        try row["deputies", as: [UUID]?.self].map { $0.map(PersonID.init(rawValue:)) }
    }
}
