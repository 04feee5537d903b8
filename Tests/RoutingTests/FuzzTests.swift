import Contracts
import Foundation
import Support
import Testing

@testable import Routing

/// The routing rules as data, with changed bytes: a slip in a file is told, and never a crash later.
struct FuzzTests {
    private static let table = #"""
        {"version":1,"model":{"threshold":4,"titleFactor":3,"occurrenceCap":3,"officeToken":"@office"},
         "subdistricts":[{"code":"xixing","office":"xixing"}],
         "committees":[{"code":"chengjian","name":{"zh":"城建","en":"construction"}}],
         "departments":[{"code":"zhujian","name":{"zh":"住建","en":"housing"}},{"code":"xixing","name":{"zh":"西兴","en":"Xixing"}}],
         "categories":[{"code":"road","name":{"zh":"道路","en":"roads"}}],
         "rules":[{"id":"R1","category":"road","committee":"chengjian","lead":"zhujian","assisting":["@office"],"priority":1,
           "words":[{"text":"路灯","weight":3},{"text":"App","weight":2}],"notWords":["广告"],"reason":{"zh":"路","en":"road"}},
          {"id":"R2","category":"road","committee":"chengjian","lead":"@office","assisting":[],"priority":2,
           "words":[{"text":"法院","weight":6}],"subdistricts":["xixing"],"reason":{"zh":"街道","en":"office"}}],
         "refusals":[{"id":"F1","reason":"court","kinds":["opinion"],"threshold":2,"routingScoreBelow":50,"textShorterThan":90,
           "articleRef":[{"text":"第一条","basis":"law in force"}],"words":[{"text":"法院","weight":3}],
           "whereToGo":{"zh":"法院","en":"the court"}}]}
        """#

    @Test func `a table is read whole or refused, and what was read proposes its own units alone`() {
        let words = [
            "9223372036854775807", "-9223372036854775808", "1000", "1001", "\"weight\":", "\"threshold\":", "@office",
        ]
        let title = "路灯路灯路灯 app 法院"
        let text = String(repeating: "路灯 App 法院 ", count: 8)
        let outcome = Fuzzing("routing tables", texts: [Self.table], words: words).run { bytes in
            guard let table = try? RoutingTable(json: Data(bytes)) else { return .refused }
            let units = Set(table.departments.map(\.code))
            for (kind, subdistrict) in [(SuggestionKind.opinion, "xixing"), (.formal, nil)] {
                let proposal = Classifier(table: table)
                    .proposal(kind: kind, title: title, text: text, subdistrict: subdistrict)
                guard let route = proposal.route else { continue }
                guard route.score >= table.model.threshold else { return .wrong("a score of \(route.score)") }
                let named = [route.lead] + route.assisting
                guard named.allSatisfy({ units.contains($0.rawValue) }) else { return .wrong("\(named)") }
            }
            return .taken
        }
        #expect(outcome.failures == [] && outcome.taken > 20)
    }

    @Test func `whatever words are compared with each other, passages stand where both have them`() {
        let one = "江陵路地铁口往南的路灯坏了3盏，晚上走路看不清，ＡＢＣ希望尽快修🙏"
        let likeness = Likeness([one, one])
        let outcome = Fuzzing("words", texts: [one, "Ⅻ①㍿é한글か゛\u{200B}\u{FE0F}"], words: ["路灯坏了", "２２", "ＡＢＣ"]).run {
            bytes in
            let parts = ["", String(decoding: bytes, as: UTF8.self)]
            let other = FoldedText(parts)
            guard other.characters == FoldedText.characters(of: parts) else { return .wrong("read in two ways") }
            guard (0...1).contains(likeness.similarity(to: other)) else { return .wrong("alike by more than wholly") }
            for passage in likeness.passages(with: other) {
                let lengths = (one.unicodeScalars.count, parts[1].unicodeScalars.count)
                guard passage.there.part == 1, passage.here.range.upperBound <= lengths.0,
                    passage.there.range.upperBound <= lengths.1
                else { return .wrong("\(passage)") }
            }
            return Fingerprint(of: other.characters) == nil ? .refused : .taken
        }
        #expect(outcome.failures == [] && outcome.taken > 20)
    }

    @Test func `numbers that no sum may be made of are refused by their places`() {
        let cases = [
            (#""weight":3},{"text":"App""#, #""weight":9223372036854775807},{"text":"App""#, "/rules/0/words/0/weight"),
            (#""titleFactor":3"#, #""titleFactor":0"#, "/model/titleFactor"),
            (#""occurrenceCap":3"#, #""occurrenceCap":-1"#, "/model/occurrenceCap"),
            (#""threshold":2"#, #""threshold":-9223372036854775808"#, "/refusals/0/threshold"),
            (#""text":"App""#, #""text":"""#, "/rules/0/words/1/text"),
            (#""office":"xixing""#, #""office":"nobody""#, "/subdistricts/0"),
        ]
        for (good, bad, place) in cases {
            let text = Self.table.replacing(good, with: bad)
            let faults = #expect(throws: RoutingTable.Faults.self) { try RoutingTable(json: Data(text.utf8)) }
            #expect(faults?.lines.count == 1 && faults?.lines[0].hasPrefix("\(place):") == true, "\(place)")
        }
    }
}
