import Contracts
import Testing

@testable import Directory

struct KeyScheduleTests {
    private static let now = Timestamp.now
    private static let lifetime: Duration = .seconds(600)

    private static func key(_ id: String, _ seconds: Int, revoked: Bool = false) -> KeySchedule.Key {
        KeySchedule.Key(id: id, x: id, signsFrom: now + .seconds(seconds), revokedAt: revoked ? now : nil)
    }

    private static func schedule(_ keys: KeySchedule.Key...) -> KeySchedule { KeySchedule(keys, lifetime: lifetime) }

    @Test func `the first key signs at once, a later one after its notice`() {
        #expect(Self.schedule().signing(at: Self.now) == nil)
        #expect(Self.schedule().beginning(at: Self.now) == Self.now)
        let one = Self.schedule(Self.key("a", -10))
        #expect(one.beginning(at: Self.now) == Self.now + KeySchedule.notice)
        let two = Self.schedule(Self.key("a", -10), Self.key("b", 60))
        #expect(two.signing(at: Self.now)?.id == "a")
        #expect(two.good(at: Self.now).map(\.id) == ["a", "b"])
        #expect(two.signing(at: Self.now + .seconds(60))?.id == "b")
    }

    @Test func `an old key is good until the last token it signed has ended, and a minute more`() {
        let schedule = Self.schedule(Self.key("a", -1_000), Self.key("b", -650))
        #expect(schedule.good(at: Self.now).map(\.id) == ["a", "b"])
        #expect(schedule.good(at: Self.now + .seconds(11)).map(\.id) == ["b"])
        #expect(schedule.good(at: Self.now + .seconds(1_000_000)).map(\.id) == ["b"], "somebody can always sign")
    }

    @Test func `a revoked key neither signs nor is good, and leaves room for the next at once`() {
        let schedule = Self.schedule(Self.key("a", -10, revoked: true))
        #expect(schedule.signing(at: Self.now) == nil && schedule.good(at: Self.now) == [])
        #expect(schedule.beginning(at: Self.now) == Self.now)
        #expect(Self.schedule(Self.key("a", -10), Self.key("b", -5, revoked: true)).signing(at: Self.now)?.id == "a")
    }
}
