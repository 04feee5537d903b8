import AsyncHTTPClient
package import Contracts
import Foundation
import NIOCore
import NIOHTTP1
import Support
import Synchronization

/// The units of the routing data.
package enum FleetUnits {
    /// The people that ship, and a deputy who receives people at every station, so that one player judges whatever is answered.
    static func people(in folder: URL) throws -> URL {
        let shipped = FleetSettings.root.appending(path: "Deploy/Directory")
        let units = try String(contentsOf: shipped.appending(path: "units.csv"), encoding: .utf8)
        let stations: [String] = units.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            return fields[1] == "station" ? String(fields[0]) : nil
        }
        let deputy = "fleet.deputy,何宁,deputy,binjiang,2022-01-10,,西兴代表团,district,\(stations.joined(separator: ";")),"
        let people = try String(contentsOf: shipped.appending(path: "people.csv"), encoding: .utf8)
        let file = folder.appending(path: "people.csv")
        try "\(people)\(deputy)\n".write(to: file, atomically: true, encoding: .utf8)
        return file
    }

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

/// The tokens of a fleet's players, got from its own Directory: systems' with the secrets that `seed` has made, people's by signing in.
final class FleetTokens: Sendable {
    /// The systems that act over HTTP.
    static let accounts = ["operator", "screen", "chengguan"]
    /// The people, by the names that players call them: a deputy who receives people at every station, and an officer.
    static let people = [
        "deputy": FleetPerson(login: "fleet.deputy", isStaff: false),
        "chengjian": FleetPerson(login: "officer.chengjian", isStaff: true),
    ]

    private struct Answer: Decodable {
        let accessToken: String

        enum CodingKeys: String, CodingKey { case accessToken = "access_token" }
    }

    private let tokens = Mutex<[String: String]>([:])
    /// The secrets of people's sessions: they sign in once.
    private let sessions = Mutex<[String: String]>([:])

    /// The token of an account or a person; an empty text before ``signIn(at:secrets:)``.
    func token(of account: String) -> String { tokens.withLock { $0[account] ?? "" } }

    /// Gets a token for each.
    ///
    /// - Parameters:
    ///   - address: of a Directory that is ready.
    ///   - secrets: the folder with a file for each account.
    ///   - invite: makes an invitation for a login.
    func signIn(
        at address: String,
        secrets: URL,
        invite: (String) async throws -> String
    ) async throws {
        for (name, person) in Self.people {
            var session = sessions.withLock { $0[name] }
            if session == nil { session = try await person.begin(invitation: invite(person.login), at: address) }
            let (known, token) = (session, try await FleetPerson.token(session ?? "", at: address))
            sessions.withLock { $0[name] = known }
            tokens.withLock { $0[name] = token }
        }
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
