import AsyncHTTPClient
package import Contracts
import Foundation
import NIOCore
import NIOHTTP1
import Support
import Synchronization

/// The units of the routing data.
package enum FleetUnits {
    private struct Units: Decodable {
        struct Unit: Decodable { let code: String }
        let departments: [Unit]
    }

    /// The routing data.
    static let rules = FleetSettings.root.appending(path: "Deploy/Rules/routing.json")

    /// The codes of all departments.
    ///
    /// - Throws: when the file cannot be read.
    package static func everyDepartment() throws -> [DepartmentCode] {
        try JSONDecoder().decode(Units.self, from: Data(contentsOf: rules)).departments.map {
            DepartmentCode(rawValue: $0.code)
        }
    }
}

/// The tokens of a fleet's players, got from its own Directory with the secrets that `seed` has made.
final class FleetTokens: Sendable {
    /// Those who act over HTTP.
    static let accounts = ["deputy", "operator", "screen", "chengjian", "chengguan"]

    private struct Answer: Decodable {
        let accessToken: String

        enum CodingKeys: String, CodingKey { case accessToken = "access_token" }
    }

    private let tokens = Mutex<[String: String]>([:])

    /// The token of an account; an empty text before ``signIn(at:secrets:)``.
    func token(of account: String) -> String { tokens.withLock { $0[account] ?? "" } }

    /// Gets a token for each.
    ///
    /// - Parameters:
    ///   - address: of a Directory that is ready.
    ///   - secrets: the folder with a file for each account.
    func signIn(at address: String, secrets: URL) async throws {
        for account in Self.accounts {
            let secret = try String(contentsOf: secrets.appending(path: account), encoding: .utf8)
            var request = HTTPClientRequest(url: address + "/v1/token")
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
            let form = "grant_type=client_credentials&client_id=\(account)"
            let password = secret.trimmingCharacters(in: .newlines)
            request.body = .bytes(ByteBuffer(string: "\(form)&client_secret=\(password)"))
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
            let body = try await response.body.collect(upTo: 65_536)
            let answer = try JSONDecoder().decode(Answer.self, from: Data(body.readableBytesView))
            tokens.withLock { $0[account] = answer.accessToken }
        }
    }
}
