import Contracts
import Fleet
import Foundation
import Messaging
import RabbitMQ
import Support

/// Polls the screen with `wrk`, a load generator written in C, so that the generator's own cost stays small beside the service's.
struct PollBench: Sendable {
    /// What a run has shown.
    struct Outcome: Sendable {
        let rate: Double
        /// Milliseconds.
        let p99: Double
        /// Answers that were neither 200 nor 304.
        let errors: Int
    }

    /// The generator cannot be run, or says something else than expected.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// One thread and 16 connections: 16 screens that ask again as soon as they have their answer, which is as many requests
    /// under way at every moment as thousands of screens have that ask every few seconds.
    private static let connections = 16

    let fleet: Fleet

    /// Polls for a while, with the tag of the answer before, as screens do.
    func run(seconds: Int) async throws -> Outcome {
        let script = FileManager.default.temporaryDirectory.appending(path: "poll-\(fleet.databaseName).lua")
        defer { try? FileManager.default.removeItem(at: script) }
        try Data(Self.script.utf8).write(to: script)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/wrk")
        process.arguments = [
            "-t1", "-c\(Self.connections)", "-d\(seconds)s", "--latency", "-s", script.path,
            "-H", "Authorization: Bearer \(fleet.token(of: "screen"))",
            fleet.address(of: .dashboard) + "/v1/overview",
        ]
        let output = Pipe()
        process.standardOutput = output
        do { try process.run() } catch { throw Failure(description: "wrk is missing: apt-get install wrk") }
        await process.ended()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("figures ") }) else {
            throw Failure(description: text)
        }
        let numbers = line.split(separator: " ").compactMap { Double($0) }
        guard numbers.count == 3 else { throw Failure(description: text) }
        return Outcome(rate: numbers[0], p99: numbers[1], errors: Int(numbers[2]))
    }

    // The first answer carries the figures and their tag, later ones are compared with it: 304 while nothing moves.
    private static let script = """
        local tag = nil
        request = function()
          if tag then wrk.headers["If-None-Match"] = tag end
          return wrk.format("GET")
        end
        response = function(status, headers)
          if headers["Etag"] then tag = headers["Etag"] elseif headers["ETag"] then tag = headers["ETag"] end
        end
        done = function(summary, latency)
          local failed = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
          print(string.format("figures %f %f %d", summary.requests / summary.duration * 1e6,
                latency:percentile(99) / 1000, failed + summary.errors.status))
        end
        """

    /// Publishes events for the screen to fold, at so many a second, until cancelled.
    func fold(eventsPerSecond: Int) async throws {
        let source = Publisher(configuration: fleet.broker, logger: .silent)
        let run = Task { await source.run() }
        try await eventually("the source is connected") { source.status == .ready }
        // Fifty bursts a second.
        let (burst, pause) = (eventsPerSecond / 50, Duration.milliseconds(20))
        let start = ContinuousClock.now
        var round = 0
        while !Task.isCancelled {
            let messages = try (0..<burst).map { index in
                try message(SuggestionReceived.example(number: "BJ-F\(round)-\(index)"))
            }
            _ = await source.publish(messages)
            round += 1
            try? await Task.sleep(until: start + pause * round, tolerance: .zero, clock: .continuous)
        }
        run.cancel()
        await run.value
    }

    private func message(_ body: SuggestionReceived) throws -> OutgoingMessage {
        Envelope.message(
            EventMetadata(
                id: .make(),
                name: SuggestionReceived.name,
                owner: .intake,
                aggregate: .make(),
                version: 1,
                time: .now
            ),
            body: try EventCoding.encode(body),
            exchange: "",
            // Straight into the screen's queue: the other services are not to work for this.
            routingKey: fleet.topology.workQueue(of: .dashboard),
            isMandatory: false,
            account: fleet.broker.user
        )
    }
}

extension SuggestionReceived {
    fileprivate static func example(number: String) -> Self {
        Self(
            number: number,
            kind: .opinion,
            submitter: .voter,
            title: "小区门口的路灯不亮",
            text: "晚上回家看不清路，老人容易摔倒，希望尽快修好。",
            analysis: nil,
            proposal: nil,
            station: StationCode(rawValue: "ST-X01"),
            receivedAt: .now
        )
    }
}
