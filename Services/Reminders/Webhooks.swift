import Contracts
import Crypto
import Foundation

/// Where notices are sent over HTTP: the operator's list, and nobody else (回调).
///
/// Gateways that send mail or short messages attach here. The list is a file: who may change where notices go is who may change
/// the configuration, and no request can name an address that this service would then call.
struct Webhooks: Sendable {
    /// A receiver.
    struct Target: Sendable {
        /// As deliveries and logs name it.
        let name: String
        let url: URL
        /// What signs; never printed.
        let secret: SymmetricKey
        /// Whose notices it gets.
        let audiences: Set<Audience>
        /// Whether it is sent to in working hours alone.
        var keepsQuiet = true
    }

    /// What is wrong with a list, all of it.
    struct Faults: Error, Hashable, CustomStringConvertible {
        /// One line each, naming the path.
        let lines: [String]
        var description: String { lines.joined(separator: "; ") }
    }

    private struct File: Decodable {
        struct Target: Decodable {
            let name: String
            let url: String
            let secretFile: String
            let audiences: [Audience]
            let quiet: Bool?
        }
        let targets: [Target]
    }

    /// Bytes of a secret: as many as the hash that it keys (RFC 2104, section 3).
    static let secretLength = 32

    /// By their names.
    let targets: [String: Target]

    /// No receivers.
    static let none = Self(targets: [])

    /// Those that tests name.
    init(targets: [Target]) { self.targets = Dictionary(uniqueKeysWithValues: targets.map { ($0.name, $0) }) }

    /// Reads a list's content and checks it.
    ///
    /// - Parameter secret: gives the content of a secret's file; nil when it cannot be read.
    /// - Throws: `DecodingError`, ``Faults`` that name every path at fault.
    init(json: Data, secret: (String) -> Data?) throws {
        let file = try JSONDecoder().decode(File.self, from: json)
        var faults: [String] = []
        var targets: [String: Target] = [:]
        for (index, entry) in file.targets.enumerated() {
            let path = "/targets/\(index)"
            if entry.name.wholeMatch(of: /[a-z0-9-]{1,32}/) == nil {
                faults.append("\(path)/name: must be 1 to 32 small letters, digits and hyphens")
            } else if targets[entry.name] != nil {
                faults.append("\(path)/name: stands there twice")
            }
            let url = URL(string: entry.url)
            if url?.host() == nil || url?.user() != nil || !Self.isAllowed(url?.scheme, host: url?.host()) {
                faults.append("\(path)/url: must be https, or http to this machine, without a user")
            }
            if entry.audiences.isEmpty { faults.append("\(path)/audiences: must name somebody") }
            let key = secret(entry.secretFile).flatMap(Self.key)
            if key == nil {
                faults.append("\(path)/secretFile: must name a file with \(Self.secretLength) bytes in base64")
            }
            if let url, let key {
                targets[entry.name] = Target(
                    name: entry.name,
                    url: url,
                    secret: key,
                    audiences: Set(entry.audiences),
                    keepsQuiet: entry.quiet ?? true
                )
            }
        }
        guard faults.isEmpty else { throw Faults(lines: faults) }
        self.targets = targets
    }

    /// What is signed but not encrypted must not leave the machine.
    private static func isAllowed(_ scheme: String?, host: String?) -> Bool {
        scheme == "https" || scheme == "http" && ["127.0.0.1", "::1", "localhost"].contains(host)
    }

    private static func key(_ content: Data) -> SymmetricKey? {
        let text = String(decoding: content, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let bytes = Data(base64Encoded: text), bytes.count == secretLength else { return nil }
        return SymmetricKey(data: bytes)
    }
}

extension Webhooks.Target {
    /// The signature of a delivery as the header names it: `v1,` and HMAC-SHA-256 in base64 over id, seconds and body.
    ///
    /// Source: Standard Webhooks, version 1.0, «Signature scheme».
    func signature(id: String, seconds: Int64, body: String) -> String {
        let signed = Data("\(id).\(seconds).\(body)".utf8)
        return "v1," + Data(HMAC<SHA256>.authenticationCode(for: signed, using: secret)).base64EncodedString()
    }
}
