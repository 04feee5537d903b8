import Contracts
import Rules

/// What is told when a period counts otherwise (期限变更): no stage of the rules, and in the ledger and the inboxes like one, once for
/// each change of its owner.
extension Stages {
    /// What the ids of these begin with; no stage of the rules has such a one.
    static let movedPrefix = "moved-"
    /// No text was found that says who is to be told.
    private static let movedBasis = LegalTerms.Basis(standing: .assumption, text: "期限变更告知承办单位与工委")

    /// What is told of a change.
    ///
    /// - Returns: nil where it is no news: a provisional end has become certain where it was, or an answer has ended a pause.
    static func moved(by event: ClockChanged, change: Int) -> Stage? {
        let isCounted = event.reason == .calendar || event.reason == .rule
        let isNews = isCounted ? event.clock.dueAt != event.previousDueAt : event.text != nil
        return isNews ? moved(event.reason, change: change) : nil
    }

    /// The stage of an id that ``moved(by:change:)`` has made; nil of every other.
    static func moved(_ id: String) -> Stage? {
        guard id.hasPrefix(movedPrefix) else { return nil }
        let parts = id.dropFirst(movedPrefix.count).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let reason = ClockChanged.Reason(rawValue: String(parts[0])), let change = Int(parts[1])
        else { return nil }
        return moved(reason, change: change)
    }

    private static func moved(_ reason: ClockChanged.Reason, change: Int) -> Stage {
        let name =
            switch reason {
            case .calendar: Name(zh: "期限因放假安排重算", en: "the end has moved with the days off")
            case .paused: Name(zh: "期限中止", en: "the period stands still")
            case .resumed: Name(zh: "期限恢复", en: "the period runs again")
            case .extended: Name(zh: "期限延长", en: "more time was granted")
            case .fixed: Name(zh: "期限另定", en: "the end was set by hand")
            case .restarted: Name(zh: "期限重新计算", en: "the period began anew")
            case .rule: Name(zh: "期限因计算规则重算", en: "the end has moved with the rule of counting")
            }
        return Stage(
            id: "\(movedPrefix)\(reason.rawValue)-\(change)",
            name: name,
            basis: movedBasis,
            place: .moved,
            level: .reminder,
            tells: [.department, .committee]
        )
    }
}
