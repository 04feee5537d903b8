import Foundation

/// What a password must be (NIST SP 800-63B §5.1.1.2): long enough, and nothing that is tried first.
///
/// No character is asked for and none is forbidden but those that nobody can type, and no password ends by itself: such rules
/// make passwords that are easier to guess. Whether it is in a dictionary is asked of another program (``PasswordWork``).
struct PasswordRule: Sendable {
    /// What is wrong with one.
    struct Breach: Sendable, Hashable {
        /// The rule's name, for programs.
        let rule: String
        /// In words, Chinese first.
        let words: String

        /// Known to those who try passwords.
        static let guessable = Self(rule: "guessable", words: "过于常见或有规律 · too common or too regular")
    }

    /// Its length in code points.
    static let lengths = 10...128
    /// What is left without the words below must be at least as long.
    static let ownLength = 8
    /// The site's own words, which are tried first here.
    private static let siteWords = [
        "ebinda", "e滨达", "滨达", "滨江", "binjiang", "杭州", "hangzhou", "人大", "renda", "代表", "daibiao", "联络站", "password",
        "密码",
    ]

    /// The site's words and the person's, each without marks of case.
    private let words: [String]

    /// The rule for a person.
    ///
    /// - Parameter own: their login, their name, the names and codes of their units.
    init(own: [String]) {
        let parts = own.flatMap { word in [word] + word.split { !$0.isLetter && !$0.isNumber }.map(String.init) }
        // The longest first, so that a part does not leave the rest of the whole standing. What has one character is no word.
        words = Set((Self.siteWords + parts).map(Self.folded)).filter { $0.count > 1 }.sorted {
            ($1.count, $0) < ($0.count, $1)
        }
    }

    /// A password as it is hashed: the same whatever keyboard has written it (NFKC).
    ///
    /// - Returns: nil for a text that can be no password, too long to be worth a hash or with characters that no keyboard has.
    static func normalised(_ text: String) -> String? {
        // Four bytes a code point at most, and composition may shorten a text to a third.
        guard (1...lengths.upperBound * 12).contains(text.utf8.count) else { return nil }
        let normal = text.precomposedStringWithCompatibilityMapping
        let isTyped = !normal.unicodeScalars.contains { $0.properties.generalCategory == .control }
        return isTyped && normal.unicodeScalars.count <= lengths.upperBound ? normal : nil
    }

    /// What is wrong with a new password, and the password as it is hashed.
    func read(_ text: String) -> (password: String, breaches: [Breach]) {
        let lengths = Self.lengths
        guard let password = Self.normalised(text) else {
            let isLong = text.precomposedStringWithCompatibilityMapping.unicodeScalars.count > lengths.upperBound
            let length = Breach(
                rule: "length",
                words: "最多\(lengths.upperBound)字 · at most \(lengths.upperBound) characters"
            )
            let characters = Breach(
                rule: "characters",
                words: "不能为空或含有控制字符 · must be given, with no control characters"
            )
            return ("", [isLong ? length : characters])
        }
        guard password.unicodeScalars.count >= lengths.lowerBound else {
            let words = "至少\(lengths.lowerBound)字 · at least \(lengths.lowerBound) characters"
            return (password, [Breach(rule: "length", words: words)])
        }
        var rest = Self.folded(password)
        for word in words { rest = rest.replacing(word, with: "") }
        guard rest.count >= Self.ownLength else {
            return (
                password,
                [
                    Breach(
                        rule: "own-words",
                        words: "不能由姓名、账号、单位或本站词语组成 · must not be made of your name, login, unit or this site's words"
                    )
                ]
            )
        }
        guard Set(rest).count > 3 else { return (password, [.guessable]) }
        return (password, [])
    }

    private static func folded(_ text: String) -> String {
        text.precomposedStringWithCompatibilityMapping.lowercased()
    }
}
