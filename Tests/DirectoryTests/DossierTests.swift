import Calendar
import Contracts
import Foundation
import Testing

@testable import Directory

/// Decisions about people as values.
struct DossierTests {
    private static let today = CivilDate(of: .now)

    private static func dossier(
        _ role: Role = .signer,
        _ unit: String = "zhujian",
        _ state: Holding.State = .confirmed,
        until: CivilDate? = nil
    ) -> Dossier {
        let person = Person(id: .make(), version: 1, login: "wang", name: "王某", state: .active, changedAt: .now)
        let holding = Holding(
            id: UUIDv7.make(),
            person: person.id,
            role: role,
            unit: unit,
            state: state,
            validFrom: today.adding(days: -10),
            validUntil: until
        )
        return Dossier(person: person, holdings: [holding])
    }

    @Test func `what was asked for is decided once; the same decision again changes nothing`() throws {
        var dossier = Self.dossier(.clerk, "zhujian", .asked)
        dossier.person.state = .pending
        let id = dossier.holdings[0].id
        let confirms = [try dossier.confirm(id, by: "a"), try dossier.confirm(id, by: "b")]
        #expect(confirms == [true, false] && dossier.person.state == .active)
        #expect(dossier.holdings[0].decidedBy == "a")
        let error = #expect(throws: Hindrance.self) { try dossier.refuse(id, by: "b") }
        #expect(error?.rule == "decided" && dossier.holdings[0].state == .confirmed)

        var other = Self.dossier(.clerk, "zhujian", .asked)
        other.person.state = .pending
        let refused = other.holdings[0].id
        let refusals = [try other.refuse(refused, by: "a"), try other.refuse(refused, by: "a")]
        #expect(refusals == [true, false] && other.person.state == .pending)
        #expect(throws: Hindrance.self) { try other.confirm(other.holdings[0].id, by: "a") }
        #expect(throws: Hindrance.self) { try other.end(other.holdings[0].id, by: "a") }
        #expect(throws: Hindrance.self) { try other.end(UUIDv7.make(), by: "a") }
    }

    @Test func `who has left holds nothing, signs in no more, and has no public name`() {
        var dossier = Self.dossier(.deputy, "binjiang")
        dossier.holdings +=
            Self.dossier(.clerk, "zhujian", .asked).holdings + Self.dossier(.liaison, "s", .ended).holdings
        let ends = (1...2).map { _ in dossier.endAll(by: "a") }
        #expect(ends == [true, false] && dossier.person.state == .ended && dossier.event.publicName == nil)
        #expect(dossier.holdings.map(\.state) == [.ended, .refused, .ended])
        #expect(dossier.holdings.map(\.decidedBy) == ["a", "a", nil])
    }

