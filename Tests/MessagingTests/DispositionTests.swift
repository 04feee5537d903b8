import Contracts
import Testing

@testable import Messaging

struct DispositionTests {
    private struct Stumble: Error {
        let secret = "13800001234"
    }

    @Test(arguments: 0..<3) func `a repeatable failure climbs the ladder rung by rung`(attempt: Int) {
        #expect(FailureClass(Stumble()).disposition(attempt: attempt, rungs: 3) == .retry(rung: attempt))
    }

    @Test func `after the last rung a message is parked with its attempts`() {
        guard case .park(let refusal) = FailureClass(Stumble()).disposition(attempt: 3, rungs: 3) else {
            Issue.record("not parked")
            return
        }
        #expect(refusal.reason == .attemptsSpent)
        #expect(refusal.detail.contains("4 attempts"))
        #expect(!refusal.detail.contains("13800001234"), "an error's content may be personal")
    }

    @Test func `a refusal is parked at once whatever the ladder`() {
        let refusal = Refusal(.refusedByRule, "/title: empty")
        #expect(FailureClass(refusal).disposition(attempt: 0, rungs: 4) == .park(refusal))
    }

    @Test func `a wrong field is named by its path and no value`() throws {
        struct Body: Decodable { let legs: [Leg] }
        struct Leg: Decodable { let due: Int }
        let error = #expect(throws: DecodingError.self) {
            try EventCoding.decode(Body.self, from: Array(#"{"legs":[{"due":1},{"due":"秘密"}]}"#.utf8))
        }
        let refusal = Refusal(try #require(error))
        #expect(refusal.reason == .malformedBody)
        #expect(refusal.detail == "/legs/1/due: not Int")
    }

    @Test func `cancellation spends no attempt`() {
        #expect(FailureClass(CancellationError()).disposition(attempt: 9, rungs: 1) == .hold)
    }
}
