import AsyncHTTPClient
import Contracts
import Crypto
import Foundation
import HTTPSupport
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Messaging
import NIOCore
import PostgreSQL
import Support
import Synchronization
import Testing

@testable import Reminders

/// Notices reach gateways at least once, signed, and what nobody takes is parked where an operator sees it.
@Suite(.timeLimit(.minutes(5)))
struct WebhooksIntegrationTests {
    private typealias World = RemindersWorld

    private func webhooks(_ port: Int, _ audiences: Set<Audience> = [.department]) throws -> Webhooks {
        Webhooks(targets: [try Gateway.target("sms", port, audiences)])
    }

    /// Tells of a leg that has three days left.
    private func remind(_ world: World, _ engine: Engine, _ webhooks: Webhooks) async throws -> Leg {
        let now = Timestamp.now
        let leg = Leg(startedAt: now.days(-28), dueAt: now.days(2))
        try await world.hear([(.make(), SuggestionAssigned([leg]))], on: engine)
        let sweep = Sweep(
            outbox: engine.outbox,
            timetable: Timetable(World.stages),
            hearing: Hearing(quiet: .zero) { 0 },
            webhooks: webhooks,
            logger: .silent
        )
        #expect(try await sweep.sweep(judges: true).told == 1)
        return leg
    }

    private func courier(
        _ engine: Engine,
        _ webhooks: Webhooks,
        _ client: HTTPClient,
        endurance: Duration = .seconds(60)
    ) -> Courier {
        Courier(database: engine.database, webhooks: webhooks, endurance: endurance, client: client, logger: .silent)
    }

    private func hurry(_ engine: Engine) async throws {
        try await engine.database.execute("UPDATE deliveries SET next_at = now() WHERE state = 'waiting'")
    }

    private func states(_ engine: Engine) async throws -> [String] {
        try await engine.database.query(
            "SELECT state || ' ' || attempts || ' ' || coalesce(status, 0) AS line FROM deliveries"
        )
        .map { try $0["line", as: String.self] }
    }

    @Test func `a notice that a gateway refuses at first is sent again, the same and signed, until it is taken`()
        async throws
    {
        try await World.with { world in
            let engine = world.replica()
            let gateway = Gateway(answering: [.internalServerError, .found])
            try await gateway.serving { port in
                try await Gateway.lending { client in
                    let webhooks = try webhooks(port)
                    let leg = try await remind(world, engine, webhooks)
                    let courier = courier(engine, webhooks, client)
                    for state in ["waiting 1 500", "waiting 2 302", "delivered 3 204"] {
                        try await hurry(engine)
                        #expect(try await courier.carry() == 1)
                        #expect(try await states(engine) == [state])
                    }
                    #expect(try await courier.carry() == 0, "taken once is enough")
                    let calls = gateway.calls
                    #expect(calls.count == 3 && Set(calls.map(\.id)).count == 1 && Set(calls.map(\.body)).count == 1)
                    for call in calls {
                        let signed = Data("\(call.id).\(call.timestamp).\(call.body)".utf8)
                        let code = Data(HMAC<SHA256>.authenticationCode(for: signed, using: Gateway.secret))
                        #expect(call.signature == "v1," + code.base64EncodedString())
                    }
                    let body = try JSON(Array(calls[0].body.utf8))
                    #expect(body["type"]?.text == "reminder.due")
                    #expect(body["data"]?["assignment"]?.text == leg.assignment.description)
                    #expect(body["data"]?["stage"]?.text == "P3D" && body["data"]?["level"]?.text == "reminder")
                }
            }
            await engine.database.close()
        }
    }

    @Test func `what nobody takes within its time is parked, and an operator has it tried again`() async throws {
        try await World.with { world in
            let engine = world.replica()
            // Nothing listens at port 1 of this machine.
            let webhooks = try webhooks(1)
            try await Gateway.lending { client in
                _ = try await remind(world, engine, webhooks)
                let courier = courier(engine, webhooks, client)
                try await courier.carry()
                #expect(try await states(engine) == ["waiting 1 0"])
                try await engine.database.execute("UPDATE deliveries SET tried_at = now() - interval '61 seconds'")
                try await hurry(engine)
                try await courier.carry()
                #expect(try await states(engine) == ["parked 2 0"])
                #expect(try await engine.database.transaction { try await DeliveryStore.replay(nil, in: $0) } == 1)
                let log = try await engine.database.transaction {
                    try await DeliveryStore.log(.waiting, limit: 10, in: $0)
                }
                #expect(log.map(\.kind) == ["reminder.due"] && log.map(\.target) == ["sms"])
            }
            await engine.database.close()
        }
    }

