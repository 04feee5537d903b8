import Contracts
import Fleet
import Foundation
import Messaging
import PostgreSQL
import RabbitMQ
import Support
import Synchronization
import Testing

extension FleetTests {
    /// Every service as a process of its own, as it is deployed.
    struct JourneyTests {
        @Test(.timeLimit(.minutes(5)))
        func `what is handed in on a phone is placed, answered, judged, closed and shown, in one trace`() async throws {
            try await Fleet.with(departments: FleetTests.departments) { fleet in
                try await FleetClient.with(fleet) { client in
                    try await fleet.startAll()
                    let sample = try #require(try Sample.placed(with: fleet.departments).first)
                    let players = try await Players.start(fleet, client)
                    let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
                    let receipt = try await client.submit(
                        sample,
                        key: "journey-0001",
                        trace: "00-\(trace)-00f067aa0ba902b7-01"
                    )
                    // Read your writes: the author's page knows it at once, and answers 404 for what it does not know.
                    _ = try await client.status(receipt)
                    try await eventually("the author sees that it is closed", within: .seconds(40)) {
                        try await client.status(receipt).state == "closed"
                    }
                    // The same request again is the same item.
                    #expect(try await client.submit(sample, key: "journey-0001") == receipt)
                    let number = receipt.number
                    let id = try await fleet.text(
                        "SELECT id::text FROM suggestions WHERE number = \(number)",
                        of: .intake
                    )
                    let aggregate = try #require(UUID(uuidString: id))
                    // What departments and deputies do are acts of their own, with traces of their own.
                    for service in [ServiceName.intake, .routing] {
                        let untraced = try await fleet.number(
                            """
                            SELECT count(*) FROM acts
                            WHERE aggregate = \(aggregate) AND substr(traceparent, 4, 32) IS DISTINCT FROM \(trace)
                            """,
                            of: service
                        )
                        #expect(untraced == 0, "\(service)")
                    }
                    let notices = players.notices.of(SuggestionID(rawValue: aggregate))
                    #expect(!notices.isEmpty)
                    for properties in notices {
                        guard case .string(let parent)? = properties[header: Envelope.HeaderName.traceparent] else {
                            Issue.record("a department's notice has no trace")
                            continue
                        }
                        #expect(parent.contains(trace))
                    }
                    try await settled(fleet, client)
                    #expect(try await fleet.runToEnd(.dashboard, ["rebuild"]).hasSuffix("equal\n"))
                    #expect(try await fleet.parked() == [])
                    await players.leave()
                }
            }
        }

        @Test(.timeLimit(.minutes(5))) func `a service that was away makes up for everything it missed`() async throws {
            try await Fleet.with(departments: FleetTests.departments) { fleet in
                try await FleetClient.with(fleet) { client in
                    try await fleet.startAll()
                    let samples = try Sample.placed(with: fleet.departments)
                    let players = try await Players.start(fleet, client)
                    for service in ServiceName.all where service != .intake {
                        await fleet.kill(.init(service: service, replica: 0))
                        _ = try await client.submit(samples[0], key: "without-\(service)")
                        try fleet.start(.init(service: service, replica: 0))
                        try await fleet.ready(.init(service: service, replica: 0))
                    }
                    try await settled(fleet, client)
                    let closed = try await fleet.number(
                        "SELECT count(*) FROM suggestions WHERE state = 'closed'",
                        of: .replies
                    )
                    #expect(closed == ServiceName.all.count - 1)
                    #expect(try await fleet.parked() == [])
                    await players.leave()
                }
            }
        }

        /// Waits until everything that was placed is closed and shown, and nothing is on its way.
        private func settled(_ fleet: Fleet, _ client: FleetClient) async throws {
            try await eventually("everything is closed and shown", within: .seconds(60)) {
                let open = try await fleet.number(
                    "SELECT count(*) FROM suggestions WHERE state <> 'closed'",
                    of: .replies
                )
                let closed = try await fleet.number(
                    "SELECT count(*) FROM suggestions WHERE state = 'closed'",
                    of: .replies
                )
                guard open == 0, try await client.overview().states["closed"] == closed else { return false }
                return try await fleet.pending().isEmpty
            }
        }
    }
}

/// Departments and deputies of a test.
struct Players {
    let task: Task<Void, Never>
    let deputy: DeputyPlayer
    let notices: Notices

    static func start(_ fleet: Fleet, _ client: FleetClient) async throws -> Players {
        let deputy = try await DeputyPlayer(fleet, client) { _ in }
        let notices = Notices()
        let task = Task {
            await withDiscardingTaskGroup { group in
                group.addTask { await DepartmentPlayers(fleet) { notices.note($0, $1) }.run() }
                group.addTask { await deputy.run() }
            }
        }
        return Players(task: task, deputy: deputy, notices: notices)
    }

    func leave() async {
        task.cancel()
        await task.value
        // Its queue goes with it; a broker that is gone by then has nothing to remove.
        try? await deputy.leave()
    }
}

/// What arrived at departments, by matter.
final class Notices: Sendable {
    private let state = Mutex<[SuggestionID: [MessageProperties]]>([:])

    func note(_ notice: AssignmentNotice, _ properties: MessageProperties) {
        state.withLock { $0[notice.suggestion, default: []].append(properties) }
    }

    func of(_ suggestion: SuggestionID) -> [MessageProperties] { state.withLock { $0[suggestion] ?? [] } }
}
