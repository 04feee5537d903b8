import CoreFoundation
import Foundation

/// Feeds what reads bytes of strangers with good examples changed at random: the same each time, as many as `EBINDA_FUZZ` says.
///
/// What is read must be read without a crash and within a second of processor, and whoever calls says what must not be taken.
package struct Fuzzing: Sendable {
    /// What a reader has made of an input.
    package enum Verdict: Sendable {
        case refused
        case taken
        /// It was taken, or refused, where it must not be.
        case wrong(String)
    }

    /// What was found.
    package struct Outcome: Sendable {
        /// Inputs that were read, and how many of them were taken for good.
        package var inputs = 0
        package var taken = 0
        /// The slowest.
        package var slowest: Duration = .zero
        /// One line for each that went wrong; must be empty.
        package var failures: [String] = []
    }

    /// Processor time of one input: a thousand times what any takes.
    private static let bound: Duration = .seconds(1)
    /// The largest input in bytes: the largest that most readers are given.
    private static let largest = 65_536

    /// How many inputs a reader gets: few with every test run, many where they are asked for.
    package static func count(_ standard: Int = 2_000) -> Int {
        let asked = ProcessInfo.processInfo.environment["EBINDA_FUZZ"].flatMap { Int($0) }
        // The slow ones keep their proportion.
        return asked.map { max(standard, $0 * standard / 2_000) } ?? standard
    }

    private let name: String
    private let seeds: [[UInt8]]
    private let words: [[UInt8]]
    private let count: Int

    /// - Parameters:
    ///   - name: of the reader, for the output.
    ///   - seeds: good examples; the empty input is one more.
    ///   - words: what has a meaning to it, beside what has one to many.
    package init(_ name: String, seeds: [[UInt8]], words: [String] = [], count: Int = count()) {
        (self.name, self.count) = (name, count)
        self.seeds = seeds + [[]]
        self.words = Self.words + words.map { Array($0.utf8) }
    }

    /// - Parameter seeds: good examples.
    package init(_ name: String, texts seeds: [String], words: [String] = [], count: Int = count()) {
        self.init(name, seeds: seeds.map { Array($0.utf8) }, words: words, count: count)
    }

    /// Reads all inputs.
    package func run(_ read: ([UInt8]) -> Verdict) -> Outcome {
        var (outcome, generator) = (Outcome(), SeededGenerator(seed: 7))
        for index in 0..<count {
            let input = self.input(index, &generator)
            let start = Self.processor()
            let verdict = read(input)
            note(verdict, input, Self.processor() - start, &outcome)
        }
        return ended(outcome)
    }

    /// Reads all inputs as texts; bytes that are none are mended as a lenient reader mends them.
    package func run(texts read: (String) -> Verdict) -> Outcome { run { read(String(decoding: $0, as: UTF8.self)) } }

    /// Reads all inputs with a reader that waits for something; then the time on the wall counts, tenfold.
    package func run(waiting read: ([UInt8]) async throws -> Verdict) async rethrows -> Outcome {
        var (outcome, generator) = (Outcome(), SeededGenerator(seed: 7))
        for index in 0..<count {
            let input = self.input(index, &generator)
            let start = ContinuousClock.now
            let verdict = try await read(input)
            note(verdict, input, start.duration(to: .now) / 10, &outcome)
        }
        return ended(outcome)
    }

    private func note(_ verdict: Verdict, _ input: [UInt8], _ time: Duration, _ outcome: inout Outcome) {
        outcome.inputs += 1
        outcome.slowest = max(outcome.slowest, time)
        var words: String?
        switch verdict {
        case .refused: break
        case .taken: outcome.taken += 1
        case .wrong(let what): words = what
        }
        if time > Self.bound { words = "takes \(time)" }
        guard let words, outcome.failures.count < 20 else { return }
        outcome.failures.append("\(words): \(String(decoding: input.prefix(300), as: UTF8.self).debugDescription)")
    }

    private func ended(_ outcome: Outcome) -> Outcome {
        let slowest = String(format: "%.1f", outcome.slowest / .milliseconds(1))
        print(
            "fuzz: \(name): \(outcome.inputs) inputs, \(outcome.taken) taken, slowest \(slowest) ms, "
                + "\(outcome.failures.count) failures"
        )
        return outcome
    }

    /// An input: each good example as it is, then changes of them, now and then nothing but noise.
    private func input(_ index: Int, _ generator: inout SeededGenerator) -> [UInt8] {
        if index < seeds.count { return seeds[index] }
        guard index % 50 != 0 else {
            return (0..<Int.random(in: 0...200, using: &generator)).map { _ in .random(in: 0...255, using: &generator) }
        }
        var bytes = seeds[Int.random(in: 0..<seeds.count, using: &generator)]
        for _ in 0..<Int.random(in: 1...5, using: &generator) { change(&bytes, &generator) }
        return Array(bytes.prefix(Self.largest))
    }

    private func change(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        func place(_ generator: inout SeededGenerator) -> Int { Int.random(in: 0...bytes.count, using: &generator) }
        let start = place(&generator)
        let end = min(bytes.count, start + Int.random(in: 1...16, using: &generator))
        switch Int.random(in: 0..<10, using: &generator) {
        case 0 where start < bytes.count: bytes[start] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1 where start < bytes.count: bytes[start] = .random(in: 0...255, using: &generator)
        case 2: bytes.removeSubrange(start..<end)
        case 3: bytes.insert(contentsOf: Array(bytes[start..<end]), at: place(&generator))
        case 4: bytes.removeLast(bytes.count - start)
        case 5:
            // Another example from somewhere on.
            let other = seeds[Int.random(in: 0..<seeds.count, using: &generator)]
            bytes = Array(bytes[..<start]) + other.suffix(Int.random(in: 0...other.count, using: &generator))
        case 6:
            let part = Array(bytes[start..<end])
            bytes.insert(contentsOf: (0..<Int.random(in: 2...400, using: &generator)).flatMap { _ in part }, at: start)
        case 7 where start < bytes.count:
            bytes[start] = [0, 9, 10, 13, 32, 34, 39, 92, 127, 128, 255].randomElement(using: &generator) ?? 0
        default: bytes.insert(contentsOf: words.randomElement(using: &generator) ?? [], at: start)
        }
    }

    /// What has a meaning to many readers, and what has none to any.
    private static let words: [[UInt8]] =
        [
            "\0", "\r\n", "\n", "\r\n\r\n", "\"", "'", "\\", "\\u0000", "\\ud800", "/", "../", "%00", "%2e", "%", "+",
            "&", "=",
            ";", ",", ":", "-", "--", ".", "..", "{", "}", "[", "]", "[[[[[[[[", "{\"a\":", "null", "true", "1e999",
            "-0", "NaN",
            "18446744073709551616", "-9223372036854775809", "0.1", "99999999999999999999", "\u{FEFF}", "\u{202E}",
            "\u{301}",
            "😀", "\u{FFFF}", "<script>", "{{x}}", "$1", "';--",
        ].map { Array($0.utf8) } + [
            [0xed, 0xa0, 0x80], [0xc0, 0x80], [0xff, 0xfe], [0xf4, 0x90, 0x80, 0x80], [0x80],
        ]

    /// Processor time of this thread: what the machine does beside it does not count.
    private static func processor() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
