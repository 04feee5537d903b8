import Contracts
import Foundation

/// An outside provider at which people sign in (OpenID Connect Core 1.0), such as 浙政钉.
struct Provider: Sendable {
    /// What addresses and the configuration call it.
    let name: String
    /// What people read on the button.
    let label: String
    /// Who signs its id tokens; its discovery document lies below (`/.well-known/openid-configuration`).
    let issuer: String
    /// What it calls us.
    let clientID: String
    /// Where it may send people back to: the first unless another is asked for.
    let returns: [String]

    /// Lower-case letters, digits and hyphens: it stands in addresses.
    static func isName(_ text: String) -> Bool { text.wholeMatch(of: /[a-z][a-z0-9-]{0,31}/) != nil }

    /// Whether secrets may be sent there: over TLS, or to this host.
    static func isSafe(_ address: String) -> Bool {
        guard let url = URL(string: address), let host = url.host(), url.user() == nil, url.fragment() == nil else {
            return false
        }
        return url.scheme == "https" || (url.scheme == "http" && ["127.0.0.1", "localhost", "::1"].contains(host))
    }

    /// Where it says what else it has.
    var discovery: String {
        (issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer) + "/.well-known/openid-configuration"
    }
}

/// What an id token says, once its signature was verified.
struct ProviderClaims: Sendable, Hashable {
    let issuer: String
    let subject: String
    let audience: [String]
    /// The party that it was issued to, where there are several.
    let party: String?
    let nonce: String?
    let issuedAt: Date
    let endsAt: Date

    /// A provider's clock may differ by as much.
    private static let drift: TimeInterval = 60

    /// Whether it speaks of this sign-in at this provider (OpenID Connect Core §3.1.3.7), and is good now.
    func isGood(from provider: Provider, nonce: String, at now: Date) -> Bool {
        issuer == provider.issuer && audience.contains(provider.clientID)
            && (party.map { $0 == provider.clientID } ?? (audience.count == 1))
            && self.nonce == nonce && endsAt.addingTimeInterval(Self.drift) > now
            && issuedAt < now.addingTimeInterval(Self.drift) && (1...255).contains(subject.utf8.count)
            && !subject.unicodeScalars.contains { $0.value == 0 }
    }
}
