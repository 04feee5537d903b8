import Bootstrap
import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Directory

/// What of a running Directory concerns codes.
struct CodeParts: Sendable {
    static let mint = CodeMint(masterKey: Array(repeating: 3, count: 32))
    static let district = "ST-00"
    /// The longest host that is likely; one of these is the address of the city's deputies' congress.
    static let base = "https://ebinda.hhtz.gov.cn"

    let scans: ScanCounter
    let address: CodeAddress
    private let routes: CodeRoutes
    private let sheets: SheetRoutes

    init(_ engine: Engine) throws {
        let desk = CodeDesk(mint: Self.mint)
        scans = ScanCounter(database: engine.database, logger: .silent)
        address = try #require(CodeAddress(Self.base))
        routes = CodeRoutes(
            outbox: engine.outbox,
            database: engine.database,
            desk: desk,
            address: address,
            scans: scans,
            district: StationCode(rawValue: Self.district)
        )
        sheets = SheetRoutes(
            database: engine.database,
            printer: SheetPrinter(desk: desk, address: address, typesetter: Typesetter())
        )
    }

    func add(to router: GuardedRouter) {
        routes.add(to: router)
        sheets.add(to: router)
    }
}

extension DirectoryWorld {
    /// Makes stations, the district's first.
    func stations(_ stations: [(code: String, name: String)]) async throws {
        let all = [(CodeParts.district, "滨江区人大代表联络总站")] + stations
        for (code, name) in all {
            try await engine.database.execute(
                """
                INSERT INTO units (code, id, version, kind, name, state, changed_at)
                VALUES (\(code), \(UUIDv7.make()), 1, 'station', \(name), 'active', now())
                """
            )
        }
    }

    /// Makes a deputy who receives people at stations.
    func deputy(_ name: String, at stations: [String]) async throws -> PersonID {
        let id = PersonID.make()
        try await engine.database.execute(
            """
            INSERT INTO people (id, version, login, name, state, changed_at)
            VALUES (\(id.rawValue), 1, \(id.description), \(name), 'active', now())
            """
        )
        try await engine.database.execute(
            """
            INSERT INTO holdings (id, person, role, unit, state, valid_from, delegation, level, stations)
            VALUES (\(UUIDv7.make()), \(id.rawValue), 'deputy', \(stations[0]), 'confirmed', '2026-01-01', '西兴代表团', '区', \(stations))
            """
        )
        return id
    }

    /// A code as it was made.
    struct Made: Sendable {
        let id: String
        let token: String
        let url: String
    }

    /// Makes a code; everything must go well.
    func code(_ body: String, as caller: String = "operator/operator") async throws -> Made {
        let answer = try await ask("/v1/codes", body, as: caller)
        #expect(answer.status == 201, "\(answer.faults)")
        return try made(answer)
    }

    /// What was made.
    func made(_ answer: ServiceClient.Answer) throws -> Made {
        Made(
            id: try #require(answer.json["code"]?.text),
            token: try #require(answer.json["token"]?.text),
            url: try #require(answer.json["url"]?.text)
        )
    }

    /// Sends a body.
    func ask(_ path: String, _ body: String, as caller: String?) async throws -> ServiceClient.Answer {
        let answer = try await client.post(path, body, as: caller)
        #expect(answer.breaches == [], "\(path)")
        return answer
    }

    /// Asks for something.
    func get(_ path: String, as caller: String? = nil) async throws -> ServiceClient.Answer {
        let answer = try await client.send(.get, path, as: caller)
        #expect(answer.breaches == [], "\(path)")
        return answer
    }

    /// Shows a token at the entrance.
    func enter(_ token: String) async throws -> ServiceClient.Answer {
        let answer = try await get("/v1/entrances/\(token)")
        #expect(answer.status == 200)
        return answer
    }
}
