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

    private enum CodingKeys: CodingKey {
        case suggestion, number, assignment, round, department, committee, stage, level, name, dueAt, pausedSince, tells
    }

    /// A notice that was told.
    init(_ notice: Watch.Notice, about watch: Watch, at now: Timestamp) {
        let (clock, fired) = (notice.clock, notice.fired)
        kind = fired.isEnd ? DeadlineMissed.name : ReminderDue.name
        (at, suggestion, number) = (now, watch.suggestion, watch.matter?.number)
        (assignment, round, department) = (clock.id.assignment, clock.id.round, clock.department)
        (committee, stage, level) = (watch.matter?.committee, fired.id, fired.level)
        (name, dueAt, pausedSince, tells) = (fired.name, clock.dueAt, clock.pausedSince, fired.tells)
    }
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
            return receivers(of: notice.tells).map { ($0, notice.kind.rawValue, body) }
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
