import Foundation
import HTTPSupport
import Logging
import ServiceContextModule
import Support
import Testing

@testable import Bootstrap

@Suite(.timeLimit(.minutes(5)))
struct LogTests {
    @Test func `any text comes back from its line`() throws {
        var generator = SeededGenerator(seed: 7)
        // Quotes, controls, line separators, surrogate neighbours, combining marks, astral planes.
        let scalars: [Unicode.Scalar] =
            (0...0xa0).compactMap { Unicode.Scalar($0 as UInt32) }
            + [
                "\u{2028}", "\u{2029}", "\u{d7ff}", "\u{e000}", "\u{fffd}", "\u{ffff}", "\u{1f600}", "\u{10ffff}",
                "\u{301}", "\u{5927}",
            ]
        for _ in 0..<300 {
            let log = RecordedLog()
            let texts = (0..<3).map { _ in
                String(
                    String.UnicodeScalarView(
                        (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                            scalars.randomElement(using: &generator) ?? "x"
                        }
                    )
                )
            }
            log.logger().info("\(texts[0])", metadata: ["x\(texts[1])": "\(texts[2])"])
            let record = try #require(try log.records().first)
            #expect(record["message"] as? String == texts[0])
            #expect(record["x\(texts[1])"] as? String == texts[2])
            #expect(log.text.filter(\.isNewline).count == 1)
        }
    }

    @Test func `one record is one write of one line`() throws {
        let log = RecordedLog()
        let logger = log.logger("intake")
        logger.warning(
            "a\nb",
            metadata: [
                "list": ["1", "2\n"], "map": ["k": "v", "deep": ["er": "w"]], "n": .stringConvertible(3),
                "yes": .stringConvertible(true),
            ]
        )
        #expect(log.writes == 1)
        let record = try #require(try log.records().first)
        #expect(record["level"] as? String == "warning")
        #expect(record["label"] as? String == "intake")
        #expect(record["list"] as? [String] == ["1", "2\n"])
        #expect(record["map.k"] as? String == "v")
        #expect(record["map.deep.er"] as? String == "w")
        #expect(record["n"] as? Int == 3)
        #expect(record["yes"] as? Bool == true)
        let time = try #require(record["time"] as? String)
        #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
    }

    @Test func `a moment is written in UTC with milliseconds`() {
        #expect(LogTime.text(seconds: 0, nanoseconds: 0) == "1970-01-01T00:00:00.000Z")
        #expect(LogTime.text(seconds: 1_709_210_096, nanoseconds: 7_999_999) == "2024-02-29T12:34:56.007Z")
    }

    @Test func `metadata cannot take a field's place and comes once`() throws {
        let log = RecordedLog()
        var logger = log.logger()
        logger[metadataKey: "who"] = "logger"
        logger[metadataKey: "trace"] = "forged"
        logger.info("m", metadata: ["who": "call", "time": "never", "level": "none"])
        #expect(log.text.components(separatedBy: "\"who\"").count == 2)
        let record = try #require(try log.records().first)
        #expect(record["who"] as? String == "call")
        #expect(record["metadata.time"] as? String == "never")
        #expect(record["metadata.level"] as? String == "none")
        #expect(record["metadata.trace"] as? String == "forged")
        #expect(record["level"] as? String == "info")
        #expect(record["trace"] == nil)
    }

    @Test func `the task's trace and suggestion are named`() throws {
        let log = RecordedLog()
        let step = TraceContext.begin()
        var context = ServiceContext.topLevel
        context.trace = step
        context.suggestion = "0190c5e4-0000-7000-8000-000000000001"
        ServiceContext.$current.withValue(context) { log.logger().info("m") }
        let record = try #require(try log.records().first)
        #expect(record["trace"] as? String == step.traceID.description)
        #expect(record["span"] as? String == step.spanText)
        #expect(record["suggestion"] as? String == "0190c5e4-0000-7000-8000-000000000001")
    }

    @Test func `a provider stands between the logger and the call`() throws {
        let log = RecordedLog()
        var handler = JSONLogHandler(
            label: "x",
            output: log.output,
            metadataProvider: Logger.MetadataProvider { ["a": "provider", "b": "provider", "c": "provider"] }
        )
        handler[metadataKey: "a"] = "logger"
        Logger(label: "x") { _ in handler }.info("m", metadata: ["c": "call"])
        let record = try #require(try log.records().first)
        #expect(record["a"] as? String == "provider")
        #expect(record["b"] as? String == "provider")
        #expect(record["c"] as? String == "call")
    }

    @Test func `below its level a record is not even built`() {
        struct Trap: CustomStringConvertible {
            let called: @Sendable () -> Void
            var description: String {
                called()
                return ""
            }
        }
        let log = RecordedLog()
        let logger = log.logger(level: .warning)
        logger.info("\(Trap { Issue.record("the message was built") })")
        logger.debug("x", metadata: ["k": "\(Trap { Issue.record("the metadata was built") })"])
        #expect(log.writes == 0)
    }

    @Test func `a long text is cut and the line stays whole`() throws {
        let log = RecordedLog()
        log.logger().info("\(String(repeating: "\u{5927}\"", count: 100_000))")
        let record = try #require(try log.records().first)
        #expect((record["message"] as? String)?.hasSuffix("…") == true)
        #expect(log.text.utf8.count < 20_000)
    }

    @Test func `lines of many tasks do not mix in a pipe`() async throws {
        let pipe = Pipe()
        let logger = Logger(label: "x") {
            JSONLogHandler(label: $0, output: LogOutput(descriptor: pipe.fileHandleForWriting.fileDescriptor))
        }
        // Together below a pipe's 64 KiB, so that nobody has to read meanwhile.
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 { group.addTask { for line in 0..<20 { logger.info("\(task) \(line)") } } }
        }
        try pipe.fileHandleForWriting.close()
        let text = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        let messages = try text.split(separator: "\n").map {
            (try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])?["message"] as? String
        }
        #expect(Set(messages).count == 160)
    }

    @Test func `an error's words are logged only when its type chose them`() {
        struct Careless: Error { let phone = "13800000000" }
        #expect(!JSONLogHandler.text(of: Careless()).contains("13800000000"))
        #expect(JSONLogHandler.text(of: ConfigurationError("a", "b")).hasSuffix("b"))
    }
}
