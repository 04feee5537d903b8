package import Contracts
package import PostgreSQL

extension Row {
    /// The clock of a leg, from the columns that the services which own legs name alike.
    ///
    /// - Throws: `DatabaseError`, as every read of a column; `DecodingError` when the facts are not what was stored.
    package func clock() throws -> Clock {
        var clock = Clock(
            startedAt: try self["started_at", as: Timestamp.self],
            term: try self["term", as: String.self],
            dueAt: try self["due_at", as: Timestamp.self],
            basis: try self["basis", as: String.self],
            calendar: try self["calendar", as: Int.self],
            provisional: try self["provisional", as: Bool.self] ? true : nil
        )
        clock.pack = try self["pack", as: String?.self].map {
            Clock.Pack(name: $0, version: try self["pack_version", as: Int.self])
        }
        clock.facts = try self["facts", as: String?.self].map {
            try EventCoding.decode(Clock.Facts.self, from: Array($0.utf8))
        }
        return clock
    }
}
