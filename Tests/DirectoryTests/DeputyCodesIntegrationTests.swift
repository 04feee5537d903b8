import Calendar
import Contracts
import Foundation
import HTTPSupport
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Directory

/// A deputy's code ends with the deputy's term, whoever ends it.
@Suite(.timeLimit(.minutes(5)))
struct DeputyCodesIntegrationTests {
    private static let deputy = "deputy.001"

    /// A code of a shipped deputy, as it was made.
    private func made(_ directory: DirectoryWorld, more: String = "") async throws -> (code: String, person: Dossier) {
        let person = try #require(
            try await directory.engine.database.transaction {
                try await DirectoryStore.dossier(login: Self.deputy, locking: false, in: $0)
            }
        )
        let body = #"{"kind":"deputy","of":"\#(person.person.id)"\#(more)}"#
        return (try await directory.code(body).id, person)
    }

    /// Every code's last day, and whether it was revoked.
    private func bounds(_ directory: DirectoryWorld) async throws -> [String] {
        try await directory.engine.database.query("SELECT * FROM codes ORDER BY issued_at, id").map { row in
            let until = try row["valid_until", as: Timestamp?.self]
            let isRevoked = try row["revoked_at", as: Timestamp?.self] != nil
            return "\(until.map(\.description) ?? "open")\(isRevoked ? " revoked" : "")"
        }
    }

    private func limit(_ directory: DirectoryWorld, to day: CivilDate) async throws {
        try await directory.engine.database.execute(
            "UPDATE holdings SET valid_until = \(day.description)::date WHERE role = 'deputy'"
        )
    }

    @Test func `a deputy's code is made to the last day of the term, and no later`() async throws {
        try await DirectoryWorld.with { directory in
            try await directory.settle(people: true)
            _ = try await made(directory)
            let last = CivilDate(of: .now).adding(days: 30)
            try await limit(directory, to: last)
            let sooner = Timestamp.now + .seconds(86_400)
            for more in ["", #","validUntil":"2090-01-01T00:00:00Z""#, #","validUntil":"\#(sooner)""#] {
                _ = try await made(directory, more: more)
            }
            let end = last.adding(days: 1).start(in: .china)
            #expect(
                try await bounds(directory) == ["open", end.description, end.description, sooner.description]
            )
        }
    }

    @Test func `who ends as a deputy ends with every code, in the same act`() async throws {
        try await DirectoryWorld.with { directory in
            try await directory.settle(people: true)
            let (_, person) = try await made(directory)
            _ = try await made(directory)
            let holding = try #require(person.holdings.first { $0.role == .deputy })
            for _ in 0..<2 {
                let path = "/v1/holdings/\(holding.id.uuidString.lowercased())/end"
                let ended = try await directory.client.post(path, #"{"reason":"辞职"}"#, as: "binjiang/director")
                #expect(ended.status == 200 && ended.breaches == [])
            }
            #expect(try await bounds(directory) == ["open revoked", "open revoked"])
            let act = "account:binjiang@binjiang holding.end: 辞职"
            // Why is said of the person alone.
            let following = "account:binjiang@binjiang holding.end"
            #expect(try await directory.acts("code.revoked") == [following, following])
            #expect(try await directory.peopleActs().last == act)
        }
    }

    @Test func `a deputy who has left ends with every code, others keep theirs`() async throws {
        try await DirectoryWorld.with { directory in
            try await directory.settle(people: true)
            _ = try await made(directory)
            _ = try await directory.code(#"{"kind":"station","of":"ST-X01"}"#)
            let act = Act(actor: "operator:test", authority: "person.end")
            for login in ["deputy.002", Self.deputy] {
                _ = try await directory.engine.outbox.transaction {
                    try await PeopleDesk.end(login: login, act, in: $0)
                }
            }
            #expect(try await bounds(directory) == ["open revoked", "open"])
            #expect(try await directory.acts("code.revoked") == ["operator:test person.end"])
        }
    }

    @Test func `a deputy's code at a station where the deputy receives nobody any more is revoked`() async throws {
        try await DirectoryWorld.with { directory in
            try await directory.settle(people: true)
            _ = try await made(directory)
            var line = try #require(
                try PeopleFile.read(DirectoryWorld.file("people")).map(\.form).first { $0.login == Self.deputy }
            )
            line.stations = (line.stations ?? []) + ["ST-C01"]
            let more = line
            line.stations = ["ST-C01"]
            let (other, act) = (line, "operator:command-line people.import")
            for (line, expected) in [(more, ["open"]), (other, ["open revoked"])] {
                let outcomes = try await directory.engine.outbox.transaction {
                    try await PeopleFile.take([line], isDry: false, in: $0)
                }
                #expect(outcomes == [.changed])
                #expect(try await bounds(directory) == expected)
            }
            #expect(try await directory.acts("code.revoked") == [act])
        }
    }

    @Test func `codes that were made when codes had no bounds get them with the tables, once`() async throws {
        try await DirectoryWorld.with { directory in
            try await directory.settle(people: true)
            let last = CivilDate(of: .now).adding(days: 30)
            _ = try await made(directory)
            _ = try await directory.code(#"{"kind":"station","of":"ST-X01"}"#)
            try await limit(directory, to: last)
            let act = Act(actor: "operator:migrate", authority: "code.bound")
            var counts: [Int] = []
            for _ in 0..<2 {
                counts.append(
                    try await directory.engine.outbox.transaction { try await CodeDesk.settle(act, in: $0) }
                )
            }
            #expect(counts == [1, 0])
            #expect(try await bounds(directory) == [last.adding(days: 1).start(in: .china).description, "open"])
            #expect(try await directory.acts("code.issued").last == "operator:migrate code.bound")
        }
    }

    @Test
    func `a file that sets a term's last day shortens the codes, one that sets a later one does not lengthen them`()
        async throws
    {
        try await DirectoryWorld.with { directory in
            try await directory.settle(people: true)
            _ = try await made(directory)
            let line = try #require(
                try PeopleFile.read(DirectoryWorld.file("people")).map(\.form).first { $0.login == Self.deputy }
            )
            let first = CivilDate(of: .now).adding(days: 10)
            for days in [0, 5] {
                var form = line
                form.until = first.adding(days: days).description
                let told = form
                let outcome = try await directory.engine.outbox.transaction {
                    try await PeopleFile.take([told], isDry: false, in: $0)
                }
                #expect(outcome == [.changed])
            }
            #expect(try await bounds(directory) == [first.adding(days: 1).start(in: .china).description])
            let acts = try await directory.acts("code.issued")
            #expect(acts.count == 2 && acts.last == "operator:command-line people.import")
        }
    }
}
