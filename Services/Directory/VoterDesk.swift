import Bootstrap
import Calendar
import Contracts
import Foundation
import Messaging
import PostgreSQL

/// Voters register with a phone: a code goes to it through a gateway, and who shows the code has the number.
///
/// Whether a number is known is told to the phone alone, never to who asks.
struct VoterDesk: Sendable {
    /// Messages that may wait: more than a gateway sends in the ten minutes for which they are good.
    static let waitingLimit = 1_000
    /// Attempts of an address that a message costs: ten at once, then one in 36 seconds.
    private static let messageCost = 6

    let signIn: SignInDesk
    let secrets: PhoneSecrets
    private var outbox: Outbox { signIn.outbox }

    /// What somebody who shows a code wants to be.
    struct Form: Sendable, Decodable {
        let code: String
        let login: String
        let name: String
        let password: String
    }

    /// Asks for a code.
    ///
    /// - Returns: what to come back with, the same for every number.
    /// - Throws: ``SignInRefusal/crowded(seconds:)``, `Problem` 503 when too many messages wait, `DatabaseError`.
    func ask(_ number: PhoneNumber, from client: Client) async throws -> SuggestionID {
        let now = signIn.clock()
        let result = try await outbox.transaction { transaction -> Result<SuggestionID, SignInRefusal> in
            if let seconds = try await take(client, at: now, in: transaction) {
                return .failure(.crowded(seconds: seconds))
            }
            let key = signIn.secrets.key(ofLogin: "phone \(number.digits)")
            let counted = try await SignInStore.limit(key, at: now, in: transaction)
            var limit = PhoneLimit(asked: counted.failures, since: counted.since)
            if let seconds = limit.take(at: now) { return .failure(.crowded(seconds: seconds)) }
            SignInStore.put(SignInLimit(failures: limit.asked, since: limit.since), of: key, in: transaction)
            guard try await VoterStore.waitingCount(at: now, in: transaction) < Self.waitingLimit else {
                throw Problem.unavailable(retryAfter: 60)
            }
            let registration = try await made(number, at: now, in: transaction)
            VoterStore.insert(registration, in: transaction)
            try transaction.publish(
                MessageAsked(
                    message: registration.message,
                    template: .phoneCode,
                    expiresAt: registration.expiresAt
                ),
                about: registration.message,
                version: 1,
                act: Self.act(registration.id)
            )
            return .success(registration.id)
        }
        return try result.get()
    }

    /// The messages that wait for a gateway, the oldest first.
    func waiting() async throws -> [MessageAsked] {
        let now = signIn.clock()
        return try await outbox.transaction { try await VoterStore.waiting(at: now, limit: 100, in: $0) }.map {
            MessageAsked(message: $0.message, template: .phoneCode, expiresAt: $0.expiresAt)
        }
    }

    /// Gives a message to a gateway, this once.
    ///
    /// - Throws: `Problem` 404 when there is none, it was fetched, or has ended.
    func fetch(_ message: SuggestionID, by caller: Caller) async throws -> PhoneMessage {
        let now = signIn.clock()
        return try await outbox.transaction { transaction in
            guard let waiting = try await VoterStore.registration(message: message, in: transaction),
                let sealed = waiting.sealed, now < waiting.expiresAt,
                let opened = try secrets.open(sealed, of: waiting.id)
            else { throw Problem.notFound() }
            VoterStore.forget(message: message, in: transaction)
            try transaction.publish(
                MessageFetched(message: message, fetchedAt: now),
                about: message,
                version: 2,
                act: Act(actor: caller.actor, authority: Right.sendMessages.rawValue)
            )
            return opened
        }
    }

    /// Makes the person, with an account that they can sign in with at once.
    ///
    /// - Throws: `Problem` 422 for a wrong code, the same whatever is wrong with it, and for a password; `FieldFaults`, `Hindrance`
    ///   when the login is taken; ``SignInRefusal/crowded(seconds:)``, ``PasswordWork/Overloaded``, `DatabaseError`.
    func confirm(_ id: SuggestionID, _ form: Form, from client: Client) async throws -> SuggestionID {
        let now = signIn.clock()
        let code = form.code.filter { !$0.isWhitespace }
        let shown = try await outbox.transaction { transaction -> Result<HoldingDraft?, SignInRefusal> in
            if let seconds = try await signIn.take(client, at: now, in: transaction) {
                return .failure(.crowded(seconds: seconds))
            }
            guard let registration = try await isRight(code, of: id, at: now, in: transaction) else {
                return .success(nil)
            }
            return .success(try await draft(form, of: registration.number, in: transaction))
        }
        guard let draft = try shown.get() else { throw Self.wrongCode }
        let unit = Choosing.district
        let password = try await CredentialDesk(signIn: signIn)
            .checked(form.password, own: [draft.login, draft.name, unit], at: "/password")
        let hash = try await signIn.work.hash(password)
        let made = try await outbox.transaction { transaction -> SuggestionID? in
            // It may have been used, or have ended, meanwhile.
            guard let registration = try await isRight(code, of: id, at: now, in: transaction),
                try await !VoterStore.isKnown(registration.number, in: transaction)
            else { return nil }
            let act = Self.act(id)
            let person = try await PeopleDesk.admit(draft, act, in: transaction)
            VoterStore.remove(id, in: transaction)
            VoterStore.keep(registration.number, of: person.id, in: transaction)
            try await CredentialDesk.tell(.password, .set, of: person.id, at: now, by: act, in: transaction)
            SignInStore.put(hash, of: person.id, in: transaction)
            return person.id
        }
        guard let made else { throw Self.wrongCode }
        return made
    }

