import Bootstrap
import Contracts
import Foundation
import Messaging
import PostgreSQL

/// All SQL of codes; of units, people and holdings it reads what a code needs to know.
enum CodeStore {
    /// The most codes of a page.
    static let pageLimit = 200

    /// A code in a list, with how often it was scanned.
    struct Counted: Sendable {
        let code: EntryCode
        let good: Int
        let stale: Int
    }

    // MARK: Codes

    /// Queues a new code with its token.
    static func insert(_ code: EntryCode, in transaction: Transaction) {
        transaction.enqueue(
            """
            INSERT INTO codes (id, version, kind, station, deputy, activity, place, valid_from, valid_until, issued_at)
            VALUES (\(code.id.rawValue), \(code.version), \(code.kind.rawValue), \(code.station.rawValue),
                    \(code.deputy?.rawValue), \(code.activity), \(code.place), \(code.validFrom), \(code.validUntil),
                    \(code.issuedAt))
            """
        )
        putTokens(of: code, in: transaction)
    }

    /// Queues what changes of a code: version, last day, end, tokens.
    static func put(_ code: EntryCode, in transaction: Transaction) {
        transaction.enqueue(
            """
            UPDATE codes
            SET version = \(code.version), valid_until = \(code.validUntil), revoked_at = \(code.revokedAt)
            WHERE id = \(code.id.rawValue)
            """
        )
        putTokens(of: code, in: transaction)
    }

    private static func putTokens(of code: EntryCode, in transaction: Transaction) {
        transaction.enqueue(
            """
            INSERT INTO code_tokens (code, hash, serial, issued_at, good_until)
            SELECT \(code.id.rawValue), * FROM unnest(\(code.tokens.map(\.hash)), \(code.tokens.map { Int($0.serial) }),
                                                      \(code.tokens.map(\.issuedAt)), \(code.tokens.map(\.goodUntil)))
            ON CONFLICT (hash) DO UPDATE SET good_until = excluded.good_until
            """
        )
    }

    /// Whether a token was made before from this serial number, for this or another code.
    static func isTaken(serial: UInt32, in transaction: Transaction) async throws -> Bool {
        try await transaction.query("SELECT 1 FROM code_tokens WHERE serial = \(Int(serial))").count > 0
    }

    /// A code; nil when there is none.
    ///
    /// - Parameter locking: whether nobody else may change it until this transaction ends.
    static func code(_ id: CodeID, locking: Bool, in transaction: Transaction) async throws -> EntryCode? {
        let results = try await transaction.query([
            "SELECT * FROM codes WHERE id = \(id.rawValue) \(unsafe: locking ? "FOR UPDATE" : "")",
            "SELECT * FROM code_tokens WHERE code = \(id.rawValue) ORDER BY issued_at DESC, serial",
        ])
        guard let row = results[0].first else { return nil }
        return try code(row, tokens: results[1].map(token))
    }

    /// The codes of deputies that were not revoked, locked in the order of their ids.
    static func codes(ofDeputies deputies: [UUID], in transaction: Transaction) async throws -> [EntryCode] {
        let rows = try await transaction.query(
            "SELECT * FROM codes WHERE deputy = ANY(\(deputies)) AND revoked_at IS NULL ORDER BY id FOR UPDATE"
        )
        let tokens = try await tokens(of: rows.map { try $0["id", as: UUID.self] }, in: transaction)
        return try rows.map { try code($0, tokens: tokens[try $0.id("id")] ?? []) }
    }

    /// The deputies with codes that were not revoked.
    static func codedDeputies(in transaction: Transaction) async throws -> [SuggestionID] {
        try await transaction.query(
            "SELECT DISTINCT deputy FROM codes WHERE deputy IS NOT NULL AND revoked_at IS NULL"
        ).map { try $0.id("deputy") }
    }

