package import Bootstrap
import Foundation
package import Logging
import Synchronization

/// What a service would have written to its log.
package final class RecordedLog: Sendable {
    private let written = Mutex<[[UInt8]]>([])

    /// An empty log.
    package init() {}

    /// Where the log's lines go: here.
    package var output: LogOutput { LogOutput { bytes in self.written.withLock { $0.append(bytes) } } }

    /// A logger that writes here, from `trace` on.
    package func logger(_ label: String = "test", level: Logger.Level = .trace) -> Logger {
        Logger(label: label) { JSONLogHandler(label: $0, level: level, output: self.output) }
    }

    /// How often something was written.
    package var writes: Int { written.withLock { $0.count } }

    /// Everything that was written.
    package var text: String { String(decoding: written.withLock { $0.flatMap { $0 } }, as: UTF8.self) }

    /// Every line as the JSON object that it is.
    ///
    /// - Throws: when a line is no JSON object.
    package func records() throws -> [[String: Any]] {
        try text.split(separator: "\n").map { line in
            let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
            guard let object = value as? [String: Any] else { throw CocoaError(.coderReadCorrupt) }
            return object
        }
    }
}
