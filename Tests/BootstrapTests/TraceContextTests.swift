import Testing

@testable import Bootstrap

struct TraceContextTests {
    static let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test func `a header comes back as it was`() throws {
        let context = try #require(TraceContext(traceparent: Self.good, tracestate: "rojo=00f067aa0ba902b7,congo=t61"))
        #expect(context.traceparent == Self.good)
        #expect(context.traceID.description == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(context.spanText == "00f067aa0ba902b7")
        #expect(context.flags == 1)
        #expect(context.state == "rojo=00f067aa0ba902b7,congo=t61")
    }

    @Test(arguments: [
        "", "00", good.uppercased(), good + "-", good + "-extra", " " + good, good + " ",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
        "00-4bf92f3577b34da6a3ce929d0e0e473\u{e9}-00f067aa0ba902b7-01",
    ])
    func `what breaks a rule of the standard is no context`(header: String) {
        #expect(TraceContext(traceparent: header) == nil)
    }

    @Test func `a later version is read by the rules of the first`() throws {
        let header = "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff"
        for text in [header, header + "-what-the-future-will-be-like"] {
            let context = try #require(TraceContext(traceparent: text))
            #expect(context.flags == 1)
            #expect(context.traceparent == Self.good)
        }
    }

    @Test(arguments: [
        ("a=1, b=2 ,,c=3", "a=1,b=2,c=3"), ("fw529a3039@dt=FfAxIhAy", "fw529a3039@dt=FfAxIhAy"),
        ("0tenant@sys=v", "0tenant@sys=v"), ("a= b", "a= b"),
    ])
    func `a good state is passed on`(text: String, state: String) {
        #expect(TraceContext(traceparent: Self.good, tracestate: text)?.state == state)
    }

    @Test(arguments: [
        "", ",", "a", "=1", "A=1", "1a=1", "a=", "a=1=2", "a=b\u{7}", "a=\u{e9}", "a=1,a=2", "@a=1", "a@=1", "a@1b=1",
        "a@b@c=1",
        "a=" + String(repeating: "x", count: 257), (0...32).map { "k\($0)=1" }.joined(separator: ","),
        (0..<4).map { "k\($0)=" + String(repeating: "x", count: 200) }.joined(separator: ","),
    ])
    func `a bad state is left out and the trace goes on`(text: String) throws {
        let context = try #require(TraceContext(traceparent: Self.good, tracestate: text))
        #expect(context.state == nil)
    }

    @Test func `a child keeps the trace and has a step of its own`() throws {
        let parent = try #require(TraceContext(traceparent: Self.good, tracestate: "a=1"))
        let child = parent.child()
        #expect(child.traceID == parent.traceID)
        #expect(child.spanID != parent.spanID)
        #expect(child.state == "a=1")
    }

    @Test func `new traces differ and are read back, from many tasks at once`() async throws {
        let count = 2000
        let all = await withTaskGroup(of: [TraceContext].self) { group in
            for _ in 0..<8 { group.addTask { (0..<count / 8).map { _ in TraceContext.begin() } } }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(all.map(\.traceID)).count == count)
        #expect(Set(all.map(\.spanID)).count == count)
        for context in all { #expect(TraceContext(traceparent: context.traceparent) == context) }
    }
}