    /// A page of codes with their counts, the newest first.
    ///
    /// - Parameter stations: nil for all.
    static func codes(
        of stations: [String]?,
        after cursor: Cursor,
        limit: Int,
        in transaction: Transaction
    ) async throws -> [Counted] {
        // Ids order what came at one moment; all of Unicode's last bits stand for «before any».
        let (time, id) = cursor.position.map { ($0.time, $0.id.rawValue) } ?? (.farAway, UUID(words: (.max, .max)))
        let rows = try await transaction.query(
            """
            SELECT codes.*, COALESCE(good, 0) AS good, COALESCE(stale, 0) AS stale
            FROM codes LEFT JOIN code_scans ON code_scans.code = codes.id
            WHERE (\(stations) IS NULL OR station = ANY(\(stations))) AND (issued_at, id) < (\(time), \(id))
            ORDER BY issued_at DESC, id DESC LIMIT \(limit)
            """
        )
        let tokens = try await tokens(of: rows.map { try $0["id", as: UUID.self] }, in: transaction)
        return try rows.map { row in
            Counted(
                code: try code(row, tokens: tokens[try row.id("id")] ?? []),
                good: try row["good", as: Int.self],
                stale: try row["stale", as: Int.self]
            )
        }
    }

    /// The newest code of each station that leads to the station itself and was not ended.
    ///
    /// - Parameter stations: nil for all.
    static func stationCodes(of stations: [String]?, in transaction: Transaction) async throws -> [EntryCode] {
        let rows = try await transaction.query(
            """
            SELECT DISTINCT ON (station) * FROM codes
            WHERE kind = 'station' AND revoked_at IS NULL AND (\(stations) IS NULL OR station = ANY(\(stations)))
                  AND (valid_until IS NULL OR valid_until > now())
            ORDER BY station, issued_at DESC, id DESC
            """
        )
        let tokens = try await tokens(of: rows.map { try $0["id", as: UUID.self] }, in: transaction)
        return try rows.map { try code($0, tokens: tokens[try $0.id("id")] ?? []) }
    }

    private static func tokens(
        of codes: [UUID],
        in transaction: Transaction
    ) async throws -> [CodeID: [EntryCode.Token]] {
        let rows = try await transaction.query(
            "SELECT * FROM code_tokens WHERE code = ANY(\(codes)) ORDER BY issued_at DESC, serial"
        )
        return try rows.reduce(into: [:]) { $0[try $1.id("code"), default: []].append(try token($1)) }
    }

    private static func code(_ row: Row, tokens: [EntryCode.Token]) throws -> EntryCode {
        EntryCode(
            id: try row.id("id"),
            version: try row["version", as: Int.self],
            kind: try row.listed("kind"),
            station: try row.code("station"),
            deputy: try row["deputy", as: UUID?.self].map(PersonID.init(rawValue:)),
            activity: try row["activity", as: String?.self],
            place: try row["place", as: String?.self],
            validFrom: try row["valid_from", as: Timestamp?.self],
            validUntil: try row["valid_until", as: Timestamp?.self],
            issuedAt: try row["issued_at", as: Timestamp.self],
            revokedAt: try row["revoked_at", as: Timestamp?.self],
            tokens: tokens
        )
    }

    private static func token(_ row: Row) throws -> EntryCode.Token {
        EntryCode.Token(
            serial: UInt32(truncatingIfNeeded: try row["serial", as: Int.self]),
            hash: try row["hash", as: [UInt8].self],
            issuedAt: try row["issued_at", as: Timestamp.self],
            goodUntil: try row["good_until", as: Timestamp?.self]
        )
    }

    // MARK: Who and where

    /// The names of stations that are there, by code, in the order of their codes.
    ///
    /// - Parameter codes: nil for all.
    static func stations(_ codes: [String]?, in transaction: Transaction) async throws -> [Entrance.Station] {
        try await transaction.query(
            """
            SELECT code, name FROM units
            WHERE kind = 'station' AND state = 'active' AND (\(codes == nil) OR code = ANY(\(codes ?? []))) ORDER BY code
            """
        ).map { Entrance.Station(code: try $0.code("code"), name: try $0["name", as: String.self]) }
    }

