import Contracts
import Fleet
import Support

/// Kills a service's process every second or so and starts it again.
struct ServiceKiller {
    let fleet: Fleet

    init(_ fleet: Fleet) { self.fleet = fleet }

    /// Kills until a moment.
    ///
    /// - Returns: how many of each were killed.
    func run(until end: ContinuousClock.Instant) async throws -> [String: Int] {
        var kills: [String: Int] = [:]
        while ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(Int.random(in: 300...1_500)))
            guard let victim = fleet.members.randomElement() else { continue }
            // One that is still starting dies too.
            await fleet.kill(victim)
            kills[victim.service.rawValue, default: 0] += 1
            try fleet.start(victim)
        }
        return kills
    }
}

/// Kills broker and database in turn and starts each again, with everything that is under way.
struct ServerKiller {
    /// Until the first: the services have work in hand by then, and a soak of a minute has room for both.
    private static let firstPause: Duration = .seconds(12)
    /// From a server that is back to the next one's end: everybody has connected again and taken up the work by then.
    private static let pause: Duration = .seconds(15)

    /// Kills until a moment; what was killed runs again then.
    ///
    /// - Returns: how many of each were killed.
    func run(until end: ContinuousClock.Instant) async throws -> [String: Int] {
        let stack = StackControl()
        var kills: [String: Int] = [:]
        var pause = Self.firstPause
        while ContinuousClock.now + pause < end {
            try await Task.sleep(for: pause)
            pause = Self.pause
            let server = kills["broker", default: 0] > kills["database", default: 0] ? "database" : "broker"
            try await stack.run("\(server)-kill")
            try await stack.run("\(server)-start")
            kills[server, default: 0] += 1
        }
        return kills
    }
}