    /// Until it is cancelled: removes what has ended by itself.
    func sweep(every interval: Duration) async {
        while !Task.isCancelled {
            // What fails is tried again the next time; nothing depends on it.
            try? await outbox.transaction { VoterStore.sweep(at: signIn.clock(), in: $0) }
            try? await Task.sleep(for: interval)
        }
    }

    private func made(
        _ number: PhoneNumber,
        at now: Timestamp,
        in transaction: Transaction
    ) async throws -> PhoneRegistration {
        let (id, hash, code) = (SuggestionID.make(), secrets.hash(of: number), PhoneMessage.makeCode())
        let isKnown = try await VoterStore.isKnown(hash, in: transaction)
        let message = PhoneMessage(to: number, code: isKnown ? nil : code)
        return PhoneRegistration(
            id: id,
            message: .make(),
            number: hash,
            // Of a known number nobody is told the code.
            code: secrets.hash(ofCode: code, of: id),
            sealed: try secrets.seal(message, of: id),
            tries: 0,
            askedAt: now
        )
    }

    /// The registration, locked, whose code this is; a wrong one counts.
    private func isRight(
        _ code: String,
        of id: SuggestionID,
        at now: Timestamp,
        in transaction: Transaction
    ) async throws -> PhoneRegistration? {
        guard let registration = try await VoterStore.registration(id, in: transaction), registration.isOpen(at: now)
        else { return nil }
        guard secrets.hash(ofCode: code, of: id) == registration.code,
            try await !VoterStore.isKnown(registration.number, in: transaction)
        else {
            VoterStore.countTry(of: id, in: transaction)
            return nil
        }
        return registration
    }

    /// - Parameter number: keyed hash of the one whose code was shown.
    private func draft(
        _ form: Form,
        of number: [UInt8],
        in transaction: Transaction
    ) async throws -> HoldingDraft {
        let book = try await DirectoryStore.units(in: transaction)
        let wanted = HoldingForm(
            login: form.login,
            name: form.name,
            role: Role.voter.rawValue,
            unit: Choosing.district
        )
        return try HoldingDraft(
            wanted,
            in: book,
            on: CivilDate(of: signIn.clock()),
            owns: { secrets.hash(of: $0) == number },
            deputy: { _ in nil }
        )
    }

    /// Takes of an address what a message costs.
    private func take(_ client: Client, at now: Timestamp, in transaction: Transaction) async throws -> Int? {
        let key = signIn.secrets.key(ofAddress: client.counted)
        var allowance = try await SignInStore.allowance(key, at: now, in: transaction)
        let seconds = (0..<Self.messageCost).compactMap { _ in allowance.take() }.last
        if seconds == nil { SignInStore.put(allowance, of: key, in: transaction) }
        return seconds
    }

    private static func act(_ id: SuggestionID) -> Act { Act(actor: "registration:\(id)", authority: "registration") }

    private static var wrongCode: Problem {
        .invalid([
            .init(pointer: "/code", rule: "wrong", message: "验证码不正确、已用过或已过期 · is wrong, has been used, or has ended")
        ])
    }
}

/// What only this installation can read or recognise of numbers and codes.
struct PhoneSecrets: Sendable {
    private let messages: KeySeal
    private let hashes: KeySeal

    /// From the master key.
    init(master: KeySeal) {
        (messages, hashes) = (master.derived(for: "ebinda phone messages"), master.derived(for: "ebinda phone numbers"))
    }

    func hash(of number: PhoneNumber) -> [UInt8] { hashes.fingerprint(of: "number \(number.digits)") }

    func hash(ofCode code: String, of registration: SuggestionID) -> [UInt8] {
        hashes.fingerprint(of: "code \(registration) \(code)")
    }

    func seal(_ message: PhoneMessage, of registration: SuggestionID) throws -> [UInt8] {
        try messages.seal(Data(message.bytes), of: registration.description)
    }

    func open(_ sealed: [UInt8], of registration: SuggestionID) throws -> PhoneMessage? {
        PhoneMessage(try messages.open(sealed, of: registration.description))
    }
}
