import Contracts
import Foundation
import Testing

@testable import Directory

/// Units as values: who may stand below whom.
struct UnitBookTests {
    private static let lines = [
        "binjiang congress - -", "daibiao committee binjiang -", "xixing-gongwei committee binjiang -",
        "quban office - -",
        "zhujian department quban -", "xixing subdistrict quban -", "s1 community xixing -", "ST-00 station binjiang -",
        "ST-X0 station xixing-gongwei -", "ST-X01 station ST-X0 industry", "ST-X02 station ST-X0 livelihood",
    ]

    private static func form(_ line: String, name: String = "名称") -> UnitForm {
        let words = line.split(separator: " ").map { $0 == "-" ? nil : String($0) }
        return UnitForm(
            code: words[0] ?? "",
            kind: words[1] ?? "",
            name: name,
            parent: words[2],
            category: words[3],
            joinedTo: words.count > 4 ? words[4] : nil,
            documentWord: words.count > 6 ? words[6] : nil,
            state: words.count > 5 ? words[5] : nil
        )
    }

    private static func book() throws -> UnitBook {
        var book = UnitBook()
        for line in lines { #expect(try book.put(form(line), at: .now) == .made) }
        return book
    }

    @Test func `units stand below units of the right kind`() throws {
        let book = try Self.book()
        #expect(book.codes(within: "xixing-gongwei") == ["ST-X0", "ST-X01", "ST-X02", "xixing-gongwei"])
        #expect(book.contains("ST-X01", within: "binjiang") && !book.contains("ST-X01", within: "daibiao"))
        #expect(
            !book.contains("zhujian", within: "binjiang"),
            "nobody of the congress decides about the government's people"
        )
        #expect(book.codes(within: "nowhere") == [])
    }

    @Test(arguments: [
        ("b a congress - -", "kind unknown"), ("bad_code department quban -", "code code"),
        ("c2 congress binjiang -", "parent kind"), ("k1 committee - -", "parent required"),
        ("k1 committee quban -", "parent kind"), ("d1 department nowhere -", "parent unknown"),
        ("d1 department quban industry", "category station-only"),
        ("d1 department quban - ST-00", "joined_to station-only"),
        ("ST-1 station ST-X01 -", "parent kind"), ("ST-1 station zhujian -", "parent kind"),
        ("ST-1 station ST-X0 sport", "category unknown"), ("ST-1 station ST-X0 - zhujian", "joined_to unknown"),
        ("ST-1 station ST-X0 - ST-1", "joined_to unknown"), ("zhujian office - -", "kind fixed"),
        ("ST-X0 station ST-X0 -", "parent cycle"), ("ST-X0 station xixing-gongwei - - ended", "state has-units"),
        ("ST-1 station ST-X0 - - gone", "state unknown"),
        ("d1 department quban - - - 滨〔2026〕", "document_word characters"),
        ("d1 department quban - - - 滨住建函滨住建函滨住建函滨住建函滨住建函滨", "document_word length"),
        ("ST-1 station ST-X0 - - - 滨函", "document_word kind"), ("k1 committee binjiang - - - 滨函", "document_word kind"),
    ])
    func `what is wrong with a unit is named by field and rule`(line: String, fault: String) throws {
        var book = try Self.book()
        let before = book
        let text = line.replacing("b a congress", with: "b parliament")
        let error = #expect(throws: FieldFaults.self) { try book.put(Self.form(text), at: .now) }
        #expect(error?.faults.map { "\($0.field) \($0.rule)" }.contains(fault) == true, "\(String(describing: error))")
        #expect(book == before, "nothing has changed")
    }

    @Test func `a department, an office and a subdistrict have a word for their documents, which is told`() throws {
        var book = try Self.book()
        for line in [
            "zhujian department quban - - - 滨住建函", "quban office - - - - 滨政办函", "xixing subdistrict quban - - - 滨西街函",
        ] {
            #expect(try book.put(Self.form(line), at: .now) == .changed)
        }
        #expect(book["zhujian"]?.event.documentWord == "滨住建函" && book["zhujian"]?.version == 2)
    }

    @Test func `departments do not stand in a circle`() throws {
        var book = try Self.book()
        for line in ["d1 department zhujian -", "d2 department d1 -"] { _ = try book.put(Self.form(line), at: .now) }
        let error = #expect(throws: FieldFaults.self) { try book.put(Self.form("d1 department d2 -"), at: .now) }
        #expect(error?.faults.map(\.rule) == ["cycle"])
    }

    @Test func `a station is joined to one that is joined to none`() throws {
        var book = try Self.book()
        #expect(try book.put(Self.form("ST-X02 station ST-X0 livelihood ST-X01"), at: .now) == .changed)
        #expect(book["ST-X02"]?.event.joinedTo == UnitCode(rawValue: "ST-X01"))
        #expect(book["ST-X02"]?.version == 2)
        for line in ["ST-X01 station ST-X0 industry ST-00", "ST-00 station binjiang - ST-X02"] {
            let error = #expect(throws: FieldFaults.self) { try book.put(Self.form(line), at: .now) }
            #expect(error?.faults.map(\.rule) == ["chain"], "\(line)")
        }
    }

    @Test func `the same again is the same, whatever the time`() throws {
        var book = try Self.book()
        let before = book
        for line in Self.lines { #expect(try book.put(Self.form(line), at: .now + .seconds(9)) == .same) }
        #expect(book == before)
        #expect(try book.put(Self.form(Self.lines[1], name: "别名"), at: .now) == .changed)
    }

    @Test func `lines in any order make the same units; a second word about one is refused`() throws {
        var plan = UnitsPlan(UnitBook(), peopled: ["daibiao"], at: .now)
        let outcomes = ImportOutcome.all(of: Self.lines.reversed().map { Self.form($0) }) {
            form throws(FieldFaults) in try plan.take(form)
        }
        #expect(outcomes.allSatisfy { $0 == .made } && plan.changes.count == Self.lines.count)
        #expect(plan.changes.allSatisfy { $0.version == 1 })
        let again = ImportOutcome.all(
            of: ["ST-X01 station ST-X0 school", "ST-X01 station ST-X0 industry"].map { Self.form($0) }
        ) { form throws(FieldFaults) in try plan.take(form) }
        #expect(again.map(\.description) == ["refused: code duplicate", "same"])
        let ended = #expect(throws: FieldFaults.self) {
            try plan.take(Self.form("daibiao committee binjiang - - ended"))
        }
        #expect(ended?.faults.map(\.rule) == ["duplicate"])
        var later = UnitsPlan(plan.book, peopled: ["daibiao"], at: .now)
        let peopled = #expect(throws: FieldFaults.self) {
            try later.take(Self.form("daibiao committee binjiang - - ended"))
        }
        #expect(peopled?.faults.map(\.rule) == ["has-people"])
        #expect(try later.take(Self.form("zhujian department quban - - ended")) == .changed)
    }
}
