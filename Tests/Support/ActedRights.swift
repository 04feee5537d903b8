import Contracts
package import PostgreSQL

/// Looks whether every act that a person or a system's account has done names a right of the table (权限).
package enum ActedRights {
    /// An act under something that nobody can look up.
    package struct Unlisted: Error, CustomStringConvertible {
        /// The acts' actors and authorities.
        package let description: String
    }

    /// What everybody may do about what is their own, and who signs in or asks for a role has no right yet.
    private static let own: Set<String> = [
        "own.password", "own.factor", "own.session", "own.identity", "own.export", "own.erase", "invitation", "sign-in",
        "registration",
    ]

    /// Looks through all acts of a schema.
    ///
    /// - Throws: ``Unlisted``; what the database throws.
    package static func check(in database: Database) async throws {
        let rows = try await database.query(
            "SELECT DISTINCT actor, authority FROM acts WHERE actor ~ '^(person|account|department):' ORDER BY authority"
        )
        let unlisted = try rows.compactMap { row in
            let (actor, authority) = (try row["actor", as: String.self], try row["authority", as: String.self])
            return isListed(authority) ? nil : "\(authority) by \(actor.prefix { $0 != ":" })"
        }
        guard unlisted.isEmpty else {
            throw Unlisted(description: "acts under no right of the table: \(unlisted.joined(separator: "; "))")
        }
    }

    /// Whether an authority is a right's name, alone or with a remark behind a colon or in brackets.
    static func isListed(_ authority: String) -> Bool {
        let name = String(authority.prefix { $0 != ":" && $0 != " " })
        return Right(rawValue: name) != nil || own.contains(name)
    }
}
