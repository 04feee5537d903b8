import Bootstrap
import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import Messaging
import PostgreSQL
import Support
import Synchronization
import Testing

@testable import Directory

/// A clock that goes when it is told to.
final class SteppedClock: Sendable {
    private let moment = Mutex(Timestamp.now)

    var now: Timestamp { moment.withLock { $0 } }

    func advance(_ duration: Duration) { moment.withLock { $0 = $0 + duration } }
}

/// Knows whom either of two knows.
struct EitherTokens: TokenReader {
    let first: any TokenReader
    let second: any TokenReader

    func caller(of token: String) async -> Caller? {
        if let caller = await first.caller(of: token) { return caller }
        return await second.caller(of: token)
    }
}

/// A person of the tests, with what they know.
struct Enrolled: Sendable {
    let id: SuggestionID
    let login: String
    var password = "四月的湖 under slow rain"
    var holdings: [String] = []
    /// The secret of an authenticator app.
    var factor: [UInt8] = []
    var recovery: [String] = []
}

extension DirectoryWorld {
    /// A person who takes part, with roles of today and, unless it is nil, a password.
    func person(_ login: String, _ roles: [(Role, String)] = [], until: Int? = nil, withPassword: Bool = true)
        async throws
        -> Enrolled
    {
        var person = Enrolled(id: .make(), login: login)
        let (id, now) = (person.id.rawValue, Timestamp.now)
        var holdings: [UUID] = []
        try await engine.database.transaction { transaction in
            transaction.enqueue(
                """
                INSERT INTO people (id, version, login, name, state, changed_at)
                VALUES (\(id), 1, \(login), '张伟', 'active', \(now))
                """
            )
            for (role, unit) in roles {
                let holding = UUIDv7.make()
                holdings.append(holding)
                transaction.enqueue(
                    """
                    INSERT INTO units (code, id, version, kind, name, state, changed_at)
                    VALUES (\(unit), \(UUIDv7.make()), 1, 'department', \("住建局 " + unit), 'active', \(now))
                    ON CONFLICT DO NOTHING
                    """
                )
                transaction.enqueue(
                    """
                    INSERT INTO holdings (id, person, role, unit, state, valid_from, valid_until)
                    VALUES (\(holding), \(id), \(role.rawValue), \(unit), 'confirmed', '2020-01-01',
                            (now() AT TIME ZONE 'Asia/Shanghai')::date + \(until)::int)
                    """
                )
            }
        }
        person.holdings = holdings.map(\.lowercaseText)
        if withPassword {
            let token = try await invitation(of: person)
            let answer = try await send(.post, "/v1/invitation", ["token": token, "password": person.password])
            #expect(answer.status == 204)
        }
        return person
    }

    /// An invitation, as an operator makes it.
    func invitation(of person: Enrolled) async throws -> String {
        try await engine.outbox.transaction {
            try await Inviting.invite(
                person.id,
                in: nil,
                at: clock.now,
                by: Act(actor: "operator:test", authority: "person.invite"),
                in: $0
            )
            .token
        }
    }

    /// Asks with a JSON body and a token, and holds the answer against the document.
    func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ body: [String: String]? = nil,
        token: String? = nil,
        as caller: String? = nil
    ) async throws -> ServiceClient.Answer {
        let answer = try await client.send(
            method,
            path,
            as: caller,
            headers: token.map { [.authorization: "Bearer \($0)"] } ?? [:],
            body: try body.map { Array(try JSONEncoder().encode($0)) }
        )
        #expect(answer.breaches == [], "\(method) \(path)")
        return answer
    }

    /// Signs in with a password.
    func signIn(_ person: Enrolled, password: String? = nil) async throws -> ServiceClient.Answer {
        try await send(.post, "/v1/sign-in", ["login": person.login, "password": password ?? person.password])
    }

    /// Signs in whole and gives the session's secret.
    func session(_ person: Enrolled) async throws -> String {
        var answer = try await signIn(person)
        if let challenge = answer.json["challenge"]?.text {
            clock.advance(.seconds(OneTimeCode.step))
            answer = try await send(.post, "/v1/sign-in/factor", ["challenge": challenge, "code": code(of: person)])
        }
        return try #require(answer.json["secret"]?.text)
    }

    /// The present code of a person's app.
    func code(of person: Enrolled, steps: Int64 = 0) -> String {
        OneTimeCode.code(person.factor, step: OneTimeCode.step(at: clock.now) + steps)
    }

    /// Asks for a token with a session's secret.
    func token(of secret: String, holding: String? = nil) async throws -> ServiceClient.Answer {
        try await token("grant_type=refresh_token&refresh_token=\(secret)" + (holding.map { "&holding=\($0)" } ?? ""))
    }

    /// A token, which there must be.
    func goodToken(of secret: String, holding: String? = nil) async throws -> String {
        try #require(try await token(of: secret, holding: holding).json["access_token"]?.text)
    }

    /// Gives a person a second factor over HTTP; every session of theirs has ended then.
    func enrol(_ person: Enrolled) async throws -> Enrolled {
        var person = person
        let token = try await goodToken(of: try await session(person))
        let begun = try await send(.post, "/v1/me/factor", token: token)
        person.factor = try #require(Self.bytes(base32: begun.json["secret"]?.text ?? ""))
        let confirmed = try await send(.post, "/v1/me/factor/confirm", ["code": code(of: person)], token: token)
        person.recovery = confirmed.json["recovery"]?.elements.compactMap(\.text) ?? []
        #expect(confirmed.status == 200 && Set(person.recovery).count == 10)
        return person
    }

    /// The acts of an event, the oldest first.
    func acts(_ name: String) async throws -> [String] {
        try await engine.database.query(
            "SELECT actor, authority FROM acts WHERE name = \(name) ORDER BY occurred_at, id"
        )
        .map { try $0["actor", as: String.self] + " " + $0["authority", as: String.self] }
    }

    /// A second reading of Base32, so that what apps read is what was meant.
    static func bytes(base32 text: String) -> [UInt8]? {
        let values = text.utf8.compactMap { byte -> Int? in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(byte) - 65
            case UInt8(ascii: "2")...UInt8(ascii: "7"): Int(byte) - 50 + 26
            default: nil
            }
        }
        guard values.count == text.utf8.count else { return nil }
        let bits = values.flatMap { value in (0..<5).map { value >> (4 - $0) & 1 } }
        return (0..<bits.count / 8).map { index in bits[index * 8..<index * 8 + 8].reduce(0) { $0 << 1 | UInt8($1) } }
    }
}
