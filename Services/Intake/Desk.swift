import Contracts
import Foundation
import Messaging
import PostgreSQL

/// Takes submissions in: those that arrive together share one transaction.
struct Desk: Sendable {
    /// What was sent, with the key under which it may be sent again.
    struct Call: Sendable {
        let submission: Submission
        /// The client's `Idempotency-Key`.
        let key: String
        /// What knows the body again that came with it.
        let digest: [UInt8]
        let receivedAt: Timestamp
        let origin: Origin
        /// Why it is held back; nil when it goes on.
        var held: Held?
        /// Who has signed in to hand it in, and under which right; nil for an author without an account.
        var act: Act?
    }

    /// Files that are not there, or are another item's: their positions in the list.
    struct UnknownAttachments: Error { let positions: [Int] }

    /// An `Idempotency-Key` that came before with another body.
    struct KeyReused: Error {}

    private let gathering: Gathering<Call, Receipt>
    /// For those with files, which wait for an answer in their transactions and may fail for others' reasons: each by itself.
    private let singly: Gathering<Call, Receipt>

    /// Creates the desk.
    ///
    /// - Parameter makeID: makes the id of each item, from which its receipt follows.
    init(
        outbox: Outbox,
        receipts: Receipt.Maker,
        seal: ContactSeal,
        makeID: @escaping @Sendable () -> SuggestionID = { .make() }
    ) {
        let clerk = Clerk(outbox: outbox, receipts: receipts, seal: seal, makeID: makeID)
        gathering = Gathering { calls in
            await Gathering<Call, Receipt>.together(calls) { try await clerk.takeIn($0) }
        }
        singly = Gathering(limit: 1) { calls in
            await Gathering<Call, Receipt>.together(calls) { try await clerk.takeIn($0) }
        }
    }

    /// Takes one in.
    ///
    /// - Returns: its receipt once it is committed; the first one's when the same was sent before.
    /// - Throws: ``KeyReused``, ``UnknownAttachments``, `Gathering.Overloaded`, `DatabaseError`.
    func submit(_ call: Call) async throws -> Receipt {
        try await (call.submission.attachments.isEmpty ? gathering : singly).submit(call)
    }
}

/// Works on a batch of calls.
private struct Clerk: Sendable {
    let outbox: Outbox
    let receipts: Receipt.Maker
    let seal: ContactSeal
    let makeID: @Sendable () -> SuggestionID

    /// Receipt numbers have 50 random bits: with ten million items one in a hundred million meets a number that is taken,
    /// and three in a row never do.
    private static let tries = 3

    /// Takes calls in; all of them again under new ids when a receipt's number is taken.
    func takeIn(_ calls: [Desk.Call]) async throws -> [Result<Receipt, any Error>] {
        for _ in 1..<Self.tries {
            do {
                return try await takeInOnce(calls)
            } catch let error as DatabaseError where error.constraint == IntakeStore.numberIsUnique {
                continue
            }
        }
        return try await takeInOnce(calls)
    }

    /// In one round trip when every key is new, which nearly all are; a key that is known ends that without effect, and the
    /// calls are taken in with a look at each.
    private func takeInOnce(_ calls: [Desk.Call]) async throws -> [Result<Receipt, any Error>] {
        let rows = try calls.map(row)
        do {
            try await outbox.transaction { transaction in
                IntakeStore.claimNew(rows, in: transaction)
                try await store(Array(zip(rows, calls)), in: transaction)
            }
            return rows.map { .success($0.receipt) }
        } catch let error as DatabaseError where error.constraint == IntakeStore.keyIsUnique {
            return try await takeInKnowing(rows, calls)
        }
    }

    private func takeInKnowing(
        _ rows: [IntakeStore.NewRow],
        _ calls: [Desk.Call]
    ) async throws -> [Result<Receipt, any Error>] {
        let known = try await outbox.transaction { transaction in
            let (claimed, known) = try await IntakeStore.claim(rows, in: transaction)
            // Two calls of one batch may carry one key: the row that owns it is inserted, the other finds it known.
            let fresh = zip(rows, calls).filter { row, _ in
                claimed.contains(row.key) && known[row.key]?.suggestion == row.id
            }
            try await store(fresh, in: transaction)
            return known
        }
        return zip(rows, calls).map { row, call in
            guard let owner = known[row.key], owner.digest == call.digest else { return .failure(Desk.KeyReused()) }
            return .success(receipts.receipt(of: owner.suggestion))
        }
    }

    private func store(_ fresh: [(IntakeStore.NewRow, Desk.Call)], in transaction: EventTransaction) async throws {
        let rows = fresh.map { row, _ in row }
        IntakeStore.insert(rows, in: transaction)
        QuarantineStore.hold(rows, in: transaction)
        var files: [SuggestionID: [AttachedFile]] = [:]
        for row in rows where !row.submission.attachments.isEmpty {
            files[row.id] = try await AttachmentStore.bind(row.submission.attachments, to: row.id, in: transaction)
        }
        for (row, call) in fresh where row.held == nil {
            try transaction.publish(
                event(row, files[row.id] ?? []),
                about: row.id,
                version: 1,
                act: call.act ?? Act(actor: "receipt:\(row.receipt.number)", authority: "suggestion.hand-in"),
                following: call.origin
            )
        }
    }

    private func row(_ call: Desk.Call) throws -> IntakeStore.NewRow {
        let (id, written) = (makeID(), call.submission.words)
        let shown = written.masked
        return IntakeStore.NewRow(
            id: id,
            receipt: receipts.receipt(of: id),
            submission: call.submission,
            shown: shown,
            words: shown == written ? nil : try seal.seal(written, of: id),
            contact: try call.submission.contact.map { try seal.seal($0, of: id) },
            receivedAt: call.receivedAt,
            key: call.key,
            digest: call.digest,
            held: call.held
        )
    }

    private func event(_ row: IntakeStore.NewRow, _ files: [AttachedFile]) -> SuggestionReceived {
        let submission = row.submission
        return SuggestionReceived(
            number: row.receipt.number,
            kind: submission.kind,
            submitter: submission.submitter,
            title: row.shown.title,
            text: row.shown.text,
            analysis: row.shown.analysis,
            proposal: row.shown.proposal,
            station: submission.station,
            receivedAt: row.receivedAt,
            code: submission.code?.id,
            deputy: submission.deputy,
            mode: submission.mode,
            onBehalf: submission.onBehalf,
            attachments: files.isEmpty ? nil : files,
            contact: row.contact == nil ? nil : ContactReference.path(of: row.receipt.number, mode: submission.mode),
            deputies: submission.deputies
        ).withFilesMasked()
    }
}

extension SuggestionReceived {
    /// As it may leave this service: every text of a person's own with personal data hidden.
    func masked() -> Self {
        var event = self
        (event.title, event.text) = (Masking.masked(title), Masking.masked(text))
        (event.analysis, event.proposal) = (analysis.map(Masking.masked), proposal.map(Masking.masked))
        return event.withFilesMasked()
    }

    /// The same of an event whose texts are masked already: they cost more than all else of a hand-in.
    func withFilesMasked() -> Self {
        var event = self
        // Of an author who is not named, nobody behind the committee hears of files: it finds them here, and releases each.
        event.attachments = mode == .named ? attachments.map { $0.map(\.masked) } : nil
        return event
    }
}

extension AttachedFile {
    /// By a name that may leave this service.
    var masked: Self {
        var file = self
        file.name = Masking.masked(name)
        return file
    }
}