    @Test func `a substitute holds the same role in the same unit, to a day within the holder's term`() throws {
        let holder = Self.dossier(until: Self.today.adding(days: 30))
        var other = Self.dossier(.clerk)
        let until = Self.today.adding(days: 5)
        func appoint(_ dossier: inout Dossier, _ until: CivilDate, beside: [Holding] = []) throws -> Bool {
            try dossier.substitute(for: holder.holdings[0], beside: beside, until: until, on: Self.today, by: "a")
        }
        #expect(try appoint(&other, until))
        let made = try #require(other.holdings.last)
        #expect((made.role, made.unit, made.validUntil) == (.signer, "zhujian", until))
        #expect(made.substituteFor == holder.holdings[0].id && made.isGood(on: Self.today) && made.isGood(on: until))
        #expect(!made.isGood(on: until.adding(days: 1)))
        #expect(try !appoint(&other, until, beside: [made]), "the same again")
        var third = Self.dossier(.clerk)
        #expect(throws: Hindrance("substituted", "已有人代理 · somebody acts for them already")) {
            try appoint(&third, until, beside: [made])
        }
        for (day, rule) in [(Self.today.adding(days: -1), "over"), (Self.today.adding(days: 31), "too-long")] {
            let error = #expect(throws: Hindrance.self) { try appoint(&third, day) }
            #expect(error?.rule == rule)
        }
        var signer = Self.dossier(.signer)
        #expect(#expect(throws: Hindrance.self) { try appoint(&signer, until) }?.rule == "held")
        var same = holder
        #expect(#expect(throws: Hindrance.self) { try appoint(&same, until) }?.rule == "self")
        third.person.state = .ended
        #expect(#expect(throws: Hindrance.self) { try appoint(&third, until) }?.rule == "inactive")
        let sooner = RoleLoss(holding: holder.holdings[0].id, lastDay: Self.today.adding(days: 3))
        let cuts = (1...2).map { _ in other.followSubstituted(sooner, by: "b") }
        #expect(cuts == [true, false] && other.holdings.last?.validUntil == sooner.lastDay)
        let over = RoleLoss(holding: holder.holdings[0].id, lastDay: nil)
        let ends = (1...2).map { _ in other.followSubstituted(over, by: "b") }
        #expect(ends == [true, false] && other.holdings.last?.state == .ended)
    }

    @Test func `a role is lost when it ends, begins later, or has its last day today`() {
        let (today, tomorrow) = (Self.today, Self.today.adding(days: 1))
        let week = today.adding(days: 7)
        let cases: [(was: CivilDate?, change: (inout Holding) -> Void, lost: [CivilDate?])] = [
            (nil, { _ in }, []), (nil, { $0.state = .ended }, [nil]), (today, { $0.state = .ended }, [nil]),
            (nil, { $0.validFrom = tomorrow }, [nil]), (nil, { $0.validUntil = today }, [nil]),
            (week, { $0.validUntil = today }, [nil]), (today, { $0.stations = ["ST-X01"] }, []),
            (nil, { $0.validUntil = tomorrow }, [tomorrow]), (week, { $0.validUntil = tomorrow }, [tomorrow]),
            (tomorrow, { $0.validUntil = week }, []), (week, { $0.validUntil = nil }, []),
        ]
        for (index, each) in cases.enumerated() {
            let before = Self.dossier(until: each.was)
            var after = before
            each.change(&after.holdings[0])
            #expect(after.losses(since: before, on: today).map(\.lastDay) == each.lost, "\(index)")
        }
        let asked = Self.dossier(.clerk, "zhujian", .asked)
        var left = asked
        #expect(left.endAll(by: "a") && left.losses(since: asked, on: today) == [], "it was not held")
    }

    @Test func `a mandate is personal, and what is not held today is not held for another`() {
        for (holder, rule) in [
            (Self.dossier(.deputy, "binjiang"), "personal"), (Self.dossier(.observer, "ST-X01"), "personal"),
            (Self.dossier(.registrar), "personal"), (Self.dossier(.signer, "zhujian", .asked), "not-held"),
            (Self.dossier(until: Self.today.adding(days: -1)), "not-held"),
        ] {
            var other = Self.dossier(.clerk)
            let error = #expect(throws: Hindrance.self) {
                try other.substitute(
                    for: holder.holdings[0],
                    beside: [],
                    until: Self.today,
                    on: Self.today,
                    by: "a"
                )
            }
            #expect(error?.rule == rule)
        }
    }

    @Test func `names are told of deputies and liaison officers, as long as they are`() {
        for role in Role.allCases {
            let (isPublic, event) = (role == .deputy || role == .liaison, Self.dossier(role, "x").event)
            #expect((event.publicName != nil) == isPublic, "\(role)")
        }
        #expect(Self.dossier(.deputy, "binjiang", .asked).event.publicName == nil)
        #expect(Self.dossier(.deputy, "binjiang", .ended).event.publicName == nil)
    }

    @Test func `a deputy's term at a station is that of the mandates that receive people there`() {
        let (today, sooner, later) = (Self.today, Self.today.adding(days: 5), Self.today.adding(days: 50))
        var deputy = Self.dossier(.deputy, "binjiang", until: sooner)
        deputy.holdings[0].stations = ["ST-X01", "ST-X02"]
        var other = Self.dossier(.deputy, "xixing-gongwei", until: later).holdings[0]
        (other.stations, other.validFrom) = (["ST-X02", "ST-X03"], today)
        deputy.holdings.append(other)
        func end(_ station: String?) -> Timestamp?? {
            deputy.deputyTerm(on: today, at: station.map(StationCode.init(rawValue:))).map(\.validUntil)
        }
        let ends = [sooner, later].map { $0.adding(days: 1).start(in: .china) }
        #expect(end("ST-X01") == ends[0] && end("ST-X02") == ends[1] && end("ST-X03") == ends[1] && end(nil) == ends[1])
        #expect(end("ST-X04") == nil, "nobody is received there")
        #expect(deputy.deputyStations(on: today).map(\.rawValue) == ["ST-X02", "ST-X03", "ST-X01", "ST-X02"])
        deputy.person.state = .ended
        #expect(end("ST-X01") == nil && deputy.deputyStations(on: today) == [])
    }

    @Test func `who may give which role`() {
        let registrar = Authority(role: .registrar, unit: "xixing-gongwei", person: nil)
        let withheld: Set<Role> = [.director, .auditor, .operator]
        for role in Role.allCases {
            #expect(registrar.mayGive(role, in: "ST-X01") == !withheld.contains(role), "\(role)")
        }
        #expect(!registrar.mayGive(.registrar, in: "xixing-gongwei"), "nobody beside themselves")
        let (director, keeper) = (
            Authority(role: .director, unit: nil, person: nil), Authority(role: .operator, unit: nil, person: nil)
        )
        #expect(Role.allCases.allSatisfy { director.mayGive($0, in: "x") })
        // Who makes what runs makes those who confirm people, and becomes nobody who acts in a unit's name.
        for role in Role.allCases {
            #expect(keeper.mayGive(role, in: "x") == [.operator, .registrar].contains(role), "\(role)")
        }
        for role in Role.allCases where ![.registrar, .director, .operator].contains(role) {
            #expect(!Authority(role: role, unit: nil, person: nil).mayGive(.clerk, in: "x"), "\(role)")
        }
    }

    @Test func `a registrar reaches all units below their own, whoever else acts for a unit that unit alone`() {
        let units = [("binjiang", nil), ("ST-X0", "binjiang"), ("ST-X01", "ST-X0"), ("ST-C0", "binjiang")].map {
            Unit(
                code: $0.0,
                id: .make(),
                version: 1,
                kind: .station,
                name: $0.0,
                parent: $0.1,
                category: nil,
                joinedTo: nil,
                state: .active,
                changedAt: .now
            )
        }
        let book = UnitBook(units)
        func reach(_ role: Role, _ unit: String?) -> Set<String>? {
            let authority = Authority(role: role, unit: unit, person: nil)
            let reach = authority.reach(in: book)
            #expect(units.allSatisfy { authority.reaches($0.code, in: book) == (reach?.contains($0.code) ?? true) })
            return reach
        }
        #expect(reach(.registrar, "ST-X0") == ["ST-X0", "ST-X01"])
        #expect(reach(.registrar, "nowhere") == [])
        #expect(reach(.liaison, "ST-X0") == ["ST-X0"])
        #expect(reach(.operator, nil) == nil)
    }

    @Test func `days are read as they are written`() {
        for text in ["2026-03-02", "2024-02-29", "0001-01-01"] { #expect(CivilDate(iso: text)?.description == text) }
        for text in ["2026-3-2", "2026-02-30", "0000-01-01", "20260302", " 2026-03-02", "", "２０２６-03-02", "2026-13-01"]
        {
            #expect(CivilDate(iso: text) == nil, "\(text)")
        }
    }
}