    /// Holds the office of a deputy today, in Chinese time.
    private static let isSitting = """
        holdings.role = 'deputy' AND holdings.state = 'confirmed'
        AND holdings.valid_from <= (now() AT TIME ZONE 'Asia/Shanghai')::date
        AND COALESCE(holdings.valid_until >= (now() AT TIME ZONE 'Asia/Shanghai')::date, true)
        """

    /// What is known of a token, in one round trip, and the district's station for those of which nothing is.
    ///
    /// - Parameters:
    ///   - hash: nil for what cannot be a token.
    ///   - district: the code of the district's own station.
    static func shown(
        _ hash: [UInt8]?,
        district: StationCode,
        in transaction: Transaction
    ) async throws -> (Entrance.Shown?, district: Entrance.Station?) {
        let results = try await transaction.query([
            """
            SELECT codes.*, code_tokens.good_until, units.state = 'active' AS open, host.code AS host, host.name
            FROM code_tokens JOIN codes ON codes.id = code_tokens.code JOIN units ON units.code = codes.station
            LEFT JOIN units AS host ON host.state = 'active'
                 AND host.code = CASE units.state WHEN 'active' THEN units.code ELSE units.joined_to END
            WHERE hash = \(hash)
            """,
            """
            SELECT people.name, delegation, level, stations,
                   ARRAY(SELECT name FROM units WHERE code = ANY(stations) ORDER BY code) AS names,
                   ARRAY(SELECT code FROM units WHERE code = ANY(stations) ORDER BY code) AS codes
            FROM code_tokens JOIN codes ON codes.id = code_tokens.code JOIN holdings ON person = deputy
            JOIN people ON people.id = person
            WHERE hash = \(hash) AND people.state <> 'ended' AND \(unsafe: isSitting)
            ORDER BY holdings.valid_from DESC, holdings.id
            """,
            "SELECT code, name FROM units WHERE code = \(district.rawValue)",
        ])
        let general = try results[2].first.map {
            Entrance.Station(code: try $0.code("code"), name: try $0["name", as: String.self])
        }
        guard let row = results[0].first else { return (nil, general) }
        let code = try code(row, tokens: [])
        let mandates = try results[1].map { (stations: try $0["stations", as: [String].self], card: try card($0)) }
        let shown = Entrance.Shown(
            code: code,
            tokenUntil: try row["good_until", as: Timestamp?.self],
            station: try row["host", as: String?.self].map {
                Entrance.Station(code: StationCode(rawValue: $0), name: try row["name", as: String.self])
            },
            isStationOpen: try row["open", as: Bool.self],
            // Of two mandates the one whose station this is.
            deputy: (mandates.first { $0.stations.contains(code.station.rawValue) } ?? mandates.first)?.card,
            receivesAt: Set(mandates.flatMap(\.stations).map(StationCode.init(rawValue:)))
        )
        return (shown, general)
    }

    private static func card(_ row: Row) throws -> Entrance.DeputyCard {
        let (codes, names) = (try row["codes", as: [String].self], try row["names", as: [String].self])
        return Entrance.DeputyCard(
            name: try row["name", as: String.self],
            delegation: try row["delegation", as: String?.self],
            level: try row["level", as: String?.self],
            stations: zip(codes, names).map { Entrance.Station(code: StationCode(rawValue: $0), name: $1) }
        )
    }

    // MARK: Scans

    /// Queues scans: one statement, whatever their number.
    static func add(_ scans: [CodeID: ScanCounter.Count], in transaction: Transaction) {
        // In one order everywhere, so that replicas wait for each other and never both ways.
        let rows = scans.sorted { $0.key.rawValue.words < $1.key.rawValue.words }
        transaction.enqueue(
            """
            INSERT INTO code_scans (code, good, stale)
            SELECT * FROM unnest(\(rows.map(\.key.rawValue)), \(rows.map(\.value.good)), \(rows.map(\.value.stale)))
            ON CONFLICT (code) DO UPDATE
            SET good = code_scans.good + excluded.good, stale = code_scans.stale + excluded.stale
            """
        )
    }
}

extension Timestamp {
    /// After every moment that is stored: the year 9999.
    fileprivate static let farAway = Timestamp(microseconds: 253_370_764_800_000_000)
}
