import Contracts
import Foundation
import HTTPSupport
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Intake

/// What is kept too long goes by itself, once a day, whoever of several comes first.
@Suite(.timeLimit(.minutes(5)))
struct RetentionIntegrationTests {
    private static let opinion =
        #"{"kind":"opinion","station":"ST-X01","title":"张三家门口","text":"路灯坏了","contact":{"name":"张三","phone":"13800001234"}}"#

    private static func rules(unjudged: Int? = 40) throws -> Retention {
        func rule(_ days: Int) -> String { #"{"days":\#(days),"standing":"assumption","source":"a test"}"# }
        let more = unjudged.map { #","unjudged":\#(rule($0))"# } ?? ""
        return try Retention(json: Data(#"{"contacts":\#(rule(50)),"requestKeys":\#(rule(30))\#(more)}"#.utf8))
    }

    private func desk(_ world: IntakeWorld, unjudged: Int? = 40) throws -> RetentionDesk {
        RetentionDesk(outbox: world.engine.outbox, rules: try Self.rules(unjudged: unjudged))
    }

    /// An item with what was told of it, each so many days ago.
    private func item(_ world: IntakeWorld, _ told: [(name: String, body: String, age: Int)]) async throws -> String {
        let number = try #require(try await world.submit(Self.opinion).json["number"]?.text)
        for (index, event) in told.enumerated() {
            try await world.engine.database.execute(
                """
                INSERT INTO progress (suggestion, owner, version, name, occurred_at, body)
                SELECT id, 'replies', \(index + 1), \(event.name), now() - make_interval(days => \(event.age)::int),
                       convert_to(\(event.body), 'UTF8')
                FROM suggestions WHERE number = \(number)
                """
            )
        }
        return number
    }

    private func kept(_ world: IntakeWorld) async throws -> Set<String> {
        Set(
            try await world.engine.database.query("SELECT number FROM suggestions WHERE contact IS NOT NULL")
                .map { try $0["number", as: String.self] }
        )
    }

    @Test func `what was answered whole and never judged ends for its contact, and nothing else that goes on does`()
        async throws
    {
        try await IntakeWorld.with { world in
            let (whole, part) = (#"{"completesRound":true}"#, #"{"completesRound":false}"#)
            let unjudged = try await item(world, [("suggestion.assigned", "{}", 300), ("reply.issued", whole, 100)])
            // The day after which it counts as closed, and the time after that.
            let young = try await item(world, [("suggestion.assigned", "{}", 300), ("reply.issued", whole, 80)])
            let partly = try await item(world, [("suggestion.assigned", "{}", 300), ("reply.issued", part, 100)])
            let again = try await item(
                world,
                [("reply.issued", whole, 200), ("reply.evaluated", "{}", 150)]
            )
            let anew = try await item(world, [("reply.issued", whole, 200), ("suggestion.assigned", "{}", 120)])
            let untouched = try await item(world, [])
            let without = try desk(world, unjudged: nil)
            #expect(try await without.count(at: .now).contacts == 0, "no rule, no end")
            let desk = try desk(world)
            #expect(try await desk.count(at: .now) == .init(contacts: 1, keys: 0))
            #expect(try await kept(world).count == 6, "a dry run changes nothing")
            #expect(try await desk.remove(at: .now) == .init(contacts: 1, keys: 0))
            #expect(try await kept(world) == [young, partly, again, anew, untouched])
            #expect(!(try await kept(world).contains(unjudged)))
        }
    }

    @Test func `of many that come at once one does the day's run, and one that broke off is begun again`() async throws
    {
        try await IntakeWorld.with { world in
            for _ in 0..<4 { _ = try await item(world, [("suggestion.closed", "{}", 60)]) }
            let desk = try desk(world)
            let counts = try await withThrowingTaskGroup(of: RetentionDesk.Counts?.self) { group in
                for _ in 0..<8 { group.addTask { try await desk.runOnce(from: 0) } }
                return try await group.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }
            }
            #expect(counts == [.init(contacts: 4, keys: 0)])
            let database = world.engine.database
            let row = try await database.query("SELECT contacts, finished_at FROM retention_runs")
            #expect(row.count == 1)
            #expect(try row[0]["contacts", as: Int?.self] == 4)
            #expect(try await desk.runOnce(from: 0) == nil, "done")

            _ = try await item(world, [("suggestion.refused", "{}", 60)])
            for (age, isTaken) in [("10 minutes", false), ("2 hours", true)] {
                try await database.execute(
                    "UPDATE retention_runs SET finished_at = NULL, claimed_at = now() - \(age)::text::interval"
                )
                #expect((try await desk.runOnce(from: 0) != nil) == isTaken, "\(age)")
            }
            #expect(try await kept(world).isEmpty)
        }
    }

    @Test func `before the hour nothing is claimed`() async throws {
        try await IntakeWorld.with { world in
            let desk = try desk(world)
            // No day has a twenty-fourth hour.
            #expect(try await desk.runOnce(from: 24) == nil)
            #expect(try await world.engine.database.query("SELECT 1 FROM retention_runs").isEmpty)
        }
    }
}
