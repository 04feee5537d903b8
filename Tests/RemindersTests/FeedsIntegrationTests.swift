import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Reminders

/// An address for a calendar program ends with the role that it was asked for with, and when an officer says so.
@Suite(.timeLimit(.minutes(5)))
struct FeedsIntegrationTests {
    private typealias World = RemindersWorld

    private let own = FeedStore.Extent.department(World.department)

    private func holding(
        _ role: Role,
        _ unit: String,
        _ state: PersonChanged.Holding.State = .confirmed,
        until: String? = nil
    ) -> PersonChanged.Holding {
        PersonChanged.Holding(
            holding: HoldingID(rawValue: UUID()),
            role: role,
            unit: UnitCode(rawValue: unit),
            state: state,
            from: "2026-01-01",
            until: until
        )
    }

    /// A person with an address, and whether it is good.
    private struct Reader {
        let world: World
        let engine: Engine
        let person = PersonID(rawValue: UUID())

        func make(for unit: String, _ extent: FeedStore.Extent) async throws -> String {
            try await engine.database.transaction {
                FeedStore.make(for: "person:\(person)@\(unit)", of: extent, in: $0)
            }
        }

        func isGood(_ secret: String) async throws -> Bool {
            try await engine.database.transaction { try await FeedStore.extent(at: secret, in: $0) } != nil
        }

        func areGood(_ secrets: [String]) async throws -> [Bool] {
            var answers: [Bool] = []
            for secret in secrets { answers.append(try await isGood(secret)) }
            return answers
        }

        func change(
            _ holdings: [PersonChanged.Holding],
            version: Int,
            _ state: PersonChanged.State = .active,
            at moment: Timestamp = .now
        ) async throws {
            let event = PersonChanged(
                person: person,
                state: state,
                publicName: nil,
                holdings: holdings,
                changedAt: moment
            )
            try await world.hear([(SuggestionID(rawValue: person.rawValue), event)], version: version, on: engine)
        }
    }

    @Test func `an address ends with the role that lets its reader see the unit's clocks`() async throws {
        try await World.with { world in
            let engine = world.replica()
            let reader = Reader(world: world, engine: engine)
            let first = try await reader.make(for: "chengguan", own)
            #expect(try await reader.isGood(first), "nobody has told anything of the reader yet")
            try await reader.change([holding(.clerk, "chengguan")], version: 1)
            #expect(try await reader.isGood(first))
            // The clerk becomes the signer: the unit's clocks stay theirs.
            try await reader.change(
                [holding(.clerk, "chengguan", .ended), holding(.signer, "chengguan")],
                version: 2
            )
            #expect(try await reader.isGood(first))
            let other = try await reader.make(for: "jiaojing", .department(DepartmentCode(rawValue: "jiaojing")))
            // Away to another department.
            let moved = [holding(.signer, "chengguan", .ended), holding(.clerk, "jiaojing")]
            try await reader.change(moved, version: 4)
            #expect(try await reader.areGood([first, other]) == [false, true])
            // What was told before and is heard afterwards brings nothing back, and neither does a new role there.
            try await reader.change([holding(.signer, "chengguan")], version: 3)
            #expect(try await reader.areGood([first, other]) == [false, true])
            try await reader.change(moved + [holding(.reviewer, "chengguan")], version: 5)
            #expect(try await !reader.isGood(first))
            let again = try await reader.make(for: "chengguan", own)
            #expect(try await reader.isGood(again))
            // Whoever has left reads nothing any more.
            try await reader.change(moved + [holding(.reviewer, "chengguan")], version: 6, .ended)
            #expect(try await reader.areGood([again, other]) == [false, false])
            #expect(try await world.number("SELECT count(*) FROM feeds", on: engine) == 0)
            await engine.database.close()
        }
    }

    @Test func `a role for some days ends an address with its last day, which nobody tells of`() async throws {
        try await World.with { world in
            let engine = world.replica()
            let reader = Reader(world: world, engine: engine)
            let feed = try await reader.make(for: "chengguan", own)
            try await reader.change([holding(.signer, "chengguan", until: "2099-12-31")], version: 1)
            #expect(try await reader.isGood(feed))
            try await reader.change([holding(.signer, "chengguan", until: "2026-03-15")], version: 2)
            #expect(try await !reader.isGood(feed))
            await engine.database.close()
        }
    }