    @Test func `couriers side by side send each once, and a lease that ran out loses nothing`() async throws {
        try await World.with { world in
            let engine = world.replica()
            let gateway = Gateway(answering: [])
            try await gateway.serving { port in
                try await Gateway.lending { client in
                    let webhooks = try webhooks(port)
                    for _ in 0..<20 { _ = try await remind(world, engine, webhooks) }
                    // One died with its lease.
                    _ = try await engine.database.transaction {
                        try await DeliveryStore.lease(to: "sms", limit: 3, in: $0)
                    }
                    let couriers = (0..<4).map { _ in courier(engine, webhooks, client) }
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for courier in couriers {
                            group.addTask { while try await courier.carry() > 0 {} }
                        }
                        try await group.waitForAll()
                    }
                    #expect(gateway.calls.count == 17)
                    try await hurry(engine)
                    while try await couriers[0].carry() > 0 {}
                    #expect(Set(gateway.calls.map(\.id)).count == 20 && gateway.calls.count == 20)
                }
            }
            await engine.database.close()
        }
    }

    @Test func `a gateway is sent what concerns those whom it serves, and nothing else`() async throws {
        try await World.with { world in
            let engine = world.replica()
            _ = try await remind(world, engine, try webhooks(1, [.director]))
            #expect(try await states(engine) == [])
            await engine.database.close()
        }
    }

    @Test(
        arguments: [
            (200, 1, 0, .delivered), (204, 9, 999, .delivered), (410, 1, 0, .parked), (500, 1, 0, .again(.seconds(5))),
            (500, 2, 0, .again(.seconds(10))), (302, 4, 0, .again(.seconds(40))),
            (nil, 30, 59, .again(.seconds(3_600))),
            (nil, 3, 60, .parked), (429, 12, 61, .parked),
        ] as [(Int?, Int, Int, Courier.Verdict)]
    )
    func `pauses double up to an hour, and there is an end`(
        status: Int?,
        attempts: Int,
        age: Int,
        verdict: Courier.Verdict
    ) {
        #expect(
            Courier.verdict(
                status: status,
                attempts: attempts,
                age: .seconds(age),
                endurance: .seconds(60),
                chance: 1
            ) == verdict
        )
        let least = Courier.verdict(status: 500, attempts: attempts, age: .zero, endurance: .seconds(60), chance: 0)
        #expect(least == .again(.seconds(1)))
    }

    @Test func `a list of gateways names all its faults, and no secret`() throws {
        let list = """
            {"targets": [
              {"name": "sms", "url": "https://gateway.example/hook", "secretFile": "good", "audiences": ["department"], "quiet": false},
              {"name": "sms", "url": "http://gateway.example/hook", "secretFile": "short", "audiences": []},
              {"name": "S M", "url": "https://u:p@gateway.example/", "secretFile": "missing", "audiences": ["office"]}]}
            """
        let good = Data(repeating: 1, count: 32).base64EncodedString() + "\n"
        func secret(_ path: String) -> Data? {
            ["good": Data(good.utf8), "short": Data("c2hvcnQ=".utf8)][path]
        }
        let faults = try #require(
            #expect(throws: Webhooks.Faults.self) { try Webhooks(json: Data(list.utf8), secret: secret) }
        )
        #expect(
            faults.lines == [
                "/targets/1/name: stands there twice",
                "/targets/1/url: must be https, or http to this machine, without a user",
                "/targets/1/audiences: must name somebody",
                "/targets/1/secretFile: must name a file with 32 bytes in base64",
                "/targets/2/name: must be 1 to 32 small letters, digits and hyphens",
                "/targets/2/url: must be https, or http to this machine, without a user",
                "/targets/2/secretFile: must name a file with 32 bytes in base64",
            ]
        )
        let one = list.split(separator: "\n")[1].dropLast()
        let read = try Webhooks(json: Data(#"{"targets": [\#(one)]}"#.utf8), secret: secret)
        #expect(read.targets.keys.sorted() == ["sms"] && read.targets["sms"]?.keepsQuiet == false)
        let plain = one.replacing(#", "quiet": false"#, with: "")
        let quiet = try Webhooks(json: Data(#"{"targets": [\#(plain)]}"#.utf8), secret: secret)
        #expect(quiet.targets["sms"]?.keepsQuiet == true, "unless it is said otherwise")
    }
}
