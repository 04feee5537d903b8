import Contracts
import Foundation
import Rules
import Support
import Testing

@testable import Routing

/// How the rules are read.
struct ClassifierTests {
    @Test func `a proposal says which rule and which words`() throws {
        let proposal = try LabelledSample.classifier().proposal(
            kind: .opinion,
            title: "公交班次太少",
            text: "早晚高峰公交站要等半小时",
            subdistrict: "xixing"
        )
        let route = try #require(proposal.route)
        #expect(route.reason.contains(route.rule) && route.reason.contains("公交"))
        #expect(proposal.refusal == nil)
    }

    @Test func `nothing is proposed for a text without a known word`() throws {
        let proposal = try LabelledSample.classifier().proposal(
            kind: .opinion,
            title: "你好",
            text: "嗯",
            subdistrict: nil
        )
        #expect(proposal.route == nil)
    }

    @Test func `a table that contradicts itself names every place`() throws {
        var text = try String(contentsOf: Documents.root.appending(path: "Deploy/Rules/routing.json"), encoding: .utf8)
        text = text.replacing("\"lead\": \"zhujian\"", with: "\"lead\": \"nobody\"", maxReplacements: 1)
        text = text.replacing("\"committee\": \"shehui\"", with: "\"committee\": \"none\"", maxReplacements: 1)
        let faults = #expect(throws: RoutingTable.Faults.self) { try RoutingTable(json: Data(text.utf8)) }
        #expect(faults?.lines.count == 2)
    }

    @Test func `words are counted as a search from left to right finds them`() {
        var index = WordIndex()
        let (same, pair, ascii) = (index.add("哈哈"), index.add("哈"), index.add("APP"))
        #expect(index.counts(in: "哈哈哈哈哈") == [same: 2, pair: 5])
        #expect(index.counts(in: "这个App和app")[ascii] == 2)
        #expect(index.add("哈哈") == same)
    }
}
