import Contracts
import Foundation
import Messaging

/// Makes codes, gives them other tokens, ends them; each an act with its event.
struct CodeDesk: Sendable {
    /// There is no such code.
    struct NotFound: Error {}
    /// The station is not the caller's.
    struct Foreign: Error {}
    /// It was ended; nothing brings it back.
    struct Ended: Error {}

    /// A code as it was made, with its token, which is in no table.
    struct Issued: Sendable {
        let code: EntryCode
        let token: String
    }

    /// Random numbers that are tried before a person is told to try again: with ten thousand tokens one in half a million is taken.
    private static let tries = 3

    let mint: CodeMint

    /// Makes a code.
    ///
    /// - Parameter unit: the station for which alone the caller may; nil for all.
    /// - Throws: `CodeDraft.Unacceptable` for what is not in the directory, ``Foreign``, `DatabaseError`.
    func issue(
        _ draft: CodeDraft,
        within unit: String?,
        by actor: String,
        in transaction: EventTransaction
    ) async throws -> Issued {
        let station = try await station(of: draft, in: transaction)
        if let unit, station.rawValue != unit { throw Foreign() }
        let now = Timestamp.now
        let (token, text) = try await token(draft.kind, at: now, in: transaction)
        let code = EntryCode(draft, station: station, token: token, at: now)
        CodeStore.insert(code, in: transaction)
        try tell(code, "code.issue", by: actor, at: now, in: transaction)
        return Issued(code: code, token: text)
    }

    /// Gives a code another token.
    ///
    /// - Parameter grace: how long the token before it stays good.
    /// - Throws: ``NotFound``, ``Foreign``, ``Ended``, `DatabaseError`.
    func rotate(
        _ id: CodeID,
        grace: Duration,
        within unit: String?,
        by actor: String,
        in transaction: EventTransaction
    ) async throws -> Issued {
        var code = try await known(id, within: unit, in: transaction)
        guard code.revokedAt == nil else { throw Ended() }
        let now = Timestamp.now
        let (token, text) = try await token(code.kind, at: now, in: transaction)
        code.replaceToken(by: token, grace: grace, at: now)
        CodeStore.put(code, in: transaction)
        try tell(code, "code.rotate", by: actor, at: now, in: transaction)
        return Issued(code: code, token: text)
    }

    /// Ends a code; one that has ended stays so.
    ///
    /// - Parameter reason: stands in the act.
    /// - Throws: ``NotFound``, ``Foreign``, `DatabaseError`.
    func revoke(
        _ id: CodeID,
        reason: String?,
        within unit: String?,
        by actor: String,
        in transaction: EventTransaction
    ) async throws {
        var code = try await known(id, within: unit, in: transaction)
        guard code.revokedAt == nil else { return }
        let now = Timestamp.now
        code.revoke(at: now)
        CodeStore.put(code, in: transaction)
        try transaction.publish(
            CodeRevoked(code: code.id, station: code.station, revokedAt: now),
            about: code.aggregate,
            version: code.version,
            act: Act(actor: actor, authority: "code.revoke" + (reason.map { ": \($0)" } ?? ""))
        )
    }

    /// The text of a code's newest token, made anew.
    ///
    /// - Returns: nil when it was made under another master key: then only another token helps.
    func token(of code: EntryCode) -> String? {
        guard let newest = code.tokens.first else { return nil }
        let text = mint.token(code.kind, serial: newest.serial)
        return CodeMint.hash(text) == newest.hash ? text : nil
    }

    /// A code that there must be, locked.
    private func known(_ id: CodeID, within unit: String?, in transaction: EventTransaction) async throws -> EntryCode {
        guard let code = try await CodeStore.code(id, locking: true, in: transaction) else { throw NotFound() }
        if let unit, code.station.rawValue != unit { throw Foreign() }
        return code
    }

    private func station(of draft: CodeDraft, in transaction: EventTransaction) async throws -> StationCode {
        var station = draft.station
        if let deputy = draft.deputy {
            guard let stations = try await CodeStore.stations(ofDeputy: deputy, in: transaction) else {
                throw CodeDraft.Unacceptable(faults: [.unknownSubject])
            }
            station = station ?? stations.first
            guard let station, stations.contains(station) else {
                throw CodeDraft.Unacceptable(faults: [.otherStation])
            }
        }
        guard let station, try await CodeStore.stations([station.rawValue], in: transaction).count == 1 else {
            throw CodeDraft.Unacceptable(faults: [draft.kind == .station ? .unknownSubject : .unknownStation])
        }
        return station
    }

    private func token(
        _ kind: CodeKind,
        at now: Timestamp,
        in transaction: EventTransaction
    ) async throws -> (EntryCode.Token, text: String) {
        var serial = CodeMint.makeSerial()
        for _ in 1..<Self.tries where try await CodeStore.isTaken(serial: serial, in: transaction) {
            serial = CodeMint.makeSerial()
        }
        let text = mint.token(kind, serial: serial)
        return (EntryCode.Token(serial: serial, hash: CodeMint.hash(text), issuedAt: now), text)
    }

    private func tell(
        _ code: EntryCode,
        _ right: String,
        by actor: String,
        at now: Timestamp,
        in transaction: EventTransaction
    ) throws {
        try transaction.publish(
            code.issued(at: now),
            about: code.aggregate,
            version: code.version,
            act: Act(actor: actor, authority: right)
        )
    }
}

extension EntryCode {
    /// What its events are about: any aggregate's id, whatever it is of.
    var aggregate: SuggestionID { SuggestionID(rawValue: id.rawValue) }
}
