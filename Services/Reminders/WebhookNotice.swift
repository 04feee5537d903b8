import Contracts

/// A notice as gateways get it: what to say and to whom, and nothing of what was written or who wrote it.
struct WebhookNotice: Encodable, Sendable, Hashable {
    /// The name of the event that told it.
    let kind: EventName
    let at: Timestamp
    let suggestion: SuggestionID
    let number: String?
    let assignment: AssignmentID
    let round: Int
    let department: DepartmentCode
    let committee: CommitteeCode?
    let stage: String
    let level: NoticeLevel
    let name: Stages.Name
    let dueAt: Timestamp
    let pausedSince: Timestamp?
    let tells: [Audience]
    /// The digest that its department is told with; nil when it is told by itself, or is not concerned.
    let digest: SuggestionID?

    private enum CodingKeys: CodingKey {
        case suggestion, number, assignment, round, department, committee, stage, level, name, dueAt, pausedSince,
            tells,
            digest
    }

    /// A notice of the ledger.
    init(_ entry: LedgerStore.Entry, at now: Timestamp) {
        let (clock, fired) = (entry.notice.clock, entry.notice.fired)
        switch fired.place {
        case .end: kind = DeadlineMissed.name
        case .moved: kind = ClockChanged.name
        case .before, .after, .paused: kind = ReminderDue.name
        }
        (at, suggestion, number) = (now, entry.suggestion, entry.matter?.number)
        (assignment, round, department) = (clock.id.assignment, clock.id.round, clock.department)
        (committee, stage, level) = (entry.matter?.committee, fired.id, fired.level)
        (name, dueAt, pausedSince, tells) = (fired.name, clock.dueAt, clock.pausedSince, fired.tells)
        digest = entry.digest.map(SuggestionID.init(rawValue:))
    }

    /// Those whom it reaches by itself: a department that has it in a digest gets that.
    fileprivate var reaches: [Audience] { digest == nil ? tells : tells.filter { $0 != .department } }
}

/// What is posted: the kind, the moment and the thing itself.
///
/// Source: Standard Webhooks, version 1.0, «Payload structure».
private struct WebhookBody<Content: Encodable>: Encodable {
    let type: EventName
    let timestamp: Timestamp
    let data: Content

    /// In JSON, with the members in one order: the text is what is signed.
    var text: String {
        get throws { String(decoding: try EventCoding.encode(self), as: UTF8.self) }
    }
}

extension Webhooks {
    /// What goes to which target of notices that were told.
    ///
    /// - Throws: `EncodingError`.
    func deliveries(of notices: [WebhookNotice]) throws -> [(target: String, kind: String, body: String)] {
        guard !targets.isEmpty else { return [] }
        return try notices.flatMap { notice in
            let body = try WebhookBody(type: notice.kind, timestamp: notice.at, data: notice).text
            return receivers(of: notice.reaches).map { ($0, notice.kind.rawValue, body) }
        }
    }

    /// What goes to which target of digests: they are a department's.
    ///
    /// - Throws: `EncodingError`.
    func deliveries(of digests: [DigestDue]) throws -> [(target: String, kind: String, body: String)] {
        guard !targets.isEmpty else { return [] }
        return try digests.flatMap { digest in
            let body = try WebhookBody(type: DigestDue.name, timestamp: digest.closedAt, data: digest).text
            return receivers(of: [.department]).map { ($0, DigestDue.name.rawValue, body) }
        }
    }

    private func receivers(of tells: [Audience]) -> [String] {
        targets.values.filter { !$0.audiences.isDisjoint(with: tells) }.map(\.name).sorted()
    }
}
