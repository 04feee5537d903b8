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
        let ends = (1...2).map { _ in other.endSubstitutes(for: holder.holdings[0].id, by: "b") }
        #expect(ends == [true, false] && other.holdings.last?.state == .ended)
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
        #expect(
            !keeper.mayGive(.auditor, in: "x") && !keeper.mayGive(.director, in: "x") && keeper.mayGive(.clerk, in: "x")
        )
        for role in Role.allCases where ![.registrar, .director, .operator].contains(role) {
            #expect(!Authority(role: role, unit: nil, person: nil).mayGive(.clerk, in: "x"), "\(role)")
        }
    }

    @Test func `days are read as they are written`() {
        for text in ["2026-03-02", "2024-02-29", "0001-01-01"] { #expect(CivilDate(iso: text)?.description == text) }
        for text in ["2026-3-2", "2026-02-30", "0000-01-01", "20260302", " 2026-03-02", "", "２０２６-03-02", "2026-13-01"]
        {
            #expect(CivilDate(iso: text) == nil, "\(text)")
        }
    }
}
