import Foundation

/// Who asks, as far as their browser says.
struct Visitor: Sendable {
    /// The language of what they are answered.
    let language: Language
    /// What names their browser; made for this request when it had none.
    let visit: String
    /// Who has signed in; nil for a citizen without an account.
    let session: Session?
    /// The address they ask from, as the edge says it.
    let address: String?
    /// The page that they ask for, for the links to its other language.
    let path: String

    /// The same without a session: it has turned out to be none.
    var signedOut: Self {
        Self(language: language, visit: visit, session: nil, address: address, path: path)
    }

    /// What their forms' token is made of: it changes with the session, so that a token seen before sign-in is worth nothing after.
    var bound: String { "\(visit)\0\(session?.id ?? "")" }
}

/// A person's session as their browser keeps it for us, sealed: nothing of it is stored here.
struct Session: Codable, Sendable, Hashable {
    /// Random, another at each sign-in.
    let id: String
    /// Directory's secret, with which it gives tokens.
    let secret: String
    /// Until when Directory keeps it.
    let expiresAt: String
    /// As Directory's list of sessions names it.
    let directoryID: String?
    /// The holding that the person has chosen to act in; nil for the first good one.
    var holding: String?

    init(secret: String, expiresAt: String, directoryID: String?) {
        (id, self.secret, self.expiresAt, self.directoryID) = (Seal.random(), secret, expiresAt, directoryID)
    }
}

/// Names and attributes of the cookies.
struct Cookies: Sendable {
    /// What is kept in a browser.
    enum Name: String, Sendable, CaseIterable {
        case session, visit, language, receipt, outside
    }

    /// Whether for encrypted connections alone; then the prefix keeps other hosts of the domain from setting them (RFC 6265bis §4.1.3.2).
    let isSecure: Bool

    /// The name on the wire.
    func wire(_ name: Name) -> String { (isSecure ? "__Host-" : "") + "ebinda-\(name.rawValue)" }

    /// What a browser sends, by our names; the first where one comes twice.
    func read(_ headers: [String]) -> [Name: String] {
        let pairs = headers.flatMap { $0.split(separator: ";") }.compactMap { part -> (String, String)? in
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return pair.count == 2 ? (pair[0].trimmingCharacters(in: .whitespaces), String(pair[1])) : nil
        }
        let known = Dictionary(pairs) { first, _ in first }
        return Name.allCases.reduce(into: [:]) { $0[$1] = known[wire($1)] }
    }

    /// A `Set-Cookie` header.
    ///
    /// Values are letters of base64url alone.
    ///
    /// - Parameter age: seconds; nil until the browser is closed.
    func set(_ name: Name, _ value: String, age: Int? = nil) -> String {
        "\(wire(name))=\(value); Path=/; HttpOnly; SameSite=Lax" + (isSecure ? "; Secure" : "")
            + (age.map { "; Max-Age=\($0)" } ?? "")
    }

    /// Takes it out of the browser.
    func clear(_ name: Name) -> String { set(name, "", age: 0) }
}
