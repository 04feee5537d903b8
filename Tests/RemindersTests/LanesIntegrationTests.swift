import AsyncHTTPClient
import Contracts
import Foundation
import HTTPTypes
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Reminders

/// Gateways do not wait for each other, rest outside the working hours, and each gets what concerns those whom it serves.
@Suite(.timeLimit(.minutes(5)))
struct LanesIntegrationTests {
    private typealias World = RemindersWorld

    private func courier(
        _ engine: Engine,
        _ webhooks: Webhooks,
        _ client: HTTPClient,
        quiet: QuietHours = .none
    ) -> Courier {
        Courier(
            database: engine.database,
            webhooks: webhooks,
            endurance: .seconds(3_600),
            quiet: quiet,
            client: client,
            logger: .silent
        )
    }

    private func add(_ count: Int, to target: String, on engine: Engine) async throws {
        try await engine.database.transaction { transaction in
            DeliveryStore.add((0..<count).map { _ in (target, "reminder.due", "{}") }, in: transaction)
        }
    }

    private func delivered(_ target: String, on engine: Engine) async throws -> Int {
        try await engine.database.query(
            "SELECT count(*) FROM deliveries WHERE target = \(target) AND state = 'delivered'"
        )[0].value(at: 0, as: Int.self)
    }

    @Test func `a gateway that never answers holds up no other`() async throws {
        try await World.with { world in
            let engine = world.replica()
            let hole = try SilentPort()
            defer { hole.end() }
            let gateway = Gateway(answering: [])
            try await gateway.serving { port in
                try await Gateway.lending { client in
                    let webhooks = Webhooks(targets: [
                        try Gateway.target("hole", hole.port), try Gateway.target("sms", port),
                    ])
                    // The older ones, and more than are tried at a time: an attempt there lasts half a minute.
                    try await add(40, to: "hole", on: engine)
                    try await add(30, to: "sms", on: engine)
                    let courier = courier(engine, webhooks, client)
                    let run = Task { await courier.run() }
                    let begin = ContinuousClock.now
                    try await eventually("the other gateway has all of its own") {
                        try await delivered("sms", on: engine) == 30
                    }
                    // One after the other, the attempts before these would last two and a half minutes.
                    #expect(.now - begin < .seconds(60))
                    #expect(try await delivered("hole", on: engine) == 0)
                    run.cancel()
                    await run.value
                }
            }
            await engine.database.close()
        }
    }

    @Test func `outside the working hours nothing is sent but to a gateway that asks for it`() async throws {
        try await World.with { world in
            let engine = world.replica()
            let gateway = Gateway(answering: [])
            try await gateway.serving { port in
                try await Gateway.lending { client in
                    let webhooks = Webhooks(targets: [
                        try Gateway.target("sms", port), try Gateway.target("screen", port, keepsQuiet: false),
                    ])
                    for target in ["sms", "screen"] { try await add(3, to: target, on: engine) }
                    let night = QuietHours { _ in false }
                    #expect(try await courier(engine, webhooks, client, quiet: night).carry() == 3)
                    #expect(try await delivered("screen", on: engine) == 3)
                    #expect(try await delivered("sms", on: engine) == 0)
                    let untouched = "SELECT count(*) FROM deliveries WHERE target = 'sms' AND attempts = 0" as SQL
                    #expect(try await world.number(untouched, on: engine) == 3)
                    #expect(try await courier(engine, webhooks, client).carry() == 3)
                    #expect(try await delivered("sms", on: engine) == 3)
                }
            }
            await engine.database.close()
        }
    }

    @Test func `what waits for a gateway that is on the list no more is parked in the end`() async throws {
        try await World.with { world in
            let engine = world.replica()
            try await add(2, to: "gone", on: engine)
            try await engine.database.execute(
                "UPDATE deliveries SET created_at = now() - interval '2 hours' WHERE id = (SELECT min(id::text)::uuid FROM deliveries)"
            )
            try await engine.database.transaction {
                DeliveryStore.parkStrangers(to: ["sms"], after: .seconds(3_600), in: $0)
            }
            #expect(try await world.number("SELECT count(*) FROM deliveries WHERE state = 'parked'", on: engine) == 1)
            await engine.database.close()
        }
    }

