import Foundation

/// What a text that a person has written must be, the same at every desk, by page and by queue.
///
/// Characters are counted as Unicode code points, as JSON Schema's `maxLength` counts them: a client and a server that count
/// otherwise disagree, and a single «character» of a user may hide any number of combining marks.
package struct TextRule: Sendable {
    /// One thing that is wrong with a text.
    package struct Breach: Sendable, Hashable {
        /// The rule's code.
        package let rule: String
        /// In words, Chinese first.
        package let words: String
    }

    /// A text that must be given and is not.
    package static let missing = Breach(rule: "required", words: "必填 · must be given")

    private let limit: Int
    private let isOneLine: Bool

    /// Creates a rule.
    ///
    /// - Parameters:
    ///   - limit: the most code points, white space around the text left out.
    ///   - isOneLine: whether line breaks and tabs are refused.
    package init(limit: Int, isOneLine: Bool = false) {
        (self.limit, self.isOneLine) = (limit, isOneLine)
    }

    /// The text without white space around it, and everything that is wrong with it.
    package func read(_ text: String) -> (text: String, breaches: [Breach]) {
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        var breaches: [Breach] = []
        if trimmed.isEmpty {
            breaches.append(Breach(rule: "length", words: "不能为空 · must not be empty"))
        } else if trimmed.unicodeScalars.count > limit {
            breaches.append(Breach(rule: "length", words: "最多\(limit)字 · at most \(limit) characters"))
        }
        if trimmed.unicodeScalars.contains(where: isForbidden) {
            breaches.append(Breach(rule: "characters", words: "含有控制字符 · must have no control characters"))
        }
        return (trimmed, breaches)
    }

    /// The same with personal data hidden (``Masking``): for what an officer writes about an item or a person, which goes into acts,
    /// events and departments' queues.
    package func readMasked(_ text: String) -> (text: String, breaches: [Breach]) {
        let (text, breaches) = read(text)
        return (breaches.isEmpty ? Masking.masked(text) : text, breaches)
    }

    /// The database takes no U+0000, and no other control character has a meaning in a text.
    private func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.properties.generalCategory == .control else { return false }
        return isOneLine || !(scalar == "\n" || scalar == "\r" || scalar == "\t")
    }
}
