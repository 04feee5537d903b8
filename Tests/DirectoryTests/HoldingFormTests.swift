import Calendar
import Contracts
import Foundation
import Testing

@testable import Directory

/// A person with a role as it is asked for, and lines of a file of people.
struct HoldingFormTests {
    private static let today = CivilDate(of: .now)
    private static let deputy = SuggestionID.make()

    static func book() -> UnitBook {
        var book = UnitBook()
        for (code, kind, parent) in [
            ("binjiang", "congress", nil), ("daibiao", "committee", "binjiang"), ("quban", "office", nil),
            ("zhujian", "department", "quban"), ("ST-00", "station", "binjiang"),
        ] {
            let form = UnitForm(code: code, kind: kind, name: "单位\(code)", parent: parent)
            guard (try? book.put(form, at: .now)) == .made else { preconditionFailure("the units are good") }
        }
        return book
    }

    private static func form(_ role: String, _ unit: String) -> HoldingForm {
        HoldingForm(login: "wang.wu", name: "王五", role: role, unit: unit)
    }

    private func draft(_ form: HoldingForm) throws(FieldFaults) -> HoldingDraft {
        try HoldingDraft(form, in: Self.book(), on: Self.today) { $0 == "d" ? Self.deputy : nil }
    }

    private func faults(_ form: HoldingForm) -> [String] {
        do throws(FieldFaults) {
            _ = try draft(form)
            return []
        } catch {
            return error.faults.map { "\($0.field) \($0.rule)" }
        }
    }

    @Test func `each role is held in units of its kinds, and no person is a system`() {
        for role in Role.allCases {
            for unit in Self.book().sorted {
                var form = Self.form(role.rawValue, unit.code)
                if role == .deputy { form.level = "district" }
                let isGood = role.kinds.contains(unit.kind)
                #expect(faults(form).isEmpty == isGood, "\(role) in \(unit.code)")
            }
        }
        #expect(faults(Self.form("department", "zhujian")) == ["role unknown"])
        #expect(faults(Self.form("screen", "zhujian")) == ["role unknown"])
    }

