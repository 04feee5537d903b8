import Contracts
import Glibc

/// Where log lines go.
package struct LogOutput: Sendable {
    private let put: @Sendable ([UInt8]) -> Void

    /// Hands each line to a closure, which must be quick and may be called from several threads at once.
    package init(_ put: @escaping @Sendable ([UInt8]) -> Void) {
        self.put = put
    }

    /// Standard error, descriptor 2.
    package static let standardError = Self(descriptor: STDERR_FILENO)
    /// Standard output, descriptor 1.
    package static let standardOutput = Self(descriptor: STDOUT_FILENO)

    /// A file descriptor, one `write(2)` a line.
    ///
    /// The rest of a short write follows in a second one; a record that cannot be written is lost, since a service
    /// must not stop because nobody reads its log.
    package init(descriptor: Int32) {
        self.init { bytes in
            bytes.withUnsafeBytes { buffer in
                var offset = 0
                while offset < buffer.count {
                    let count = Glibc.write(descriptor, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
                    if count > 0 {
                        offset += count
                    } else if count == 0 || errno != EINTR {
                        return
                    }
                }
            }
        }
    }

    /// Writes one line that ends with a line feed.
    package func write(_ line: [UInt8]) { put(line) }
}

/// The present time for a log line.
enum LogTime {
    /// RFC 3339 in UTC with milliseconds, such as `2026-05-01T08:00:00.123Z`.
    static func now() -> String {
        let microseconds = Int(Timestamp.now.microseconds)
        return text(seconds: microseconds / 1_000_000, nanoseconds: microseconds % 1_000_000 * 1_000)
    }

    /// The same of a given moment since 1970-01-01T00:00:00Z.
    static func text(seconds: Int, nanoseconds: Int) -> String {
        var moment = seconds
        var parts = tm()
        gmtime_r(&moment, &parts)
        let numbers = [
            (Int(parts.tm_year) + 1900, 4), (Int(parts.tm_mon) + 1, 2), (Int(parts.tm_mday), 2),
            (Int(parts.tm_hour), 2), (Int(parts.tm_min), 2), (Int(parts.tm_sec), 2), (nanoseconds / 1_000_000, 3),
        ]
        let text = numbers.map { number, width in
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(text[0])-\(text[1])-\(text[2])T\(text[3]):\(text[4]):\(text[5]).\(text[6])Z"
    }
}
