package import Foundation

/// A file with a year's notice: holiday-cn JSON, or iCalendar.
package enum NoticeFile {
    /// What is wrong with a file, in one line.
    package struct Wrong: Error, Hashable {
        /// What is to be named or changed; nil for the file itself.
        package let field: String?
        /// The rule in words, without the file's content.
        package let rule: String
    }

    /// Reads a notice; a byte order mark before it is passed over.
    ///
    /// - Parameters:
    ///   - year: of an iCalendar file, which year is wanted.
    ///   - paper: of an iCalendar file, where the notice itself stands.
    /// - Throws: ``Wrong``.
    package static func read(_ data: Data, year: Int?, paper: String?) throws(Wrong)
        -> ICalendarNotice.Reading
    {
        do {
            let text = data.starts(with: mark) ? data.dropFirst(mark.count) : data
            guard String(decoding: text.prefix(5), as: UTF8.self).uppercased() == "BEGIN" else {
                return ICalendarNotice.Reading(notice: try HolidayNotice(json: Data(text)), skipped: [])
            }
            guard let year, let paper else {
                throw Wrong(
                    field: "--year, --paper",
                    rule: "are needed: an iCalendar file does not say which notice it follows"
                )
            }
            return try ICalendarNotice.read(String(decoding: text, as: UTF8.self), year: year, paper: paper)
        } catch let wrong as Wrong {
            throw wrong
        } catch let error as DecodingError {
            throw Wrong(field: nil, rule: place(of: error))
        } catch {
            throw Wrong(field: nil, rule: "\(error)")
        }
    }

    /// U+FEFF, as programs for Windows put it before a text.
    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// Where and what, without the file's content.
    private static func place(of error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context): "\(path(context.codingPath + [key])): is missing"
        case .typeMismatch(let type, let context): "\(path(context.codingPath)): must be \(type)"
        case .valueNotFound(let type, let context): "\(path(context.codingPath)): must be \(type)"
        case .dataCorrupted(let context) where context.codingPath.isEmpty: "is neither JSON nor iCalendar"
        case .dataCorrupted(let context): "\(path(context.codingPath)): \(context.debugDescription)"
        @unknown default: "is malformed"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.isEmpty ? "the file" : keys.map { "/" + ($0.intValue.map(String.init) ?? $0.stringValue) }.joined()
    }
}
