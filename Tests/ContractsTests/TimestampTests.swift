import Contracts
import Foundation
import Testing

struct TimestampTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"), (951_782_400_000_001, "2000-02-29T00:00:00.000001Z"),
            (1_767_225_599_999_999, "2025-12-31T23:59:59.999999Z"), (-1, "1969-12-31T23:59:59.999999Z"),
            (4_107_542_399_000_000, "2100-02-28T23:59:59.000000Z"),
        ] as [(Int64, String)]
    )
    func `a moment is written as RFC 3339 and read back`(microseconds: Int64, text: String) {
        #expect(Timestamp(microseconds: microseconds).description == text)
        #expect(Timestamp(text)?.microseconds == microseconds)
    }

    @Test func `offsets and shorter fractions are read`() {
        #expect(Timestamp("2026-02-10T08:00:00+08:00") == Timestamp("2026-02-10T00:00:00Z"))
        #expect(
            Timestamp("2026-02-10T00:00:00.5Z")?.microseconds
                == Timestamp("2026-02-10T00:00:00Z").map { $0.microseconds + 500_000 }
        )
        #expect(Timestamp("2026-02-10T00:00:00.123456789Z")?.description == "2026-02-10T00:00:00.123456Z")
    }

    @Test(arguments: [
        "", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-02-10", "2026-02-10T24:00:00Z", "2026-02-10T00:00:00",
        "2026-02-10T00:00:00.Z", "2026-02-10T00:00:00Z ", "２026-02-10T00:00:00Z", "2025-02-29T00:00:00Z",
    ])
    func `what is no moment is refused`(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func `every day of four centuries agrees with Foundation's calendar`() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
        // Every 37th day meets every month's end and every kind of year.
        for day in stride(from: -25_000, to: 121_000, by: 37) {
            let date = Date(timeIntervalSince1970: Double(day) * 86_400)
            let parts = calendar.dateComponents([.year, .month, .day], from: date)
            let text = String(format: "%04d-%02d-%02d", parts.year ?? 0, parts.month ?? 0, parts.day ?? 0)
            #expect(Timestamp(date).description.hasPrefix(text))
        }
    }
}

struct IdentifierTests {
    @Test func `ids made one after the other are of version 7, distinct, and grow with time`() {
        let ids = (0..<10_000).map { _ in UUIDv7.make() }
        #expect(Set(ids).count == ids.count)
        for id in ids {
            #expect(id.uuid.6 >> 4 == 7)
            #expect(id.uuid.8 >> 6 == 2)
        }
        #expect(ids[0].words.0 >> 16 <= ids[9_999].words.0 >> 16)
        #expect(UUIDv7.lowerBound(at: .now + .seconds(1)).words.0 > ids[9_999].words.0 & ~0xFFFF)
    }

    @Test func `an id is read in either case and written in lower case`() {
        let text = "0192f0c1-7a3b-7def-8123-456789abcdef"
        #expect(SuggestionID(text)?.description == text)
        #expect(SuggestionID(text.uppercased())?.description == text)
        #expect(SuggestionID(text)?.rawValue == UUID(uuidString: text))
    }

    @Test(arguments: [
        "", "0192f0c1-7a3b-7def-8123-456789abcde", "0192f0c1_7a3b-7def-8123-456789abcdef",
        "g192f0c1-7a3b-7def-8123-456789abcdef",
    ])
    func `what is no id is refused`(text: String) {
        #expect(SuggestionID(text) == nil)
    }
}

struct TopologyTests {
    @Test func `names begin with the consumer and delays are readable`() {
        let topology = Topology()
        #expect(topology.workQueue(of: .routing) == "routing.work")
        #expect(
            topology.ladder.map { topology.retryQueue(of: .routing, $0) }
                == ["routing.retry.5s", "routing.retry.1m", "routing.retry.15m", "routing.retry.2h"]
        )
        #expect(topology.routingKey(owner: .intake, name: "suggestion.received") == "intake.suggestion.received")
    }

    @Test func `a namespace sets every name apart`() {
        let (one, two) = (Topology(namespace: "a."), Topology(namespace: "b."))
        #expect(one.events != two.events)
        #expect(one.parkedQueue(of: .intake) != two.parkedQueue(of: .intake))
    }
}
