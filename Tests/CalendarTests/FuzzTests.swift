import Calendar
import Support
import Testing

/// Periods, with changed bytes.
struct FuzzTests {
    @Test func `periods are read in one form or not at all`() {
        let terms = Fuzzing("periods", texts: ["P3M", "P30D", "P3650D"]).run(texts: { text in
            guard let term = Term(text) else { return .refused }
            return Term(term.description) == term && (1...3_650).contains(term.count)
                ? .taken : .wrong(term.description)
        })
        #expect(terms.failures == [] && terms.taken > 10)
    }
}
