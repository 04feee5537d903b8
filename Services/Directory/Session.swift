import Contracts
import Foundation

/// A signed-in person (登录会话): what a browser or an app holds a secret of, and gets tokens with.
struct Session: Sendable, Hashable {
    /// What its events are about.
    let id: SuggestionID
    let person: SuggestionID
    let madeAt: Timestamp
    /// When a token was last asked for with it.
    var usedAt: Timestamp
    let manner: SessionStarted.Manner
    /// Whether a second factor was shown.
    let factor: Bool
    /// What the client calls itself, cut short; it is shown to the person alone.
    let agent: String
    /// The network that the client's address lies in, as text; it is shown to the person alone.
    let network: String?

    /// How long sessions last.
    struct Terms: Sendable, Hashable {
        /// From its beginning, and without a token asked for.
        struct Limits: Sendable, Hashable {
            var whole: Duration
            var idle: Duration
        }

        /// With a role that wants a second factor: a working day, and half an hour.
        var staff = Limits(whole: .seconds(12 * 3_600), idle: .seconds(1_800))
        /// Of everybody else: thirty days.
        var others = Limits(whole: .seconds(30 * 86_400), idle: .seconds(30 * 86_400))

        func limits(isStaff: Bool) -> Limits { isStaff ? staff : others }
    }

    /// When it ends whatever is done.
    func end(_ limits: Terms.Limits) -> Timestamp { madeAt + limits.whole }

    /// Whether it still is good.
    func isGood(at now: Timestamp, _ limits: Terms.Limits) -> Bool { now < end(limits) && now < usedAt + limits.idle }

    /// What is kept of a client's own name: it is a header, and may be anything.
    static func agent(_ text: String?) -> String {
        String(
            String.UnicodeScalarView((text ?? "").unicodeScalars.filter { (32..<127).contains($0.value) }.prefix(120))
        )
    }
}

extension Role {
    /// Whether tokens for it are given to those alone who have shown a second factor (双因素).
    var wantsFactor: Bool {
        switch self {
        case .committee, .office, .clerk, .reviewer, .signer, .director, .registrar, .auditor, .operator: true
        // Systems sign in otherwise, and never as people.
        case .voter, .observer, .deputy, .liaison, .department, .screen, .gateway: false
        }
    }
}

/// A role that a person may get a token for today, with what is shown of it.
struct GoodHolding: Sendable, Hashable {
    let id: UUID
    let role: Role
    let unit: String
    let unitName: String
    /// The last day, ISO 8601; nil when there is none.
    let until: String?
}

/// Which of a person's roles a token is for.
enum Choosing {
    /// Why there is none.
    enum Refusal: Error, Hashable {
        /// The role named is not the person's, or not today.
        case unknown
        /// The role named wants a second factor, which was not shown.
        case factorRequired
    }

    /// The unit of those who hold no role: the district's own.
    static let district = "binjiang"

    /// The role for a token.
    ///
    /// - Parameters:
    ///   - named: the role that is asked for; nil for the first that may be given.
    ///   - holdings: those that are good today, oldest first.
    /// - Returns: nil for none: the token then says a voter of the district.
    static func choose(
        _ named: UUID?,
        from holdings: [GoodHolding],
        factor: Bool
    ) throws(Refusal) -> GoodHolding? {
        guard let named else { return holdings.first { factor || !$0.role.wantsFactor } }
        guard let holding = holdings.first(where: { $0.id == named }) else { throw .unknown }
        guard factor || !holding.role.wantsFactor else { throw .factorRequired }
        return holding
    }
}
