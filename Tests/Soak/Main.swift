import Contracts
import Fleet
import Foundation
import Support

/// Lets every service work under load, two replicas each, while any of their processes is killed at random, and broker and
/// database now and then; then settles the accounts: sent = stored = routed = answered = shown, and the screen rebuilt from the
/// acts equals the live one.
///
/// The servers have to be a stack's that nobody else uses.
///
/// `Soak SECONDS`; the last line is `lost L, doubled D`, and the exit code is 1 unless both are 0 and the screens agree.
@main
struct Main {
    static func main() async throws {
        let seconds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 60
        var outcome: Accounts?
        let departments = try FleetUnits.everyDepartment()
        try await Fleet.with(departments: departments, replicas: 2) { fleet in
            try await FleetClient.with(fleet) { client in
                outcome = try await soak(fleet, client, seconds: seconds)
            }
        }
        guard let outcome else { exit(1) }
        for line in outcome.lines { say(line) }
        say("lost \(outcome.lost), doubled \(outcome.doubled)")
        exit(outcome.isGood ? 0 : 1)
    }

    private static func soak(_ fleet: Fleet, _ client: FleetClient, seconds: Int) async throws -> Accounts {
        try await fleet.startAll()
        let samples = try Sample.placed(with: fleet.departments)
        let deputy = try await DeputyPlayer(fleet, client) { _ in }
        let players = Task {
            await withDiscardingTaskGroup { group in
                group.addTask { await DepartmentPlayers(fleet).run() }
                group.addTask { await deputy.run() }
            }
        }
        let end = ContinuousClock.now + .seconds(seconds)
        let killing = Task { try await ServiceKiller(fleet).run(until: end) }
        let striking = Task { try await ServerKiller().run(until: end) }
        let sent = await Authors(client, samples).run(until: end)
        let servers = try await striking.value
        let kills = try await killing.value.merging(servers) { $1 }
        for member in fleet.members {
            try fleet.start(member)
            try await fleet.ready(member)
        }
        say(
            "\(sent) sent in \(seconds) s, \(kills.values.reduce(0, +)) processes killed; waiting until all of it is closed"
        )
        let accounts = try await Accounts.settle(fleet, client, sent: sent, kills: kills)
        players.cancel()
        await players.value
        try await deputy.leave()
        return accounts
    }
}

/// Hands in at a steady pace; whoever gets no answer sends the same again under the same key, to any replica.
private struct Authors {
    /// Some 50 a second: what two cores do beside the restarts.
    private static let pace: Duration = .milliseconds(20)
    /// Hand-ins under way at a time.
    ///
    /// On a machine that does not keep the pace they would pile up until each is given up before its
    /// turn, and none would ever arrive.
    private static let hands = 500

    let client: FleetClient
    let samples: [Sample]

    init(_ client: FleetClient, _ samples: [Sample]) { (self.client, self.samples) = (client, samples) }

    /// - Returns: how many have a receipt.
    func run(until end: ContinuousClock.Instant) async -> Int {
        await withTaskGroup(of: Void.self) { group in
            let start = ContinuousClock.now
            var count = 0
            while ContinuousClock.now < end {
                if count >= Self.hands { await group.next() }
                let (sample, key) = (samples[count % samples.count], "soak-\(UUID().uuidString)")
                group.addTask { await handIn(sample, key) }
                count += 1
                try? await Task.sleep(until: start + Self.pace * count, clock: .continuous)
            }
            return count
        }
    }

    private func handIn(_ sample: Sample, _ key: String) async {
        var attempt = Int.random(in: 0...1)
        while true {
            let intake = Fleet.Member(service: .intake, replica: attempt % 2)
            if (try? await client.submit(sample, key: key, to: intake)) != nil { return }
            attempt += 1
            // A person tries again after a moment.
            try? await Task.sleep(for: .milliseconds(200))
        }
    }
}
