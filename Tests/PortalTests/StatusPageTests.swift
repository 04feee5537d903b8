import Bootstrap
import Calendar
import Contracts
import HTTPSupport
import HTTPTypes
import Hummingbird
import Support
import Synchronization
import Testing

@testable import Intake
@testable import Portal

/// Where an item stands, as its author's page shows what Intake answers.
@Suite(.timeLimit(.minutes(5)))
struct StatusPageTests {
    private static let start = Timestamp("2026-03-02T10:00:00+08:00") ?? Timestamp(microseconds: 0)

    /// What Intake makes of an item whose one leg has such a clock.
    private static func status(_ clock: Clock) throws -> StatusView {
        let leg = Leg(assignment: .make(), department: .init(rawValue: "chengguan"), role: .single, clock: clock)
        let assigned = SuggestionAssigned(
            number: "BJ-1",
            kind: .opinion,
            title: "",
            text: "",
            committee: CommitteeCode(rawValue: "chengjian"),
            legs: [leg],
            reason: "r",
            assignedAt: start
        )
        let entry = ProgressEntry(
            owner: .routing,
            version: 1,
            name: SuggestionAssigned.name,
            time: start,
            body: try EventCoding.encode(assigned)
        )
        var view = try StatusView(
            IntakeItem(
                id: .make(),
                number: "BJ-1",
                kind: .opinion,
                title: "路灯",
                station: StationCode(rawValue: "ST-X01"),
                receivedAt: start,
                progress: [entry]
            )
        )
        view.explain(in: .china, under: .civilCode)
        return view
    }

    @Test func `the page says how the last day was counted, in the reader's language`() async throws {
        let due = try #require(Timestamp("2026-03-09T23:59:59.999999+08:00"))
        let clock = Clock(startedAt: Self.start, term: "5wd", dueAt: due, basis: "约定")
        let chinese = try await page(clock)
        #expect(chinese.contains("期限是怎么算的") && chinese.contains("2026-03-07/2026-03-08 周末，不计"))
        let english = try await page(clock, "en")
        #expect(
            english.contains("How this is counted") && english.contains("2026-03-07/2026-03-08 a weekend, not counted")
        )
    }

    private func page(_ clock: Clock, _ language: String = "zh") async throws -> String {
        let status = try Self.status(clock)
        return try await RunningService.with(
            logger: .silent,
            routes: { $0.get("/v1/suggestions/{number}") { _, _ in try Response.json(status) } }
        ) { port, _ in
            try await PortalWorld.with(intake: "http://127.0.0.1:\(port)") { world in
                let browser = world.browser()
                let token = try #require(try await browser.get("/status?lang=\(language)").value("csrf"))
                let fields = [("csrf", token), ("number", "BJ-1"), ("secret", "ABCDABCDABCD")]
                let answer = try await browser.post("/status", fields)
                #expect(answer.status == 200)
                return answer.html
            }
        }
    }

    @Test func `what stands still is shown so and without a last day, and with the moved one when it runs again`()
        async throws
    {
        let due = try #require(Timestamp("2026-04-01T23:59:59.999999+08:00"))
        var clock = Clock(startedAt: Self.start, term: "P30D", dueAt: due, basis: "约定")
        #expect(try await page(clock).contains("2026年4月1日"))
        let from = try #require(Timestamp("2026-03-10T10:00:00+08:00"))
        clock.pauses = [Clock.Pause(from: from)]
        let still = try await page(clock)
        #expect(still.contains("已中止") && still.contains("恢复后重新计算") && !still.contains("2026年4月1日"))
        let english = try await page(clock, "en")
        #expect(english.contains("Paused") && english.contains("counted anew when it resumes"))
        clock.pauses = [Clock.Pause(from: from, until: from + .seconds(86_400 * 5))]
        clock.dueAt = due + .seconds(86_400 * 5)
        let again = try await page(clock)
        #expect(again.contains("2026年4月6日") && !again.contains("已中止"))
    }

    @Test(arguments: [("127.0.0.1", "203.0.113.9"), ("10.0.0.1", "127.0.0.1")])
    func `where somebody asks from is the edge's word, and no stranger's`(trusted: String, told: String) async throws {
        var http = HTTPConfiguration()
        http.trustedPeers = try #require(TrustedPeers(trusted))
        let limits = http
        let heard = Mutex<[String]>([])
        let forwardedFor = try #require(HTTPField.Name("X-Forwarded-For"))
        try await RunningService.with(
            logger: .silent,
            routes: { router in
                router.get("/v1/suggestions/{number}") { request, _ -> Response in
                    heard.withLock { $0 += request.headers[values: forwardedFor] }
                    throw Problem.notFound()
                }
            }
        ) { port, _ in
            try await PortalWorld.with(intake: "http://127.0.0.1:\(port)", http: limits) { world in
                let browser = world.browser()
                let token = try #require(try await browser.get("/status").value("csrf"))
                let fields = [("csrf", token), ("number", "BJ-1"), ("secret", "ABCDABCDABCD")]
                let answer = try await browser.post("/status", fields, headers: [("X-Forwarded-For", "203.0.113.9")])
                #expect(answer.status == 422)
            }
        }
        #expect(heard.withLock { $0 } == [told])
    }
}
