import AsyncHTTPClient
import Crypto
import Foundation
import NIOCore
import NIOHTTP1

/// A person of a fleet who signs in as people do: by an invitation, a password, and for staff a second factor.
struct FleetPerson: Sendable {
    /// What they sign in with.
    let login: String
    /// Whether their role wants a second factor.
    let isStaff: Bool

    private static let password = "四月的湖 under slow rain"
    /// Seconds of a step of an authenticator (RFC 6238).
    private static let step: TimeInterval = 30

    private struct Answer: Decodable {
        var access_token: String?
        var secret: String?
        var challenge: String?
    }

    /// Sets a password, and for staff a second factor.
    ///
    /// - Parameter address: of a Directory that is ready.
    /// - Returns: the secret of a session, which gets tokens.
    func begin(invitation: String, at address: String) async throws -> String {
        let client = Directory(address: address)
        _ = try await client.post("/v1/invitation", ["token": invitation, "password": Self.password])
        let form = ["login": login, "password": Self.password]
        let session = try await client.post("/v1/sign-in", form).secret ?? ""
        guard isStaff else { return session }
        // Without its factor the role is not to be had: the token says a voter, who may set one up.
        let bearer = try await client.token(session)
        let factor = Self.bytes(try await client.post("/v1/me/factor", [:], bearer).secret ?? "")
        _ = try await client.post("/v1/me/factor/confirm", ["code": Self.code(factor, ahead: 0)], bearer)
        let challenge = try await client.post("/v1/sign-in", form).challenge ?? ""
        // A code is good once: the next one, which clocks that differ a little are allowed.
        let answer = ["challenge": challenge, "code": Self.code(factor, ahead: 1)]
        return try await client.post("/v1/sign-in/factor", answer).secret ?? ""
    }

    /// A token for the person's role.
    static func token(_ session: String, at address: String) async throws -> String {
        try await Directory(address: address).token(session)
    }

    /// Six digits (RFC 4226 §5.3).
    private static func code(_ secret: [UInt8], ahead: Int) -> String {
        let counter = UInt64(Date().timeIntervalSince1970 / step) + UInt64(ahead)
        let text = withUnsafeBytes(of: counter.bigEndian) { Array($0) }
        let digest = Array(
            HMAC<Insecure.SHA1>.authenticationCode(for: text, using: SymmetricKey(data: secret))
        )
        let offset = Int(digest[19] & 15)
        let number = digest[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7fff_ffff
        let digits = String(number % 1_000_000)
        return String(repeating: "0", count: 6 - digits.count) + digits
    }

    /// Base32 (RFC 4648 §6), as an authenticator reads it.
    private static func bytes(_ text: String) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        var (bits, count): (UInt32, Int) = (0, 0)
        var bytes: [UInt8] = []
        for character in text {
            guard let value = alphabet.firstIndex(of: character) else { continue }
            (bits, count) = (bits << 5 | UInt32(value), count + 5)
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return bytes
    }

    /// Directory, as a browser asks it.
    private struct Directory {
        let address: String

        func token(_ session: String) async throws -> String {
            let form = "grant_type=refresh_token&refresh_token=\(session)"
            return try await send("/v1/token", form, "application/x-www-form-urlencoded", nil).access_token ?? ""
        }

        func post(_ path: String, _ body: [String: String], _ bearer: String? = nil) async throws -> Answer {
            let text = String(decoding: try JSONEncoder().encode(body), as: UTF8.self)
            return try await send(path, text, "application/json", bearer)
        }

        private func send(_ path: String, _ body: String, _ type: String, _ bearer: String?) async throws -> Answer {
            var request = HTTPClientRequest(url: address + path)
            request.method = .POST
            request.headers.add(name: "Content-Type", value: type)
            if let bearer { request.headers.add(name: "Authorization", value: "Bearer \(bearer)") }
            request.body = .bytes(ByteBuffer(string: body))
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
            let answer = Data(try await response.body.collect(upTo: 65_536).readableBytesView)
            guard (200...204).contains(response.status.code) else {
                let words = String(decoding: answer.prefix(500), as: UTF8.self)
                throw Fleet.Failure(description: "\(path): \(response.status.code) \(words)")
            }
            return answer.isEmpty ? Answer() : try JSONDecoder().decode(Answer.self, from: answer)
        }
    }
}
