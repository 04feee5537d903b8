import Calendar
import Contracts
import Foundation
import Messaging
import PostgreSQL

/// The SQL of people and the roles they hold.
extension DirectoryStore {
    /// A person with all their roles, by id.
    ///
    /// - Parameter locking: whether nobody else may change it until this transaction ends.
    static func dossier(_ id: SuggestionID, locking: Bool, in transaction: Transaction) async throws -> Dossier? {
        try await dossiers([id], locking: locking, in: transaction).first
    }

    /// A person with all their roles, by login.
    static func dossier(login: String, locking: Bool, in transaction: Transaction) async throws -> Dossier? {
        let rows = try await transaction.query("SELECT id FROM people WHERE login = \(login)")
        guard let id: SuggestionID = try rows.first?.id("id") else { return nil }
        return try await dossier(id, locking: locking, in: transaction)
    }

    /// People with all their roles; locked in the order of their ids, so that two who lock some never wait for each other.
    static func dossiers(_ ids: [SuggestionID], locking: Bool, in transaction: Transaction) async throws -> [Dossier] {
        guard !ids.isEmpty else { return [] }
        let keys = ids.map(\.rawValue)
        // The roles are read by a statement of its own, after the locks: it sees what was committed while this waited.
        let people = try await transaction.query(
            "SELECT * FROM people WHERE id = ANY(\(keys)) ORDER BY id \(unsafe: locking ? "FOR UPDATE" : "")"
        )
        let holdings = try await transaction.query(
            """
            SELECT *, to_char(valid_from, 'YYYY-MM-DD') AS first_day, to_char(valid_until, 'YYYY-MM-DD') AS last_day
            FROM holdings WHERE person = ANY(\(keys)) ORDER BY id
            """
        )
        return try joined(people, holdings)
    }

    /// Everybody there is, and nobody else may change any of it until the transaction ends; reading goes on.
    static func allDossiers(in transaction: Transaction) async throws -> [Dossier] {
        transaction.enqueue("LOCK TABLE people, holdings IN SHARE ROW EXCLUSIVE MODE")
        let rows = try await transaction.query([
            "SELECT * FROM people ORDER BY id",
            """
            SELECT *, to_char(valid_from, 'YYYY-MM-DD') AS first_day, to_char(valid_until, 'YYYY-MM-DD') AS last_day
            FROM holdings ORDER BY id
            """,
        ])
        return try joined(rows[0], rows[1])
    }

    /// Whose a holding is; nil when there is none of this id.
    static func holder(of holding: UUID, in transaction: Transaction) async throws -> SuggestionID? {
        try await transaction.query("SELECT person FROM holdings WHERE id = \(holding)").first?.id("person")
    }

    /// Who acts, or has acted, for a holder who is away.
    static func substitutes(for holdings: [UUID], in transaction: Transaction) async throws -> [SuggestionID] {
        try await transaction.query("SELECT DISTINCT person FROM holdings WHERE substitute_for = ANY(\(holdings))")
            .map { try $0.id("person") }
    }

    /// How many wait for the decision of a unit's officer.
    static func askedCount(in unit: String, in transaction: Transaction) async throws -> Int {
        try await transaction.query("SELECT count(*) FROM holdings WHERE unit = \(unit) AND state = 'asked'")[0]
            .value(at: 0, as: Int.self)
    }

    /// The ids of people with a role, by login, page by page.
    ///
    /// - Parameters:
    ///   - units: in which they hold, held or have asked for it; nil for all, those without any role too.
    ///   - state: how far that role has come; nil for any.
    ///   - called: whose login it is, or in whose name it is a part; nil for everybody.
    ///   - login: the last of the page before.
    static func people(
        in units: [String]?,
        state: Holding.State?,
        called: String? = nil,
        after login: String?,
        limit: Int,
        in transaction: Transaction
    ) async throws -> [SuggestionID] {
        try await transaction.query(
            """
            SELECT id FROM people
            WHERE (\(login) IS NULL OR login > \(login))
              AND (\(called) IS NULL OR login = lower(\(called)) OR position(\(called) IN name) > 0)
              AND (\(units) IS NULL AND \(state?.rawValue) IS NULL
                   OR EXISTS (SELECT FROM holdings
                              WHERE person = people.id AND (\(units) IS NULL OR unit = ANY(\(units)))
                                AND (\(state?.rawValue) IS NULL OR holdings.state = \(state?.rawValue))))
            ORDER BY login LIMIT \(limit)
            """
        )
        .map { try $0.id("id") }
    }

    /// The people who hold a role, confirmed, on a day: whom the public may know.
    ///
    /// - Parameter ids: of these alone; nil for all.
    static func holders(
        of role: Role,
        among ids: [SuggestionID]? = nil,
        on day: CivilDate,
        in transaction: Transaction
    ) async throws -> [SuggestionID] {
        try await transaction.query(
            """
            SELECT DISTINCT person FROM holdings
            WHERE role = \(role.rawValue) AND state = 'confirmed' AND valid_from <= \(day.description)::date
              AND (valid_until IS NULL OR valid_until >= \(day.description)::date)
              AND (\(ids?.map(\.rawValue)) IS NULL OR person = ANY(\(ids?.map(\.rawValue))))
            """
        )
        .map { try $0.id("person") }
    }

