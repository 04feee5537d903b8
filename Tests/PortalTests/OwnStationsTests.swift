import Testing

@testable import Portal

struct OwnStationsTests {
    private static func unit(_ code: String, _ kind: String, _ parent: String?, _ state: String = "active")
        -> OwnStations.Unit
    {
        OwnStations.Unit(unit: code, kind: kind, unitName: "\(code)的名称", parent: parent, state: state)
    }

    private static let units = [
        unit("binjiang", "congress", nil), unit("xixing-gongwei", "committee", "binjiang"),
        unit("changhe-gongwei", "committee", "binjiang"), unit("xixing", "subdistrict", nil),
        unit("ST-00", "station", "binjiang"), unit("ST-A1", "station", "ST-X0"),
        unit("ST-X0", "station", "xixing-gongwei"), unit("ST-X01", "station", "ST-X0"),
        unit("ST-X02", "station", "ST-X0", "ended"), unit("ST-C0", "station", "changhe-gongwei"),
    ]

    private static func offered(_ role: String, _ unit: String) -> [[String]] {
        OwnStations(units, for: role, in: unit).groups.map { $0.stations.map(\.unit) }
    }

    @Test func `a registrar is offered what stands below their unit, each central station with its own`() {
        #expect(Self.offered("registrar", "xixing-gongwei") == [["ST-X0", "ST-A1", "ST-X01"]])
        #expect(Self.offered("registrar", "binjiang") == [["ST-00"], ["ST-C0"], ["ST-X0", "ST-A1", "ST-X01"]])
        #expect(OwnStations(Self.units, for: "registrar", in: "xixing-gongwei").groups[0].title == "ST-X0的名称")
    }

    @Test func `others are offered what is their own, operators everything, and nobody what has ended`() {
        #expect(Self.offered("liaison", "ST-X0") == [["ST-X0"]])
        #expect(OwnStations(Self.units, for: "liaison", in: "ST-X0").only?.unit == "ST-X0")
        #expect(Self.offered("liaison", "ST-X02") == [])
        #expect(Self.offered("operator", "quban") == Self.offered("registrar", "binjiang"))
        #expect(Self.offered("registrar", "xixing") == [])
        let all = OwnStations(Self.units, for: "operator", in: "binjiang")
        #expect(all.only == nil && all.contains("ST-A1") && !all.contains("ST-X02") && !all.contains("binjiang"))
    }

    @Test func `units that stand above each other in a ring are searched to an end`() {
        let ring = [Self.unit("A", "station", "B"), Self.unit("B", "station", "A")]
        #expect(OwnStations(ring, for: "registrar", in: "A").contains("B"))
    }
}
