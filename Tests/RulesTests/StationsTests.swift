import Contracts
import Foundation
import Support
import Testing

@testable import Rules

/// Which stations there are: those that ship, and what is told of them since.
struct StationsTests {
    private static func shipped() throws -> Stations {
        try Stations(json: Data(contentsOf: Documents.root.appending(path: "Deploy/Rules/routing.json")))
    }

    private static func unit(
        _ code: String,
        _ kind: UnitKind = .station,
        name: String? = nil,
        parent: String?,
        joinedTo: String? = nil,
        isEnded: Bool = false
    ) -> Stations.Unit {
        Stations.Unit(
            code: code,
            kind: kind,
            name: name ?? code,
            parent: parent,
            joinedTo: joinedTo,
            isEnded: isEnded
        )
    }

    private static func code(_ text: String) -> StationCode { StationCode(rawValue: text) }

    @Test func `without a telling those that ship are there`() throws {
        let stations = try Self.shipped()
        #expect(stations.count == 72 && stations.with([]).count == 72)
        #expect(stations.standing(of: Self.code("ST-X01")) == .open)
        #expect(stations.standing(of: Self.code("ST-X99")) == .unknown)
        #expect(stations.subdistrict(of: Self.code("ST-C05")) == "changhe")
        #expect(stations.subdistrict(of: Self.code("ST-00")) == nil)
    }

    @Test(arguments: [
        ("ST-X0", "xixing"), ("xixing-gongwei", "xixing"), ("puyan", "puyan"), ("shequ-1", "changhe"),
        ("binjiang", nil),
        ("nobody", nil), ("ST-N01", nil), ("ST-N02", nil),
    ])
    func `a station that is opened lies where those above it lie`(parent: String, subdistrict: String?) throws {
        let stations = try Self.shipped().with([
            Self.unit("ST-N01", parent: parent), Self.unit("ST-N02", parent: "ST-N01"),
            Self.unit("puyan", .subdistrict, parent: nil), Self.unit("changhe", .subdistrict, parent: nil),
            Self.unit("shequ-1", .community, parent: "changhe"), Self.unit("binjiang", .congress, parent: nil),
        ])
        #expect(stations.standing(of: Self.code("ST-N01")) == .open && stations.count == 74)
        #expect(stations.subdistrict(of: Self.code("ST-N01")) == subdistrict)
        #expect(stations.subdistrict(of: Self.code("ST-N02")) == subdistrict)
        #expect(Set(stations.within(parent)).isSuperset(of: ["ST-N01", "ST-N02"].map(Self.code)))
        #expect(!stations.within("fazhi").contains(Self.code("ST-N01")))
        #expect(stations.standing(of: Self.code("shequ-1")) == .unknown, "a community is no station")
    }

    @Test func `a unit's stations are those below it, and a ring of units is walked to an end`() throws {
        let shipped = try Self.shipped()
        #expect(shipped.within("xixing-gongwei").count == 24 && shipped.within("ST-X01") == [Self.code("ST-X01")])
        #expect(shipped.within("nobody") == [])
        let ring = shipped.with([Self.unit("ST-A", parent: "ST-B"), Self.unit("ST-B", parent: "ST-A", isEnded: true)])
        #expect(ring.within("ST-A").map(\.rawValue) == ["ST-A", "ST-B"])
        #expect(ring.subdistrict(of: Self.code("ST-A")) == nil)
    }

    @Test func `one that is closed names the station it was joined to, else the district's own, else nothing`() throws {
        let stations = try Self.shipped().with([
            Self.unit("ST-X01", parent: "ST-X0", isEnded: true),
            Self.unit("ST-X02", parent: "ST-X0", joinedTo: "ST-X03", isEnded: true),
            Self.unit("ST-X04", parent: "ST-X0", joinedTo: "ST-X01", isEnded: true),
            Self.unit("ST-X03", name: "西兴新站", parent: "ST-X0"),
        ])
        func instead(_ code: String, in stations: Stations) -> Stations.Entrance?? {
            guard case .closed(let instead) = stations.standing(of: Self.code(code)) else { return nil }
            return .some(instead)
        }
        let general = Stations.Entrance(
            code: Self.code("ST-00"),
            name: "滨江区人大代表联络总站",
            english: "Binjiang District Deputies' Liaison Station"
        )
        #expect(instead("ST-X01", in: stations) == general)
        let renamed = Stations.Entrance(code: Self.code("ST-X03"), name: "西兴新站", english: "西兴新站")
        #expect(instead("ST-X02", in: stations) == renamed)
        #expect(instead("ST-X04", in: stations) == general, "what it was joined to has ended too")
        #expect(stations.count == 69 && stations.subdistrict(of: Self.code("ST-X01")) == "xixing")
        let none = stations.with([
            Self.unit("ST-00", parent: "binjiang", isEnded: true), Self.unit("ST-X01", parent: "ST-X0", isEnded: true),
        ])
        #expect(instead("ST-X01", in: none) == .some(nil))
        #expect(none.standing(of: Self.code("ST-X02")) == .open, "each telling is the whole of what is known")
    }
}