    @Test func `an address that was asked for with a role that has not been told of yet is not taken away`()
        async throws
    {
        try await World.with { world in
            let engine = world.replica()
            let reader = Reader(world: world, engine: engine)
            let ended = holding(.clerk, "chengguan", .ended)
            let before = Timestamp.now + .seconds(-5)
            let feed = try await reader.make(for: "chengguan", own)
            try await reader.change([ended], version: 1, at: before)
            #expect(try await !reader.isGood(feed), "as far as is known")
            try await reader.change([ended, holding(.signer, "chengguan")], version: 2, at: before)
            #expect(try await reader.isGood(feed))
            await engine.database.close()
        }
    }

    @Test func `of voters nothing is kept, and of a system's account its unit until it is ended`() async throws {
        try await World.with { world in
            let engine = world.replica()
            let voter = Reader(world: world, engine: engine)
            try await voter.change([holding(.voter, "congress")], version: 1)
            #expect(try await world.number("SELECT count(*) FROM feed_readers", on: engine) == 0)
            let feed = try await engine.database.transaction {
                FeedStore.make(for: "account:chengguan@chengguan", of: own, in: $0)
            }
            for (version, state, isGood) in [(1, .active, true), (2, .ended, false)]
                as [(Int, AccountChanged.State, Bool)]
            {
                let event = AccountChanged(
                    account: "chengguan",
                    unit: "chengguan",
                    role: .department,
                    state: state,
                    changedAt: .now
                )
                try await world.hear([(.make(), event)], version: version, on: engine)
                let extent = try await engine.database.transaction { try await FeedStore.extent(at: feed, in: $0) }
                #expect((extent != nil) == isGood, "\(state)")
            }
            await engine.database.close()
        }
    }

    private struct Made: Decodable { let address: String }

    private struct Held: Decodable {
        struct Item: Decodable { let reader: String }
        let items: [Item]
    }

    @Test func `a unit's registrar and operators see who has an address, and end it`() async throws {
        try await World.with { world in
            let engine = world.replica()
            try await RemindersHTTP.application(engine).test(.router) { client in
                func send(_ method: HTTPRequest.Method, _ path: String, _ caller: String?) async throws -> TestResponse
                {
                    let headers: HTTPFields = caller.map { [.authorization: "Bearer \($0)"] } ?? [:]
                    return try await client.executeRequest(uri: path, method: method, headers: headers, body: nil)
                }
                func held(_ caller: String) async throws -> [String] {
                    try await RemindersHTTP.get("/v1/units/chengguan/feeds", as: caller, client, Held.self).items
                        .map(\.reader)
                }
                let made = try await send(.post, "/v1/feeds", "chengguan/clerk")
                let address = try EventCoding.decode(Made.self, from: Array(made.body.readableBytesView)).address
                #expect(try await held("chengguan/registrar") == ["account:chengguan"])
                #expect(try await held("congress/operator") == ["account:chengguan"])
                #expect(try await held("jiaojing/registrar") == [])
                let path = "/v1/units/chengguan/feeds/account:chengguan"
                for (caller, status) in [("jiaojing/registrar", 404), ("chengguan/clerk", 403), (nil, 401)]
                    as [(String?, Int)]
                {
                    #expect(try await send(.delete, path, caller).status.code == status)
                    #expect(try await send(.get, address, nil).status == .ok)
                }
                #expect(try await send(.delete, path, "chengguan/registrar").status == .noContent)
                #expect(try await send(.get, address, nil).status == .notFound)
                #expect(try await send(.delete, path, "congress/operator").status == .notFound)
                for reader in ["x", "person:%00", "account:a%20b"] {
                    let wrong = "/v1/units/chengguan/feeds/\(reader)"
                    #expect(try await send(.delete, wrong, "congress/operator").status == .notFound, "\(reader)")
                }
            }
            let act = try await engine.database.query(
                "SELECT actor, authority FROM acts WHERE name = 'feed.ended'"
            )
            #expect(act.count == 1)
            #expect(try act[0]["actor", as: String.self] == "account:chengguan@chengguan")
            #expect(try act[0]["authority", as: String.self] == "feed.end")
            await engine.database.close()
        }
    }
}
