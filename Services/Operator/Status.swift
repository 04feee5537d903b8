import ArgumentParser
import Bootstrap
import Calendar
import Contracts
import Messaging
import PostgreSQL

/// `ebinda status`: what lies where, for every service; exit status 1 when something wants an operator.
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show what lies where, and what wants an operator.")

    /// From this age on an announcement or an event that waits its turn is worth a look: the ladder's length and more.
    private static let patience: Duration = .seconds(3 * 3_600)

    @OptionGroup var options: Options

    func run() async throws {
        try await options.perform { settings in
            var concerns: [String] = []
            var notes: [String] = []
            var calendars: [ServiceName: WorkCalendar] = [:]
            var provisional = 0
            print(Self.row("service", "work", "retrying", "parked", "outbox", "waiting", "unsealed"))
            for service in ServiceName.all {
                let runtime = try await Runtime(service: service, settings: settings)
                let (broker, topology) = (try await runtime.broker(), try await runtime.topology())
                let database = Database(configuration: try await runtime.database(), logger: runtime.logger)
                do {
                    let backlog = try await Backlog.of(service, database: database, broker: broker, topology: topology)
                    print(Self.row(service.rawValue, backlog))
                    concerns += Self.concerns(service, backlog)
                    concerns += try await Self.held(by: service, database, topology)
                    if service == .intake {
                        notes += try await Self.quarantined(database)
                        notes += try await Self.refusedMachines(database)
                        concerns += try await Self.retention(database)
                    }
                    if Self.counting.contains(service) {
                        calendars[service] = try await database.transaction { try await KnownCalendar.newest(in: $0) }
                    }
                    if service == .replies { provisional = try await Self.provisional(database) }
                } catch {
                    concerns.append("\(service): \(JSONLogHandler.text(of: error))")
                }
                await database.close()
            }
            let runtime = try await Runtime(service: .intake, settings: settings)
            let (broker, topology) = (try await runtime.broker(), try await runtime.topology())
            let unrouted = try await Backlog.unrouted(broker: broker, topology: topology)
            if unrouted > 0 {
                concerns.append("\(unrouted) messages that no queue was bound for, in \(topology.unrouted)")
            }
            let outlook = CalendarOutlook(
                calendar: calendars[.reminders] ?? .china,
                provisional: provisional,
                editions: Dictionary(
                    uniqueKeysWithValues: Self.counting.map { ($0, (calendars[$0] ?? .china).version) }
                )
            )
            let today = CivilDate(of: .now)
            notes += outlook.notes(on: today)
            concerns += outlook.concerns(on: today)
            for note in notes { print("\n\(note)") }
            guard concerns.isEmpty else {
                print("\nwants an operator:")
                for concern in concerns { print("- \(concern)") }
                throw ExitCode.failure
            }
            print("\nnothing wants an operator")
        }
    }

    private static func concerns(_ service: ServiceName, _ backlog: Backlog) -> [String] {
        var concerns: [String] = []
        if backlog.parked > 0 {
            concerns.append("\(service): \(backlog.parked) parked messages (ebinda dead-letters list \(service))")
        }
        if let oldest = backlog.outbox.oldest, .now - oldest > patience {
            concerns.append("\(service): announcements unconfirmed since \(oldest)")
        }
        if let oldest = backlog.waiting.oldest, .now - oldest > patience {
            concerns.append("\(service): events wait for their turn since \(oldest)")
        }
        return concerns
    }

    /// Departments that take nothing: theirs is held at the first refusal, and does not wait for the limit of the rest.
    private static func held(
        by service: ServiceName,
        _ database: Database,
        _ topology: Topology
    ) async throws -> [String] {
        try await Backlog.Held.of(database, exchange: topology.departmentsOut).map { held in
            "\(service): the queue of \(held.routingKey) takes nothing, \(held.count) messages held since \(held.oldest)"
        }
    }

    /// What waits for officers of stations: an operator has nothing to do about it, and wants to know.
    private static func quarantined(_ database: Database) async throws -> [String] {
        let row = try await database.query(
            "SELECT count(*) AS count, min(received_at) AS oldest FROM quarantine WHERE refused_at IS NULL"
        )[0]
        guard let oldest = try row["oldest", as: Timestamp?.self] else { return [] }
        return [
            "intake: \(try row["count", as: Int.self]) items held back as floods since \(oldest), for stations to decide"
        ]
    }

    /// Machines that were told to wait since yesterday: their operators may want to know, and so may ours.
    private static func refusedMachines(_ database: Database) async throws -> [String] {
        try await database.query(
            """
            SELECT account, sum(refused)::bigint AS refused, max(last_at) AS last_at FROM machine_refusals
            WHERE last_at > now() - interval '24 hours' GROUP BY account ORDER BY account
            """
        ).map { row in
            let (account, count) = (try row["account", as: String.self], try row["refused", as: Int.self])
            let last = try row["last_at", as: Timestamp.self]
            return "intake: the account \(account) was told to wait (429) \(count) times, last at \(last)"
        }
    }

    /// What is kept too long goes once a day, where it has ever gone by itself.
    private static func retention(_ database: Database) async throws -> [String] {
        let row = try await database.query(
            """
            SELECT max(finished_at) AS last, min(claimed_at) < now() - interval '2 days'
                   AND coalesce(max(finished_at) < now() - interval '2 days', true) AS late FROM retention_runs
            """
        )[0]
        guard try row["late", as: Bool?.self] == true else { return [] }
        let last = try row["last", as: Timestamp?.self].map { "since \($0)" } ?? "ever"
        return ["intake: nothing that is kept too long has been removed \(last) (ebinda privacy retention)"]
    }

    /// The services that have a copy of the calendar to count by, and the one that owns it.
    private static let counting: [ServiceName] = [.reminders, .routing, .replies]

    /// Running periods that end in a year without a notice.
    private static func provisional(_ database: Database) async throws -> Int {
        try await database.query(
            "SELECT count(*) FROM assignments WHERE provisional AND state IN ('issued', 'received')"
        )[0].value(at: 0, as: Int.self)
    }

    private static func row(_ service: String, _ backlog: Backlog) -> String {
        let counts = [
            backlog.work, backlog.retrying, backlog.parked, backlog.outbox.count, backlog.waiting.count,
            backlog.unsealed,
        ]
        return row([service] + counts.map(String.init))
    }

    private static func row(_ cells: String...) -> String { row(cells) }

    private static func row(_ cells: [String]) -> String {
        cells.enumerated().map { index, cell in
            let padding = String(repeating: " ", count: max(0, 10 - cell.count))
            return index == 0 ? cell + padding : padding + cell
        }.joined()
    }
}
