import Contracts
import Fleet
import Foundation
import PostgreSQL
import Support
import Synchronization
import Testing

extension FleetTests {
    /// Directory is killed under load, and nobody else notices: whoever has a token works on, by keys that each service keeps.
    struct DirectoryDownTests {
        /// How long it is away; a minute where there is time for it (`EBINDA_DIRECTORY_AWAY=60`).
        private static let away = Duration.seconds(
            ProcessInfo.processInfo.environment["EBINDA_DIRECTORY_AWAY"].flatMap(Double.init) ?? 10
        )
        /// Callers at a time: together they keep two processors busy.
        private static let callers = 4
        /// The longest that a hundredth of the answers may take: a stall would be the client's limit of 30 s, or a queue's seconds.
        private static let limit = Duration.seconds(2)

        /// What callers met.
        private final class Ledger: Sendable {
            private struct State {
                var times: [Duration] = []
                var wrong: [String] = []
                var receipts: [FleetClient.Receipt] = []
            }
            private let state = Mutex(State())

            func note(_ time: Duration, _ wrong: String?) {
                state.withLock {
                    $0.times.append(time)
                    if let wrong { $0.wrong.append(wrong) }
                }
            }
            func note(_ receipt: FleetClient.Receipt) { state.withLock { $0.receipts.append(receipt) } }
            var wrong: [String] { state.withLock { $0.wrong } }
            var receipts: [FleetClient.Receipt] { state.withLock { $0.receipts } }
            var count: Int { state.withLock { $0.times.count } }
            /// The time that all but a hundredth stayed below.
            var slowest: Duration {
                state.withLock { state in
                    let sorted = state.times.sorted()
                    return sorted.isEmpty ? .zero : sorted[min(sorted.count - 1, sorted.count * 99 / 100)]
                }
            }
        }

        @Test(.timeLimit(.minutes(10)))
        func `Directory killed under load: answers, readiness and lives go on, new tokens alone are not to be had`()
            async throws
        {
            try await Fleet.with(departments: FleetTests.departments) { fleet in
                try await FleetClient.with(fleet) { client in
                    try await fleet.startAll()
                    try fleet.start(fleet.portal)
                    try await fleet.ready(fleet.portal)
                    let samples = try Sample.placed(with: fleet.departments)
                    let players = try await Players.start(fleet, client)
                    let before = Ledger()
                    try await load(fleet, client, samples, "before", for: Self.away / 2, before)

                    let directory = Fleet.Member(service: .directory, replica: 0)
                    await fleet.kill(directory)
                    let during = Ledger()
                    try await load(fleet, client, samples, "during", for: Self.away, during)
                    await #expect(throws: (any Error).self, "nobody answers") {
                        try await client.ask(.get, .directory, "/v1/jwks", headers: [:], body: "")
                    }
                    #expect(before.wrong == [] && during.wrong == [])
                    #expect(during.count > Self.callers)
                    #expect(during.slowest < Self.limit, "\(during.slowest)")

                    // Every life that began meanwhile came to its end while it was away.
                    for receipt in during.receipts {
                        try await eventually("it is closed", within: .seconds(60)) {
                            try await client.status(receipt).state == "closed"
                        }
                    }
                    print(
                        "directory away for \(Self.away): \(during.count) answers, none wrong, p99 \(during.slowest) "
                            + "(before: \(before.count), \(before.slowest)); \(during.receipts.count) lives closed meanwhile"
                    )
                    try fleet.start(directory)
                    try await fleet.ready(directory)
                    #expect(try await client.ask(.get, .directory, "/v1/jwks", headers: [:], body: "").status == 200)
                    await players.leave()
                }
            }
        }

        private func load(
            _ fleet: Fleet,
            _ client: FleetClient,
            _ samples: [Sample],
            _ phase: String,
            for time: Duration,
            _ ledger: Ledger
        ) async throws {
            let end = ContinuousClock.now + time
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<Self.callers {
                    group.addTask {
                        var round = 0
                        while ContinuousClock.now < end {
                            round += 1
                            try await self.once(fleet, client, samples, "\(phase)-\(caller)-\(round)", ledger)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }

        /// One round of a caller: a hand-in, its status, the screen, a desk, and everybody's readiness.
        private func once(
            _ fleet: Fleet,
            _ client: FleetClient,
            _ samples: [Sample],
            _ key: String,
            _ ledger: Ledger
        ) async throws {
            let clock = ContinuousClock()
            var receipt: FleetClient.Receipt?
            let handedIn = try await clock.measure {
                receipt = try await client.submit(
                    samples[key.utf8.reduce(0) { $0 + Int($1) } % samples.count],
                    key: key
                )
            }
            ledger.note(handedIn, nil)
            if let receipt { ledger.note(receipt) }
            let bearer = { (account: String) in ["Authorization": "Bearer \(fleet.token(of: account))"] }
            let asked: [(ServiceName, String, [String: String])] =
                [
                    (.dashboard, "/v1/overview", bearer("screen")), (.routing, "/v1/suggestions", bearer("chengjian")),
                    (.replies, "/v1/assignments", bearer("chengguan")),
                    // Pages for who has no account want nothing of Directory that cannot wait.
                    (.portal, "/", [:]), (.portal, "/hand-in", [:]), (.portal, "/status", [:]),
                    (.portal, "/health/ready", [:]),
                ] + ServiceName.all.filter { $0 != .directory }.map { ($0, "/health/ready", [:]) }
            for (service, path, headers) in asked {
                var status = 0
                let time = try await clock.measure {
                    status = try await client.ask(.get, service, path, headers: headers, body: "").status
                }
                ledger.note(time, status == 200 ? nil : "\(service) \(path): \(status)")
            }
        }
    }
}
