import AsyncHTTPClient
import Bootstrap
import Contracts
import Foundation
import NIOCore
import NIOHTTP1

/// Accounts of the broker, changed over its management API.
struct BrokerAccounts: Sendable {
    /// The API did not do what was asked; says what it was and how it answered, and never a password.
    struct Failure: Error, SafelyDescribed, CustomStringConvertible {
        let description: String
    }

    /// The longest an answer may take: an operator waits for it.
    private static let patience = TimeAmount.seconds(15)
    /// Bytes of an answer that are read: an account or a queue is described in a few hundred.
    private static let answerLimit = 1 << 20

    private let address: String
    private let authorization: String
    private let virtualHost: String
    private let encryption: HTTPClientEncryption?
    /// The names of the accounts that this command itself goes by.
    let own: [String]

    /// Reads where the API is, and as whom it is asked.
    ///
    /// Keys, in the section `management`:
    ///
    /// - `address` (text, required): of the broker's management API, such as `http://127.0.0.1:15672`.
    /// - `user` (text, required) and `password` (secret, required): an account with the tag `administrator`.
    /// - `tlsRootFile`, `tlsCertificateFile`, `tlsKeyFile` (text): see ``HTTPClientEncryption``; then `address` begins with `https://`.
    init(_ runtime: Runtime) async throws {
        let section = runtime.settings.scoped(to: "management")
        let text = try await section.requiredText("address")
        guard let url = URL(string: text), ["http", "https"].contains(url.scheme), url.host != nil else {
            throw section.fault("address", "must be an address such as http://127.0.0.1:15672")
        }
        encryption = try await HTTPClientEncryption(settings: section)
        guard encryption == nil || url.scheme == "https" else {
            throw section.fault("address", "must begin with https:// where tlsRootFile is set")
        }
        address = text.hasSuffix("/") ? String(text.dropLast()) : text
        let user = try await section.requiredText("user")
        let password = try await section.requiredSecret("password").revealed()
        authorization = "Basic " + Data("\(user):\(password)".utf8).base64EncodedString()
        let broker = runtime.settings.scoped(to: "broker")
        virtualHost = try await broker.text("virtualHost") ?? "/"
        own = [user, try await broker.text("user") ?? runtime.service.rawValue]
    }

    /// Whether there is such a queue.
    func hasQueue(_ name: String) async throws -> Bool {
        try await ask(.GET, ["queues", virtualHost, name]) != nil
    }

    private struct User: Decodable {
        let tags: Tags

        /// A list, or words separated by commas in older versions.
        struct Tags: Decodable {
            let isEmpty: Bool
            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                isEmpty =
                    if let list = try? container.decode([String].self) { list.isEmpty } else {
                        try container.decode(String.self).isEmpty
                    }
            }
        }
    }

    /// Whether there is such an account.
    ///
    /// - Throws: ``Failure`` when it has a tag: then it is an operator's, and none of this command's business.
    func hasAccount(_ name: String) async throws -> Bool {
        guard let body = try await ask(.GET, ["users", name]) else { return false }
        guard try JSONDecoder().decode(User.self, from: body).tags.isEmpty else {
            throw Failure(description: "the broker's account \(name) has tags: it is no department's")
        }
        return true
    }

    /// Makes an account that may do nothing yet, or gives one another password.
    func put(_ name: String, password: String) async throws {
        try await tell(.PUT, ["users", name], ["password": password, "tags": ""])
    }

    /// Gives an account its limits and its rights, and no others of this virtual host.
    func permit(_ name: String, _ rights: DepartmentAccount.Rights) async throws {
        // The limits first: what may do something is bounded from the start.
        let limits = [
            "max-connections": DepartmentAccount.connectionLimit, "max-channels": DepartmentAccount.channelLimit,
        ]
        for (limit, value) in limits { try await tell(.PUT, ["user-limits", name, limit], ["value": value]) }
        try await tell(
            .PUT,
            ["topic-permissions", virtualHost, name],
            ["exchange": rights.exchange, "write": rights.keys, "read": "^$"]
        )
        try await tell(
            .PUT,
            ["permissions", virtualHost, name],
            ["configure": rights.configure, "write": rights.write, "read": rights.read]
        )
    }

    /// Takes an account away; the broker closes its connections with it.
    ///
    /// Harmless when there is none.
    func delete(_ name: String) async throws {
        _ = try await ask(.DELETE, ["users", name])
        try await closeConnections(of: name)
    }

    /// Closes an account's connections; harmless when there are none.
    func closeConnections(of name: String) async throws {
        _ = try await ask(.DELETE, ["connections", "username", name])
    }

    private func tell(_ method: HTTPMethod, _ path: [String], _ body: some Encodable) async throws {
        guard try await ask(method, path, body: try JSONEncoder().encode(body)) != nil else {
            throw Failure(description: "the broker's management does not know \(path.joined(separator: "/"))")
        }
    }

    /// Asks, and gives the answer's body; nil for 404.
    private func ask(_ method: HTTPMethod, _ path: [String], body: Data? = nil) async throws -> Data? {
        let segments = path.map { $0.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "" }
        var request = HTTPClientRequest(url: "\(address)/api/\(segments.joined(separator: "/"))")
        request.method = method
        request.tlsConfiguration = encryption?.configuration
        request.headers.add(name: "Authorization", value: authorization)
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        let what = "\(method) \(path.joined(separator: "/"))"
        let response: HTTPClientResponse
        let answer: ByteBuffer
        do {
            response = try await HTTPClient.shared.execute(request, timeout: Self.patience)
            answer = try await response.body.collect(upTo: Self.answerLimit)
        } catch {
            throw Failure(description: "the broker's management does not answer (\(what)): \(type(of: error))")
        }
        switch response.status.code {
        case 200..<300: return Data(answer.readableBytesView)
        case 404: return nil
        default: throw Failure(description: "the broker's management answers \(response.status.code) to \(what)")
        }
    }
}
