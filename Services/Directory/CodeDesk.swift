import Calendar
import Contracts
import Foundation
import Messaging

/// Makes codes, gives them other tokens, ends them; each an act with its event.
struct CodeDesk: Sendable {
    /// There is no such code.
    struct NotFound: Error {}
    /// The station is not within the caller's reach.
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
    /// - Parameter authority: of the caller; nil at the command line, where codes of every station may be made.
    /// - Throws: `CodeDraft.Unacceptable` for what is not in the directory, ``Foreign``, `DatabaseError`.
    func issue(
        _ draft: CodeDraft,
        in authority: Authority?,
        by actor: String,
        in transaction: EventTransaction
    ) async throws -> Issued {
        let now = Timestamp.now
        let deputy = try await deputy(of: draft, on: CivilDate(of: now), in: transaction)
        let station = try await station(of: draft, deputy, on: CivilDate(of: now), in: transaction)
        try await Self.check(station, authority, in: transaction)
        let term = deputy?.deputyTerm(on: CivilDate(of: now), at: station)
        let (token, text) = try await token(draft.kind, at: now, in: transaction)
        let code = EntryCode(draft, station: station, within: term, token: token, at: now)
        CodeStore.insert(code, in: transaction)
        try tell(code, "code.issue", by: actor, at: now, in: transaction)
        return Issued(code: code, token: text)
    }

    /// Gives a code another token.
    ///
    /// - Parameter grace: how long the token before it stays good.
    /// - Throws: ``NotFound``, ``Ended``, `DatabaseError`.
    func rotate(
        _ id: CodeID,
        grace: Duration,
        in authority: Authority?,
        by actor: String,
        in transaction: EventTransaction
    ) async throws -> Issued {
        var code = try await known(id, authority, in: transaction)
        guard code.revokedAt == nil else { throw Ended() }
        let now = Timestamp.now
        let (token, text) = try await token(code.kind, at: now, in: transaction)
        code.replaceToken(by: token, grace: grace, at: now)
        CodeStore.put(code, in: transaction)
        try tell(code, "\(Right.issueCodes.rawValue): rotate", by: actor, at: now, in: transaction)
        return Issued(code: code, token: text)
    }

    /// Ends a code; one that has ended stays so.
    ///
    /// - Parameter reason: stands in the act.
    /// - Throws: ``NotFound``, `DatabaseError`.
    func revoke(
        _ id: CodeID,
        reason: String?,
        in authority: Authority?,
        by actor: String,
        in transaction: EventTransaction
    ) async throws {
        var code = try await known(id, authority, in: transaction)
        guard code.revokedAt == nil else { return }
        let now = Timestamp.now
        code.revoke(at: now)
        let act = Act(
            actor: actor,
            authority: Right.revokeCodes.rawValue + (reason.map { ": \(Masking.masked($0))" } ?? "")
        )
        try Self.tellEnd(of: code, at: now, act, in: transaction)
    }

    /// Lets deputies' codes end with what they rest on: revoked for who is no deputy any more, or receives nobody at their station;
    /// shortened to a nearer last day.
    ///
    /// - Parameters:
    ///   - dossiers: people as they are from now on.
    ///   - act: what has changed them.
    /// - Returns: how many codes have changed.
    @discardableResult
    static func follow(_ dossiers: [Dossier], _ act: Act, in transaction: EventTransaction) async throws -> Int {
        let deputies = dossiers.filter { $0.holdings.contains { $0.role == .deputy } }
        guard !deputies.isEmpty else { return 0 }
        let now = Timestamp.now
        var count = 0
        let people = Dictionary(deputies.map { ($0.person.id.rawValue, $0) }) { first, _ in first }
        for known in try await CodeStore.codes(ofDeputies: Array(people.keys), in: transaction) {
            var code = known
            guard let person = code.deputy.flatMap({ people[$0.rawValue] }) else { continue }
            if let term = person.deputyTerm(on: CivilDate(of: now), at: code.station) {
                guard code.shorten(to: term) else { continue }
                count += 1
                CodeStore.put(code, in: transaction)
                let event = code.issued(at: now)
                try transaction.publish(event, about: code.aggregate, version: code.version, act: act)
            } else {
                count += 1
                code.revoke(at: now)
                try tellEnd(of: code, at: now, act, in: transaction)
            }
        }
        return count
    }

    /// Bounds the codes of deputies that were made when codes had no bounds yet, so that others who keep them hear of it.
    ///
    /// - Returns: how many there were.
    static func settle(_ act: Act, in transaction: EventTransaction) async throws -> Int {
        let deputies = try await CodeStore.codedDeputies(in: transaction)
        return try await follow(
            try await DirectoryStore.dossiers(deputies, locking: true, in: transaction),
            act,
            in: transaction
        )
    }

    /// Stores a code that was revoked, and tells of it.
    private static func tellEnd(
        of code: EntryCode,
        at now: Timestamp,
        _ act: Act,
        in transaction: EventTransaction
    ) throws {
        CodeStore.put(code, in: transaction)
        try transaction.publish(
            CodeRevoked(code: code.id, station: code.station, revokedAt: now),
            about: code.aggregate,
            version: code.version,
            act: act
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

    /// A code that there must be for the caller, locked.
    private func known(
        _ id: CodeID,
        _ authority: Authority?,
        in transaction: EventTransaction
    ) async throws -> EntryCode {
        guard let code = try await CodeStore.code(id, locking: true, in: transaction) else { throw NotFound() }
        do {
            try await Self.check(code.station, authority, in: transaction)
        } catch is Foreign {
            // Another's code is as if it were not there.
            throw NotFound()
        }
        return code
    }

    /// - Throws: ``Foreign`` when a station is not within reach.
    private static func check(
        _ station: StationCode,
        _ authority: Authority?,
        in transaction: EventTransaction
    ) async throws {
        guard let authority, let unit = authority.unit, unit != station.rawValue else { return }
        guard authority.reaches(station.rawValue, in: try await DirectoryStore.units(in: transaction)) else {
            throw Foreign()
        }
    }

    /// Whose a deputy's code is to be, whom nobody ends meanwhile; nil of other codes.
    private func deputy(
        of draft: CodeDraft,
        on day: CivilDate,
        in transaction: EventTransaction
    ) async throws -> Dossier? {
        guard let deputy = draft.deputy else { return nil }
        let id = SuggestionID(rawValue: deputy.rawValue)
        let dossier = try await DirectoryStore.dossier(id, locking: true, in: transaction)
        guard let dossier, dossier.deputyTerm(on: day) != nil else {
            throw CodeDraft.Unacceptable(faults: [.unknownSubject])
        }
        return dossier
    }

    private func station(
        of draft: CodeDraft,
        _ deputy: Dossier?,
        on day: CivilDate,
        in transaction: EventTransaction
    ) async throws -> StationCode {
        var station = draft.station
        if let deputy {
            let stations = deputy.deputyStations(on: day)
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
