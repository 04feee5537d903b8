import Calendar
import Contracts

/// For which units a person or a system may read clocks, as Directory told last: their address for a calendar program is good no longer
/// than that.
struct FeedReader: Sendable, Hashable {
    /// A unit for which they may.
    struct Standing: Codable, Sendable, Hashable {
        let unit: String
        /// The first day, `2026-03-02`; nil of an account.
        var from: String?
        /// The last day; nil until it is ended.
        var until: String?

        /// Whether it is good on a day, in Chinese time.
        func isGood(on day: CivilDate) -> Bool {
            let (first, last) = (from.flatMap { CivilDate(iso: $0) }, until.flatMap { CivilDate(iso: $0) })
            return first.map { $0 <= day } != false && last.map { day <= $0 } != false
        }
    }

    /// `person:<id>` or `account:<name>`, as acts name them.
    let subject: String
    let standings: [Standing]

    /// What is told of a person; nil of one who never had a role that lets them read clocks, as voters.
    init?(_ person: PersonChanged) {
        let holdings = person.holdings.filter { Self.mayRead($0.role) }
        guard !holdings.isEmpty else { return nil }
        subject = "person:\(person.person)"
        standings = holdings.filter { $0.state == .confirmed && person.state != .ended }
            .map { Standing(unit: $0.unit.rawValue, from: $0.from, until: $0.until) }
    }

    /// What is told of a system's account.
    init(_ account: AccountChanged) {
        subject = "account:\(account.account)"
        let mayRead = account.state == .active && Self.mayRead(account.role)
        standings = mayRead ? [Standing(unit: account.unit)] : []
    }

    private static func mayRead(_ role: Role) -> Bool { Right.readClocks.grants[role] != nil }
}
