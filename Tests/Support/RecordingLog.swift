package import Logging
import Synchronization

/// Keeps what is logged, for tests of what an operator would read.
package final class RecordingLog: Sendable {
    private struct Handler: LogHandler {
        let log: RecordingLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let rest = metadata.merging(event.metadata ?? [:]) { $1 }
            let words = rest.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            let line = (["\(event.level)", "\(event.message)"] + words).joined(separator: " ")
            log.kept.withLock { $0.append(line) }
        }
    }

    private let kept = Mutex<[String]>([])

    /// Creates an empty log.
    package init() {}

    /// A logger that writes here.
    package var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    /// The lines so far: level, message, and its metadata.
    package var lines: [String] { kept.withLock { $0 } }
}