    @Test func `every fault is named at once`() {
        var form = HoldingForm(login: "Wang", name: " ", role: "king", unit: "nowhere")
        (form.from, form.until, form.level) = ("yesterday", "2026-02-30", "moon")
        form.stations = ["a", "a"]
        #expect(
            faults(form) == [
                "login login", "name length", "role unknown", "unit unknown", "from date", "until date",
                "level unknown",
                "stations duplicate", "level deputy-only", "stations deputy-only",
            ]
        )
    }

    @Test func `nobody signs in with what looks like a number, but who is known to have it`() throws {
        var form = Self.form("clerk", "zhujian")
        for login in ["13800001234", "138-0000-1234", "8613800001234"] {
            form.login = login
            #expect(faults(form) == ["login phone"], "\(login)")
            let own = try HoldingDraft(
                form,
                in: Self.book(),
                on: Self.today,
                owns: { $0.digits == "13800001234" },
                deputy: { _ in nil }
            )
            #expect(own.login == login)
            #expect(throws: FieldFaults.self) {
                try HoldingDraft(
                    form,
                    in: Self.book(),
                    on: Self.today,
                    owns: { $0.digits == "13900001234" },
                    deputy: { _ in nil }
                )
            }
        }
    }

    @Test func `a file makes nobody who signs in with a number, and leaves who does so already`() throws {
        var plan = Self.plan()
        var line = Self.form("clerk", "zhujian")
        #expect(try plan.take(line) == .made)
        line.login = "13800001234"
        #expect(#expect(throws: FieldFaults.self) { try plan.take(line) }?.faults.map(\.rule) == ["phone"])
        var dossiers = plan.changes
        dossiers[0].person.login = line.login
        var later = Self.plan(dossiers)
        #expect(try later.take(line) == .same)
    }

    @Test func `terms end after they begin and not in the past`() {
        var form = Self.form("clerk", "zhujian")
        (form.from, form.until) = ("2026-03-02", "2026-03-01")
        #expect(faults(form) == ["until order"])
        (form.from, form.until) = ("2020-03-02", "2020-03-03")
        #expect(faults(form) == ["until over"])
        (form.from, form.until) = (nil, Self.today.description)
        #expect(faults(form) == [])
    }

    @Test func `a deputy has a level and stations, an observer deputies, nobody else either`() throws {
        var deputy = Self.form("deputy", "binjiang")
        #expect(faults(deputy) == ["level required"])
        (deputy.level, deputy.stations, deputy.delegation) = ("district", ["ST-00"], "西兴代表团")
        let draft = try draft(deputy)
        #expect((draft.level, draft.stations, draft.delegation) == (.district, ["ST-00"], "西兴代表团"))
        deputy.stations = ["ST-00", "daibiao"]
        #expect(faults(deputy) == ["stations unknown"])
        deputy.stations = (0...100).map { "ST-\($0)" }
        #expect(faults(deputy) == ["stations length", "stations unknown"])
        var observer = Self.form("observer", "ST-00")
        observer.deputies = ["d"]
        #expect(try self.draft(observer).deputies == [Self.deputy])
        observer.deputies = ["d", "e"]
        #expect(faults(observer) == ["deputies unknown"])
        var clerk = Self.form("clerk", "zhujian")
        (clerk.deputies, clerk.delegation) = (["d"], "西兴代表团")
        #expect(faults(clerk) == ["delegation deputy-only", "deputies observer-only"])
    }

    // MARK: lines of a file

    private static func plan(_ dossiers: [Dossier] = []) -> PeoplePlan {
        PeoplePlan(dossiers, in: book(), at: .now, by: "operator:test")
    }

    private static func lines() -> [HoldingForm] {
        var (observer, deputy) = (form("observer", "ST-00"), form("deputy", "binjiang"))
        (observer.login, observer.name, observer.deputies) = ("guan.cha", "关察", ["dai.biao"])
        (deputy.login, deputy.name, deputy.level, deputy.stations) = ("dai.biao", "戴标", "district", ["ST-00"])
        var second = form("signer", "zhujian")
        second.until = "2099-12-31"
        return [observer, deputy, form("clerk", "zhujian"), second]
    }

    @Test func `lines make people with their roles, in any order, and are the same the second time`() throws {
        var plan = Self.plan()
        let made = ImportOutcome.all(of: Self.lines()) { form throws(FieldFaults) in try plan.take(form) }
        #expect(made == [.made, .made, .made, .made])
        let dossiers = plan.changes
        #expect(dossiers.map(\.person.login) == ["dai.biao", "guan.cha", "wang.wu"])
        #expect(dossiers.allSatisfy { $0.person.version == 1 && $0.person.state == .active })
        #expect(dossiers[1].holdings[0].deputies == [dossiers[0].person.id])
        #expect(dossiers[2].holdings.count == 2)
        var again = Self.plan(dossiers)
        let same = ImportOutcome.all(of: Self.lines()) { form throws(FieldFaults) in try again.take(form) }
        #expect(same == [.same, .same, .same, .same] && again.changes == [])
    }

    @Test func `a line changes what it says otherwise, once`() throws {
        var plan = Self.plan()
        for form in Self.lines() { _ = try? plan.take(form) }
        var later = Self.plan(plan.changes)
        var line = Self.lines()[3]
        line.until = "2098-12-31"
        #expect(try later.take(line) == .changed)
        #expect(try later.take(line) == .same)
        #expect(later.changes.map(\.person.version) == [2])
        line.until = nil
        #expect(throws: FieldFaults(faults: [FieldFault("", "duplicate", "该任职已在前面出现 · another line says otherwise")])) {
            try later.take(line)
        }
        var renamed = Self.lines()[2]
        renamed.name = "王伍"
        #expect(#expect(throws: FieldFaults.self) { try later.take(renamed) }?.faults.map(\.rule) == ["differs"])
        var fresh = Self.plan(plan.changes)
        #expect(try fresh.take(renamed) == .changed && fresh.changes.first?.person.name == "王伍")
    }

    @Test func `what was ended is not brought back but by another first day`() throws {
        var plan = Self.plan()
        _ = try plan.take(Self.lines()[2])
        var dossiers = plan.changes
        _ = try dossiers[0].end(dossiers[0].holdings[0].id, by: "a")
        var later = Self.plan(dossiers)
        #expect(#expect(throws: FieldFaults.self) { try later.take(Self.lines()[2]) }?.faults.map(\.rule) == ["ended"])
        #expect(later.changes == [])
        var line = Self.lines()[2]
        line.from = Self.today.adding(days: 1).description
        #expect(try later.take(line) == .made && later.changes.first?.holdings.map(\.state) == [.ended, .confirmed])
    }

    @Test func `what waits for a decision is confirmed by a line, and a term that is over is not made`() throws {
        var plan = Self.plan()
        _ = try plan.take(Self.lines()[2])
        var dossiers = plan.changes
        (dossiers[0].person.state, dossiers[0].holdings[0].state) = (.pending, .asked)
        var later = Self.plan(dossiers)
        #expect(try later.take(Self.lines()[2]) == .changed)
        #expect(
            later.changes.first?.person.state == .active && later.changes.first?.holdings.map(\.state) == [.confirmed]
        )
        var over = Self.lines()[3]
        (over.from, over.until) = ("2020-01-01", "2020-12-31")
        #expect(#expect(throws: FieldFaults.self) { try later.take(over) }?.faults.map(\.rule) == ["over"])
    }
}
