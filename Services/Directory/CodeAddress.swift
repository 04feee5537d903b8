import Contracts
import Foundation

/// Where a code leads: the address that its symbol holds, and the same for a person to type.
///
/// The symbol's is in capital letters, which take it 5.5 bits each instead of eight. Scheme and host are the same in either case
/// (RFC 3986 §6.2.2.1), and the page of codes takes `/C/` as `/c/`.
struct CodeAddress: Sendable, Hashable {
    /// The scheme and the host, with a port if need be, in lower case.
    private let base: String

    /// Reads the public address; nil unless it is `http` or `https`, a host of a symbol's characters, and perhaps a port.
    init?(_ text: String) {
        let lower = text.lowercased()
        guard lower.wholeMatch(of: /https?:\/\/[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[0-9]{1,5})?\/?/) != nil else {
            return nil
        }
        base = lower.hasSuffix("/") ? String(lower.dropLast()) : lower
    }

    /// What the symbol of a token holds.
    func symbol(_ token: String) -> String { "\(base.uppercased())/C/\(token)" }

    /// What a person types: without the scheme, the token in groups of four.
    func typed(_ token: String) -> String {
        let characters = Array(token)
        let groups = stride(from: 0, to: characters.count, by: 4).map {
            String(characters[$0..<min($0 + 4, characters.count)])
        }
        let host = base.split(separator: "/").last.map(String.init) ?? base
        return "\(host)/c/\(groups.joined(separator: "-"))"
    }
}
