import Contracts
import Support
import Testing

@testable import Intake

/// How much flows, by a clock that the test turns.
struct AllowanceTests {
    private let start = ContinuousClock.now
    private static let small: Allowance.Measures = {
        var measures = Allowance.Measures()
        (measures.pair, measures.address, measures.entrance, measures.account, measures.uploads) = (10, 25, 40, 5, 3)
        return measures
    }()

    private func admitted(
        _ allowance: inout Allowance,
        _ count: Int,
        _ entrance: String,
        _ source: UInt8,
        after: Duration = .zero
    ) -> [Allowance.Verdict] {
        (0..<count).map { _ in allowance.admit(entrance: entrance, source: [source], at: start + after) }
    }

    @Test func `an hour's measure flows at once, the rest is held for the narrowest reason`() {
        var allowance = Allowance(Self.small)
        let verdicts = admitted(&allowance, 15, "A", 1)
        #expect(verdicts.prefix(10).allSatisfy { $0 == .flow })
        #expect(verdicts.dropFirst(10).allSatisfy { $0 == .hold(.pair) })
        #expect(admitted(&allowance, 10, "A", 2) == Array(repeating: .flow, count: 10), "another address")
        #expect(admitted(&allowance, 10, "B", 1) == Array(repeating: .flow, count: 10), "another entrance")
        // 20 of 25 have flowed from address 1.
        let third = admitted(&allowance, 10, "C", 1)
        #expect(third.filter { $0 == .flow }.count == 5 && third.last == .hold(.address))
        #expect(
            admitted(&allowance, 10, "A", 3) + admitted(&allowance, 10, "A", 4) == Array(repeating: .flow, count: 20)
        )
        #expect(admitted(&allowance, 1, "A", 5) == [.hold(.entrance)], "40 through one entrance")
    }

    @Test func `what is held takes nothing from others`() {
        var allowance = Allowance(Self.small)
        let flood = admitted(&allowance, 10_000, "A", 1)
        #expect(flood.filter { $0 == .flow }.count == 10)
        #expect(admitted(&allowance, 10, "A", 2) == Array(repeating: .flow, count: 10))
        #expect(admitted(&allowance, 10, "B", 1) == Array(repeating: .flow, count: 10))
    }

    @Test func `time gives it back evenly, and never more than the measure`() {
        var allowance = Allowance(Self.small)
        _ = admitted(&allowance, 10, "A", 1)
        #expect(
            admitted(&allowance, 2, "A", 1, after: .seconds(360)) == [.flow, .hold(.pair)],
            "a tenth of an hour, a tenth"
        )
        #expect(admitted(&allowance, 11, "A", 1, after: .seconds(86_400)).filter { $0 == .flow }.count == 10)
        // A clock that stands, or goes back, gives nothing.
        #expect(admitted(&allowance, 1, "A", 1, after: .seconds(86_000)) == [.hold(.pair)])
    }

    @Test func `an account and a sender of files are told how long to wait`() throws {
        var allowance = Allowance(Self.small)
        for _ in 0..<5 { #expect(allowance.admit(account: "account:kiosk", at: start) == nil) }
        let sixth = allowance.admit(account: "account:kiosk", at: start)
        let wait = try #require(sixth)
        #expect(wait == .seconds(720), "five an hour")
        let later = allowance.admit(account: "account:kiosk", at: start + wait)
        #expect(later == nil)
        #expect(allowance.admit(account: "account:other", at: start) == nil)
        for _ in 0..<3 { #expect(allowance.admit(uploadFrom: [1], at: start) == nil) }
        #expect(allowance.admit(uploadFrom: [1], at: start) == .seconds(1_200))
        #expect(allowance.admit(uploadFrom: [2], at: start) == nil)
        var none = Allowance.Measures()
        none.account = 0
        var closed = Allowance(none)
        #expect(closed.admit(account: "account:kiosk", at: start) == .seconds(3_600))
    }

    @Test func `a stranger with many addresses fills no memory`() {
        var allowance = Allowance()
        for number in 0..<150_000 {
            let source = [UInt8(number & 255), UInt8(number >> 8 & 255), UInt8(number >> 16)]
            _ = allowance.admit(entrance: "A", source: source, at: start + .milliseconds(number))
        }
        #expect(allowance.size <= 100_002)
    }

    @Test func `a flood's name says nothing of the address, and is another each hour, entrance and address`() {
        let names = FloodNames(secret: Array(repeating: 1, count: 32))
        let (station, moment) = (StationCode(rawValue: "ST-X01"), Timestamp(microseconds: 1_700_000_000_000_000))
        func name(
            _ reason: Allowance.Reason = .pair,
            _ entrance: String = "ST-X01",
            _ source: [UInt8] = [1, 2, 3, 4],
            hours: Int64 = 0,
            by names: FloodNames
        ) -> FloodID {
            let later = Timestamp(microseconds: moment.microseconds + hours * 3_600_000_000)
            return names.flood(reason, station: station, entrance: entrance, source: source, at: later)
        }
        let first = name(by: names)
        #expect(name(by: names) == first)
        let others = [
            name(.entrance, by: names), name(.pair, "code", by: names), name(.pair, "ST-X01", [1, 2, 3, 5], by: names),
            name(hours: 1, by: names), name(by: FloodNames(secret: Array(repeating: 2, count: 32))),
        ]
        #expect(Set(others + [first]).count == 6)
        #expect(
            name(.entrance, "ST-X01", [9], by: names) == name(.entrance, by: names),
            "everybody through an entrance"
        )
        #expect(name(.address, "code", by: names) == name(.address, by: names), "one address through all entrances")
    }
}
