import Foundation
import Support
import Testing

@testable import Dashboard

/// What the screen reads of who polls it, with changed bytes.
struct FuzzTests {
    @Test func `a page counts as known only where its tag is named`() {
        let tag = "\"5f1c-07ab\""
        let seeds = [tag, "W/\(tag)", "*", "\"a\", \(tag)", "\"a\",W/\(tag) , \"b\""]
        let outcome = Fuzzing("If-None-Match", texts: seeds, words: ["W/", ", ", "*", "\"\"", "w/"]).run(texts: {
            text in
            let names = text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            let isNamed = text == "*" || names.contains { $0 == tag || $0 == "W/\(tag)" }
            guard Routes.matches(text, tag) else { return isNamed ? .wrong("named, and sent again") : .refused }
            return isNamed ? .taken : .wrong("known without its tag")
        })
        #expect(outcome.failures == [] && outcome.taken > 5)
    }
}
