import Bootstrap
import Contracts
import Messaging
import Rules

/// Does what departments ask over their queues, by the same rules as the page.
///
/// A message that cannot be taken is kept as it came, and its sender is told in its own queue what is wrong, field by field.
/// The same message again has no effect; the engine's inbox knows it.
struct TakeLetters: Handler {
    let terms: LegalTerms
    let calendar: KnownCalendar
    let notices: Notices
    /// The accounts' names are the departments' codes; where all share one, as on a developer's machine, it is this one.
    let sharedAccount: String?
    /// The largest letter that is read: as large as the page's largest body.
    private static let bodyLimit = Routes.replyBodyLimit

    func handle(_ events: [Received<Letter>], in transaction: EventTransaction) async throws {
        var calls: [(letter: Received<Letter>, call: Desk.Call)] = []
        var rejected: [Rejection] = []
        for event in events {
            switch read(event.body) {
            case .success(let (department, command)):
                let call = Desk.Call(
                    command: command,
                    actor: "department:\(department)",
                    department: department,
                    suggestion: nil,
                    origin: .event(event.metadata)
                )
                calls.append((event, call))
            case .failure(let failure):
                // Whose queue it came from stands in its key; whoever forged the rest, the owner of the queue is told.
                rejected.append(Rejection(event, failure.department, failure.faults))
            }
        }
        if !calls.isEmpty {
            let outcomes = try await Desk.work(
                calls.map(\.call),
                terms.counted(in: calendar.current),
                notices,
                in: transaction
            )
            for ((letter, call), outcome) in zip(calls, outcomes) {
                guard case .failure(let error) = outcome, let department = call.department else { continue }
                guard let error = error as? Impossible else { throw error }
                rejected.append(Rejection(letter, department, [error]))
            }
        }
        try reject(rejected, in: transaction)
    }

    private struct Rejection {
        let event: Received<Letter>
        let department: DepartmentCode
        let faults: [MessageRejected.Fault]

        init(_ event: Received<Letter>, _ department: DepartmentCode, _ faults: [Impossible]) {
            (self.event, self.department) = (event, department)
            self.faults = faults.map { MessageRejected.Fault(pointer: $0.pointer, rule: $0.rule, detail: $0.words) }
        }
    }

    private func reject(_ rejected: [Rejection], in transaction: EventTransaction) throws {
        for rejection in rejected {
            let letter = rejection.event.body
            try notices.send(
                MessageRejected(message: letter.messageID, routingKey: letter.routingKey, faults: rejection.faults),
                to: rejection.department,
                about: rejection.event.metadata.aggregate,
                in: transaction,
                following: .event(rejection.event.metadata)
            )
        }
        try RepliesStore.keep(rejected.map { ($0.event.body, $0.department, $0.faults) }, in: transaction)
    }

    private struct Unreadable: Error {
        let department: DepartmentCode
        let faults: [Impossible]
    }

    /// What a letter asks, or what is wrong with it.
    private func read(_ letter: Letter) -> Result<(DepartmentCode, Handling.Command), Unreadable> {
        // By bytes, as the broker reads it: a combining mark behind the point would make another character of both.
        let key = letter.routingKey
        let point = key.utf8.firstIndex(of: UInt8(ascii: ".")) ?? key.endIndex
        let department = DepartmentCode(rawValue: String(key[..<point]))
        let action = String(decoding: key.utf8.dropFirst(department.rawValue.utf8.count + 1), as: UTF8.self)
        func wrong(_ faults: Impossible...) -> Result<(DepartmentCode, Handling.Command), Unreadable> {
            .failure(Unreadable(department: department, faults: faults))
        }
        guard letter.sender == department.rawValue || sharedAccount != nil && letter.sender == sharedAccount else {
            return wrong(Impossible("", "sender", "user-id须为本单位账号 · user-id must be the department's account"))
        }
        guard (1...128).contains(letter.messageID.utf8.count), !letter.messageID.unicodeScalars.contains("\0") else {
            return wrong(
                Impossible("", "message-id", "须有message-id · the property message-id must be given, 1 to 128 bytes")
            )
        }
        guard letter.body.count <= Self.bodyLimit else {
            return wrong(Impossible("", "size", "内容过大 · the body may have at most \(Self.bodyLimit) bytes"))
        }
        do {
            let command: Handling.Command =
                switch action {
                case ReceiptMessage.name.rawValue:
                    .receive(try JSONBody.decode(ReceiptMessage.self, from: letter.body).assignment)
                case ReturnMessage.name.rawValue:
                    try Fields.giveBack(try JSONBody.decode(ReturnMessage.self, from: letter.body))
                case ContactMessage.name.rawValue:
                    try Fields.contact(try JSONBody.decode(ContactMessage.self, from: letter.body))
                case ReplyMessage.name.rawValue:
                    try Fields.reply(
                        try JSONBody.decode(ReplyMessage.self, from: letter.body),
                        under: terms.letters,
                        at: .now
                    )
                default:
                    throw Impossible("", "routing-key", "未知的操作 · the key must end in receipt, return, contact, reply")
                }
            return .success((department, command))
        } catch let faults as Faults {
            return .failure(Unreadable(department: department, faults: faults.faults))
        } catch let error as Impossible {
            return wrong(error)
        } catch let problem as Problem {
            // The same checks as the page's bodies go through, so that the same mistake has the same name.
            return .failure(
                Unreadable(
                    department: department,
                    faults: problem.faults.map { Impossible($0.pointer, $0.rule, "内容不合要求 · \($0.message)") }
                )
            )
        } catch {
            return wrong(Impossible("", "json", "内容无法读取 · unreadable"))
        }
    }
}
