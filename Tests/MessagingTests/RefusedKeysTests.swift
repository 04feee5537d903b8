import Testing
import Threads

@testable import Messaging

@Suite
struct RefusedKeysTests {
    private let start = MonotonicTime.now

    @Test func `a key that was refused is passed over for a time that doubles up to a minute`() {
        var refused = RefusedKeys()
        var now = start
        for pause in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
            refused.note(confirmed: ["open"], refused: ["full"], at: now)
            #expect(refused.closed(at: now + .milliseconds(pause * 1_000 - 1)) == ["full"])
            now = now + .seconds(pause)
            #expect(refused.closed(at: now) == [])
        }
    }

    @Test func `a key that takes everything again is open at once, one that takes some begins anew`() {
        var refused = RefusedKeys()
        for _ in 0..<5 { refused.note(confirmed: [], refused: ["a", "b"], at: start) }
        refused.note(confirmed: ["a", "b"], refused: ["b"], at: start)
        #expect(refused.closed(at: start) == ["b"])
        refused.note(confirmed: [], refused: ["b"], at: start)
        #expect(refused.closed(at: start + .seconds(2)) == [], "the second refusal in a row, not the seventh")
    }
}
