import Contracts
import Foundation
import Messaging
import PostgreSQL
import Support
import Testing

/// Schedule 25 at the service: its process' clock jumps, forward and back.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct ProcessClockTests {
    /// Debian's libfaketime, whose folder the loader knows by the machine's kind.
    private static let library = "/usr/$LIB/faketime/libfaketime.so.1"

    @Test(arguments: [InboxMode.byID, .inOrder])
    func `a process whose clock jumps by a month and back loses and doubles nothing`(mode: InboxMode) async throws {
        try await ToyHarness.with(mode: mode) { harness in
            let clock = FileManager.default.temporaryDirectory.appending(path: "\(TestStack.uniqueName()).clock")
            defer { try? FileManager.default.removeItem(at: clock) }
            let told = clock.appendingPathExtension("told")
            defer { try? FileManager.default.removeItem(at: told) }
            try "+0".write(to: clock, atomically: true, encoding: .utf8)
            let service = try harness.process(variables: [
                "LD_PRELOAD": Self.library, "FAKETIME_TIMESTAMP_FILE": clock.path, "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            ])
            defer { service.terminate() }
            var ids = try await harness.knock(200)
            for offset in ["+30d", "-30d", "+0"] {
                try await eventually("the lot has taken effect") {
                    try await harness.number("SELECT coalesce(sum(count), 0)::int8 FROM effects") == ids.count
                }
                try offset.write(to: clock, atomically: true, encoding: .utf8)
                ids += try await harness.knock(200)
            }
            // What is left behind at a moment that the process believes to be a month off leaves all the same.
            try await harness.conserved(ids)
            let sink = harness.topology.workQueue(of: .sink)
            #expect(try await harness.count(sink) == 0)
        }
    }
}