    /// The shipped ladder, one day after the other, with a department that has had its twenty notices already.
    @Test
    func
        `each step behind an end reaches the director's inbox, gateway and the queues, once, though the department's is folded`()
        async throws
    {
        try await World.with { world in
            let engine = world.replica()
            let shipped = try Stages(pack: RemindersWorld.shippedStages, settling: .zero)
            let webhooks = Webhooks(targets: [
                try Gateway.target("department", 1, [.department]), try Gateway.target("committee", 1, [.committee]),
                try Gateway.target("office", 1, [.office]), try Gateway.target("director", 1, [.director]),
            ])
            let sweep = Sweep(
                outbox: engine.outbox,
                timetable: Timetable(shipped),
                hearing: Hearing(quiet: .zero) { 0 },
                webhooks: webhooks,
                logger: .silent
            )
            let now = Timestamp.now
            let leg = Leg(startedAt: now.days(-40), dueAt: now.days(1))
            let suggestion = SuggestionID.make()
            try await world.hear([(suggestion, SuggestionAssigned([leg]))], by: Timetable(shipped), on: engine)
            try await engine.database.execute(
                "INSERT INTO paces (department, since, told) VALUES ('chengguan', now() + interval '1 day', \(Pace.limit))"
            )
            // A day passes: the period's end lies a day further back, and the sweep looks.
            for _ in 0..<40 {
                try await sweep.sweep(judges: true)
                try await engine.database.execute(
                    "UPDATE clocks SET due_at = due_at - interval '1 day', next_at = CASE WHEN next_at IS NOT NULL THEN now() END"
                )
            }
            let ladder = ["overdue", "after-1wd", "after-5wd", "after-10wd", "after-20wd"]
            let folded = try await engine.database.query(
                "SELECT stage FROM notices WHERE outcome = 'digest' ORDER BY noticed_at"
            ).map { try $0["stage", as: String.self] }
            #expect(folded.suffix(5) == ladder[...])
            func inbox(_ role: Role, _ unit: String) async throws -> [String] {
                let reader = try #require(NoticeStore.Reader(role, of: unit))
                return try await engine.database.transaction {
                    try await NoticeStore.page(of: reader, after: nil, limit: 100, in: $0)
                }.map(\.stage).reversed().filter { ladder.contains($0) }
            }
            #expect(try await inbox(.director, "congress") == ["after-5wd", "after-10wd", "after-20wd"])
            #expect(try await inbox(.office, "office-1") == ["after-1wd", "after-5wd", "after-10wd", "after-20wd"])
            #expect(try await inbox(.committee, "chengjian") == ladder)
            #expect(try await inbox(.clerk, "chengguan") == ladder)
            func sent(_ target: String) async throws -> [String] {
                try await engine.database.query(
                    "SELECT body::jsonb -> 'data' ->> 'stage' AS stage FROM deliveries WHERE target = \(target) ORDER BY id"
                ).map { try $0["stage", as: String.self] }.filter { ladder.contains($0) }
            }
            #expect(try await sent("director") == ["after-5wd", "after-10wd", "after-20wd"])
            #expect(try await sent("office") == ["after-1wd", "after-5wd", "after-10wd", "after-20wd"])
            #expect(try await sent("committee") == ladder)
            #expect(try await sent("department") == [], "it gets the digest")
            // What the queues carry: an event for each, which says that the department has it with the digest.
            let events = try await engine.database.query(
                """
                SELECT coalesce(convert_from(body, 'UTF8')::jsonb ->> 'stage', 'overdue') AS stage,
                       convert_from(body, 'UTF8')::jsonb ? 'digest' AS folded
                FROM acts WHERE name IN ('reminder.due', 'deadline.missed') ORDER BY version
                """
            )
            #expect(try events.map { try $0["stage", as: String.self] }.suffix(5) == ladder[...])
            #expect(try events.allSatisfy { try $0["folded", as: Bool.self] })
            #expect(try await world.number("SELECT count(*) FROM outbox", on: engine) == events.count)
            await engine.database.close()
        }
    }
}

/// A port of this machine that takes connections and never answers.
private struct SilentPort {
    let port: Int
    private let descriptor: Int32

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        // 127.0.0.1, and any port that is free.
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, size) == 0 && listen(descriptor, 128) == 0
                    && getsockname(descriptor, address, &size) == 0
            }
        }
        try #require(bound)
        self.descriptor = descriptor
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    func end() { _ = close(descriptor) }
}
