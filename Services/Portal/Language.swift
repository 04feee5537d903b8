import Foundation

/// A language of the pages; Chinese is the first.
enum Language: String, Sendable, CaseIterable {
    case chinese = "zh"
    case english = "en"

    /// As HTML's `lang` says it (BCP 47).
    var tag: String {
        switch self {
        case .chinese: "zh-Hans"
        case .english: "en"
        }
    }

    /// What was asked for just now, else before, else Chinese: the browser's own language is not asked, since many phones in
    /// China are set to English and their owners are not.
    init(asked: String?, kept: String?) {
        self = asked.flatMap(Self.init(rawValue:)) ?? kept.flatMap(Self.init(rawValue:)) ?? .chinese
    }

    /// The half of «中文 · English» that is in this language; the whole when it has no halves.
    func half(of text: String) -> String {
        let halves = text.components(separatedBy: " · ")
        guard halves.count == 2 else { return text }
        return self == .chinese ? halves[0] : halves[1]
    }
}

/// Every text of the pages, in both languages (`Catalogue/*.json`: key to Chinese and English).
struct Catalogue: Sendable {
    /// A file that is not as it must be.
    struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    private let texts: [Language: [String: String]]

    /// Reads its files.
    ///
    /// - Throws: ``Unreadable`` when a key comes twice or lacks a language, `DecodingError`.
    init(files: [[UInt8]]) throws {
        var texts: [Language: [String: String]] = [.chinese: [:], .english: [:]]
        for file in files {
            for (key, pair) in try JSONDecoder().decode([String: [String]].self, from: Data(file)) {
                guard pair.count == 2, pair.allSatisfy({ !$0.isEmpty }) else {
                    throw Unreadable(description: "\(key): wants Chinese and English")
                }
                for (language, text) in zip(Language.allCases, pair) {
                    guard texts[language]?.updateValue(text, forKey: key) == nil else {
                        throw Unreadable(description: "\(key): twice")
                    }
                }
            }
        }
        self.texts = texts
    }

    /// All of a language, for templates.
    func all(_ language: Language) -> [String: String] { texts[language] ?? [:] }

    /// A text with its `{places}` filled; the key itself where there is none, which a test keeps from happening.
    func text(_ key: String, _ language: Language, _ places: [String: String] = [:]) -> String {
        places.reduce(texts[language]?[key] ?? key) { $0.replacing("{\($1.key)}", with: $1.value) }
    }

    /// Whether there is such a text.
    func has(_ key: String) -> Bool { texts[.chinese]?[key] != nil }
}

extension Language {
    /// What stands between the members of a list.
    var comma: String { self == .chinese ? "、" : ", " }
    /// What stands between a name and what is said of it.
    var colon: String { self == .chinese ? "：" : ": " }
}
