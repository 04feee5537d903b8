import Bootstrap
import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import Messaging
import PostgreSQL
import Support
import Testing

@testable import Reminders

/// A locked sign-in is told to the person and to the registrar who answers for them.
@Suite(.timeLimit(.minutes(5)))
struct PersonNoticesIntegrationTests {
    private static let (own, above) = (UnitCode(rawValue: "zhujian"), UnitCode(rawValue: "binjiang"))

    /// Takes `person/unit/role` itself for a token.
    private struct Named: TokenReader {
        func caller(of token: String) async -> Caller? {
            let words = token.split(separator: "/").map(String.init)
            guard words.count == 3, let role = Role(rawValue: words[2]) else { return nil }
            return Caller(unit: words[1], role: role, subject: words[0])
        }
    }

    private func people(_ answer: ServiceClient.Answer) -> [String] {
        #expect(answer.status == 200 && answer.breaches == [])
        return answer.json["items"]?.elements.compactMap { $0["person"]?.text } ?? []
    }

    @Test func `each reads their own, a registrar those they answer for, and a repeat is one`() async throws {
        try await RemindersWorld.with { world in
            let engine = world.replica()
            let (wei, na) = (SuggestionID.make(), SuggestionID.make())
            let until = Timestamp.now + .seconds(900)
            try await world.hear(
                [(.make(), SignInLocked(person: wei, until: until, registrars: [Self.own]))],
                on: engine
            )
            // Nobody answers for a voter without a role; whom two answer for, both are told of.
            try await world.hear([(.make(), SignInLocked(person: na, until: until))], on: engine)
            try await world.hear(
                [(.make(), SignInLocked(person: na, until: until, registrars: [Self.own, Self.above]))],
                on: engine
            )
            let event = try Received(
                metadata: EventMetadata(
                    id: .make(),
                    name: SignInLocked.name,
                    owner: .directory,
                    aggregate: .make(),
                    version: 1,
                    time: .now
                ),
                body: SignInLocked(person: wei, until: until, registrars: [Self.above])
            )
            for _ in 0..<2 {
                try await engine.outbox.transaction { try await NoteLock().handle([event], in: $0) }
            }
            try await ServiceClient.with(
                document: Documents.openAPI(of: .reminders),
                logger: .silent,
                tokens: Named(),
                routes: { PersonNoticeRoutes(database: engine.database).add(to: $0) },
                { client in
                    func read(_ path: String, _ caller: String) async throws -> ServiceClient.Answer {
                        try await client.send(
                            .get,
                            path,
                            as: nil,
                            headers: [.authorization: "Bearer \(caller)"],
                            body: nil
                        )
                    }
                    let own = try await read("/v1/inbox/own", "person:\(wei)/zhujian/clerk")
                    #expect(people(own) == [wei.description, wei.description])
                    let text = String(decoding: own.body, as: UTF8.self)
                    #expect(text.contains("暂时锁定") && text.contains("sign-in.locked"))
                    #expect(people(try await read("/v1/inbox/own", "person:\(SuggestionID.make())/x/voter")) == [])
                    #expect(try await read("/v1/inbox/own", "account:kiosk/x/department").status == 403)
                    let registrar = "person:\(SuggestionID.make())/zhujian/registrar"
                    #expect(
                        Set(people(try await read("/v1/inbox/people", registrar))) == [wei.description, na.description]
                    )
                    #expect(people(try await read("/v1/inbox/people", "account:x/yuhang/registrar")) == [])
                    let all = people(try await read("/v1/inbox/people", "account:x/operator/operator"))
                    #expect(all.count == 4, "each lock once")
                    #expect(try await read("/v1/inbox/people", "person:\(wei)/zhujian/clerk").status == 403)
                    #expect(try await read("/v1/inbox/own?after=x", "person:\(wei)/x/voter").status == 400)
                }
            )
            await engine.database.close()
        }
    }
}
