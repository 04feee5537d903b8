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
