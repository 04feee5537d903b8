import Contracts
import Foundation

/// The number of a mobile phone in China, as it is dialled there: eleven digits.
struct PhoneNumber: Sendable, Hashable {
    let digits: String

    /// Reads one however people write it: with spaces or hyphens, with +86 or 0086 before it.
    ///
    /// - Returns: nil for what is no such number.
    init?(_ text: String) {
        guard text.utf8.count <= 40 else { return nil }
        var digits = text.precomposedStringWithCompatibilityMapping.filter { !" -()".contains($0) }
        for prefix in ["+86", "0086"] where digits.hasPrefix(prefix) { digits.removeFirst(prefix.count) }
        guard digits.wholeMatch(of: /1[3-9][0-9]{9}/) != nil else { return nil }
        self.digits = digits
    }

    /// Reads one in a login, where there may be other signs between the digits, and 86 alone before them.
    ///
    /// - Returns: nil for a login that nobody takes for a number.
    init?(login: String) {
        let digits = login.filter { !"._-".contains($0) }
        self.init(digits.utf8.count == 13 && digits.hasPrefix("86") ? String(digits.dropFirst(2)) : digits)
    }
}

/// How often a number may ask for a code, whether it is known or not.
struct PhoneLimit: Sendable, Hashable {
    /// Messages within ``window``: nobody is to be woken up through us.
    static let askLimit = 3
    static let window: Duration = .seconds(3_600)

    /// Asked since ``since``.
    private(set) var asked: Int
    private(set) var since: Timestamp?

    init(asked: Int = 0, since: Timestamp? = nil) { (self.asked, self.since) = (asked, since) }

    /// Takes one.
    ///
    /// - Returns: nil when it may be asked; else the seconds after which it may.
    mutating func take(at now: Timestamp) -> Int? {
        if let first = since, first + Self.window <= now { (asked, since) = (0, nil) }
        let first = since ?? now
        guard asked < Self.askLimit else {
            return max(1, Int(((first + Self.window - now) / .seconds(1)).rounded(.up)))
        }
        (asked, since) = (asked + 1, first)
        return nil
    }
}

/// A voter's registration that waits for the code on their phone (选民自助注册).
struct PhoneRegistration: Sendable, Hashable {
    /// How long a code is good, and how many wrong ones may be shown.
    static let (lifetime, tryLimit): (Duration, Int) = (.seconds(600), 5)

    let id: SuggestionID
    /// What the gateway fetches.
    let message: SuggestionID
    /// Keyed hash of the number.
    let number: [UInt8]
    /// Keyed hash of the code.
    let code: [UInt8]
    /// Number and code; nil once they were fetched.
    let sealed: [UInt8]?
    let tries: Int
    let askedAt: Timestamp

    var expiresAt: Timestamp { askedAt + Self.lifetime }

    /// Whether a code may still be shown.
    func isOpen(at now: Timestamp) -> Bool { now < expiresAt && tries < Self.tryLimit }
}

/// What a gateway sends, and where: the only words of ours that a number goes with.
struct PhoneMessage: Sendable, Hashable {
    let number: PhoneNumber
    /// nil when the number has made a person already.
    let code: String?

    /// Stands for no code; as long as one, so that what is sealed tells nothing by its length.
    private static let none = "------"

    init(to number: PhoneNumber, code: String?) { (self.number, self.code) = (number, code) }

    /// As it was sealed; nil for anything else.
    init?(_ bytes: some Sequence<UInt8>) {
        let parts = String(decoding: Array(bytes), as: UTF8.self).split(separator: " ")
        guard parts.count == 2, let number = PhoneNumber(String(parts[0])) else { return nil }
        self.init(to: number, code: parts[1] == Self.none ? nil : String(parts[1]))
    }

    /// As it is sealed.
    var bytes: [UInt8] { Array("\(number.digits) \(code ?? Self.none)".utf8) }

    /// In Chinese: gateways send to phones in China alone.
    var text: String {
        guard let code else {
            return "【e滨达】您的手机号已注册过账号，请直接登录。如非本人操作，请忽略。"
        }
        return "【e滨达】您的验证码是\(code)，\(Int(PhoneRegistration.lifetime / .seconds(60)))分钟内有效，请勿告诉他人。"
    }

    /// A new code: six digits from the system's generator.
    static func makeCode() -> String {
        let text = String(Int.random(in: 0..<1_000_000))
        return String(repeating: "0", count: 6 - text.count) + text
    }
}
