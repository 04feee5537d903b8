import Contracts
import Fleet
import Foundation
import Support

/// The processor time and the memory of everything that takes part in a measurement, read from `/proc` (proc(5)).
struct Processes: Sendable {
    /// Processor seconds by part: `broker`, `database`, each service, `generator`.
    typealias Seconds = [String: Double]

    private let broker: Int32
    private let database: Int32
    private let fleet: Fleet

    /// Finds the servers' processes by the files in which they name themselves.
    init(_ fleet: Fleet) throws {
        let folder = try fleet.stack.variable("EBINDA_STACK_DIRECTORY")
        func number(_ file: String) throws -> Int32 {
            let text = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
            return Int32(text.prefix { $0.isNumber }) ?? 0
        }
        (broker, database, self.fleet) = (try number("rabbitmq/pid"), try number("postgresql/postmaster.pid"), fleet)
    }

    /// What each part has used so far.
    func used() -> Seconds {
        var seconds: Seconds = ["generator": Processor.used()]
        seconds["broker"] = Self.seconds(of: broker)
        // A server process a connection: those that run, and in the postmaster's own account those that have ended.
        let children = Self.children(of: database).map { Self.seconds(of: $0) }
        seconds["database"] = Self.seconds(of: database, withEndedChildren: true) + children.reduce(0, +)
        for member in fleet.members {
            if let process = fleet.process(of: member) { seconds[member.service.rawValue] = Self.seconds(of: process) }
        }
        return seconds
    }

    /// Resident memory of a service's process in MiB; nil while it does not run.
    func memory(of service: ServiceName) -> Double? {
        guard let process = fleet.process(of: .init(service: service, replica: 0)),
            let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
            let kibibytes = line.split(separator: " ").compactMap({ Double($0) }).first
        else { return nil }
        return kibibytes / 1_024
    }

    private static let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))

    private static func seconds(of process: Int32, withEndedChildren: Bool = false) -> Double {
        // Behind the name, which may hold anything, stand the state and from the twelfth on utime, stime, cutime, cstime.
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let fields = text.split(separator: ")").last?.split(separator: " "), fields.count > 14
        else { return 0 }
        return fields[11..<(withEndedChildren ? 15 : 13)].compactMap { Double($0) }.reduce(0, +) / ticks
    }

    private static func children(of parent: Int32) -> [Int32] {
        let path = "/proc/\(parent)/task/\(parent)/children"
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: " ").compactMap { Int32($0) }
    }
}

/// The processor time of this process.
enum Processor {
    /// User and system seconds so far.
    static func used() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}

/// Many times of the same thing.
struct Latencies: Sendable {
    /// Milliseconds, sorted.
    private let sorted: [Double]

    init(_ milliseconds: [Double]) { sorted = milliseconds.sorted() }

    /// The time that this share of them did not exceed, in milliseconds; not a number when there is none.
    func percentile(_ share: Double) -> Double {
        sorted.isEmpty ? .nan : sorted[min(sorted.count - 1, Int((Double(sorted.count) * share).rounded(.down)))]
    }
}