    /// The units whose registrars answer for a person: of each unit in which they hold a role, the nearest upwards where somebody
    /// else is registrar.
    static func registrars(
        of person: SuggestionID,
        on day: CivilDate,
        in transaction: Transaction
    ) async throws -> [String] {
        let (id, day) = (person.rawValue, day.description)
        return try await transaction.query(
            """
            WITH RECURSIVE good AS (
                SELECT person, role, unit FROM holdings
                WHERE state = 'confirmed' AND valid_from <= \(day)::date
                  AND (valid_until IS NULL OR valid_until >= \(day)::date)
            ), above AS (
                SELECT units.code AS start, units.code, units.parent, 0 AS steps
                FROM good JOIN units ON units.code = good.unit WHERE good.person = \(id)
                UNION
                SELECT above.start, units.code, units.parent, steps + 1
                FROM above JOIN units ON units.code = above.parent WHERE steps < 20
            ), answering AS (
                SELECT DISTINCT good.unit FROM good JOIN people ON people.id = good.person
                WHERE good.role = 'registrar' AND people.state = 'active' AND people.id <> \(id)
            ), nearest AS (
                SELECT DISTINCT ON (start) code FROM above JOIN answering ON answering.unit = above.code ORDER BY start, steps
            )
            SELECT DISTINCT code FROM nearest ORDER BY code
            """
        )
        .map { try $0["code", as: String.self] }
    }

    /// Queues people with all their roles as they are now: two statements, however many they are.
    static func put(_ dossiers: [Dossier], in transaction: Transaction) {
        guard !dossiers.isEmpty else { return }
        let (people, holdings) = (dossiers.map(\.person), dossiers.flatMap(\.holdings))
        transaction.enqueue(
            """
            INSERT INTO people (id, version, login, name, state, changed_at)
            SELECT * FROM unnest(\(people.map(\.id.rawValue)), \(people.map(\.version)), \(people.map(\.login)),
                                 \(people.map(\.name)), \(people.map(\.state.rawValue)), \(people.map(\.changedAt)))
            ON CONFLICT (id) DO UPDATE
            SET version = excluded.version, name = excluded.name, state = excluded.state,
                changed_at = excluded.changed_at
            """
        )
        guard !holdings.isEmpty else { return }
        // A list inside a list goes as text: unnest() would flatten it.
        transaction.enqueue(
            """
            INSERT INTO holdings (id, person, role, unit, state, valid_from, valid_until, substitute_for, delegation,
                                  level, stations, deputies, decided_by)
            SELECT id, person, role, unit, state, valid_from::date, valid_until::date, substitute_for, delegation, level,
                   string_to_array(stations, ','), string_to_array(deputies, ',')::uuid[], decided_by
            FROM unnest(\(holdings.map(\.id)), \(holdings.map(\.person.rawValue)), \(holdings.map(\.role.rawValue)),
                        \(holdings.map(\.unit)), \(holdings.map(\.state.rawValue)),
                        \(holdings.map(\.validFrom.description)), \(holdings.map { $0.validUntil?.description }),
                        \(holdings.map(\.substituteFor)), \(holdings.map(\.delegation)),
                        \(holdings.map { $0.level?.rawValue }), \(holdings.map { $0.stations.joined(separator: ",") }),
                        \(holdings.map { $0.deputies.map(\.description).joined(separator: ",") }),
                        \(holdings.map(\.decidedBy)))
                 AS row (id, person, role, unit, state, valid_from, valid_until, substitute_for, delegation, level,
                         stations, deputies, decided_by)
            ON CONFLICT (id) DO UPDATE
            SET state = excluded.state, valid_from = excluded.valid_from, valid_until = excluded.valid_until,
                delegation = excluded.delegation, level = excluded.level, stations = excluded.stations,
                deputies = excluded.deputies, decided_by = excluded.decided_by
            """
        )
    }

    private static func joined(_ people: RowSet, _ holdings: RowSet) throws -> [Dossier] {
        let all = Dictionary(grouping: try holdings.map(Self.holding), by: \.person)
        return try people.map { row in
            let person = Person(
                id: try row.id("id"),
                version: try row["version", as: Int.self],
                login: try row["login", as: String.self],
                name: try row["name", as: String.self],
                state: try row.listed("state"),
                changedAt: try row["changed_at", as: Timestamp.self]
            )
            return Dossier(person: person, holdings: all[person.id] ?? [])
        }
    }

    private static func holding(_ row: Row) throws -> Holding {
        Holding(
            id: try row["id", as: UUID.self],
            person: try row.id("person"),
            role: try row.listed("role"),
            unit: try row["unit", as: String.self],
            state: try row.listed("state"),
            validFrom: try day(try row["first_day", as: String.self]),
            validUntil: try row["last_day", as: String?.self].map(day),
            substituteFor: try row["substitute_for", as: UUID?.self],
            delegation: try row["delegation", as: String?.self],
            level: try row["level", as: String?.self].flatMap(CongressLevel.init(rawValue:)),
            stations: try row["stations", as: [String].self],
            deputies: try row["deputies", as: [UUID].self].map(SuggestionID.init(rawValue:)),
            decidedBy: try row["decided_by", as: String?.self]
        )
    }

    private static func day(_ text: String) throws -> CivilDate {
        guard let day = CivilDate(iso: text) else { throw DatabaseError(.columnMismatch, "\(text) is no day") }
        return day
    }
}
