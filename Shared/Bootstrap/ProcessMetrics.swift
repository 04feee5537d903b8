import Foundation
import Glibc

/// The metrics of the process itself, under the names that Prometheus' own clients use.
enum ProcessMetrics {
    /// Adds resident memory, open descriptors, threads, processor time and start time, read from `/proc/self` (proc(5)).
    static func add(to registry: MetricsRegistry) {
        let start = Date().timeIntervalSince1970
        registry.gauge("process_start_time_seconds") { start }
        registry.gauge("process_resident_memory_bytes") {
            // The second number is the resident pages.
            numbers("/proc/self/statm").dropFirst().first.map { $0 * Double(sysconf(Int32(_SC_PAGESIZE))) }
        }
        registry.gauge("process_open_fds") {
            (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")).map { Double($0.count) }
        }
        registry.gauge("process_threads") {
            (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")).map { Double($0.count) }
        }
        registry.counter("process_cpu_seconds_total") {
            var usage = rusage()
            guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return nil }
            let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            return seconds + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
        }
    }

    private static func numbers(_ path: String) -> [Double] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        return text.split(separator: " ").compactMap { Double($0) }
    }
}
