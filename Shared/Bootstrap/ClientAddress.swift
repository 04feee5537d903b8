import Foundation
import HTTPTypes
package import Hummingbird
import NIOCore

/// Where a request comes from, as far as this service can know: the other end of the connection, or what a trusted other end
/// says.
///
/// An address is personal data: it is compared and grouped, never logged; at most the network around it is in an event.
package struct ClientAddress: Sendable, Hashable {
    /// 4 bytes, or 16.
    private let bytes: [UInt8]

    /// Reads an address as people write it (RFC 4291 §2.2 for version 6); one of version 4 within version 6 is of version 4.
    ///
    /// Nil for anything else: a port, a name, a scope.
    package init?(_ text: some StringProtocol) {
        // 45 characters: the longest address there is.
        guard (2...45).contains(text.utf8.count) else { return nil }
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, String(text), &four) == 1 {
            bytes = withUnsafeBytes(of: &four) { Array($0) }
        } else if inet_pton(AF_INET6, String(text), &six) == 1 {
            let all = withUnsafeBytes(of: &six) { Array($0) }
            bytes = all.starts(with: Self.mapped) ? Array(all.suffix(4)) : all
        } else {
            return nil
        }
    }

    /// The prefix of addresses of version 4 within version 6.
    private static let mapped: [UInt8] = Array(repeating: 0, count: 10) + [0xff, 0xff]

    /// What one subscriber has: an address of version 4, and of version 6 the network of 64 bits, within which every device may
    /// take a new address each minute (RFC 8981).
    package var subscriber: [UInt8] { bytes.count == 4 ? bytes : Array(bytes.prefix(8)) }

    /// As people write it (RFC 5952), to pass it on to a service that trusts this one's word; it stands in no log, act or event.
    package var text: String { Self.text(of: bytes) }

    /// The network around it, which says where somebody was and not who: 24 bits of version 4, 48 of version 6, as
    /// `192.0.2.0/24`.
    package var neighbourhood: String {
        let kept = bytes.prefix(bytes.count == 4 ? 3 : 6)
        let all = Array(kept) + Array(repeating: 0, count: bytes.count - kept.count)
        return Self.text(of: all) + "/\(kept.count * 8)"
    }

    private static func text(of bytes: [UInt8]) -> String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        // It fails for a family that it does not know, or too little room.
        inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The first bits of it are those of a network.
    fileprivate func lies(in network: Self, bits: Int) -> Bool {
        guard bytes.count == network.bytes.count else { return false }
        let (whole, rest) = bits.quotientAndRemainder(dividingBy: 8)
        guard bytes.prefix(whole) == network.bytes.prefix(whole) else { return false }
        // Of the byte that the network ends in, the bits from the left.
        return rest == 0 || (bytes[whole] ^ network.bytes[whole]) >> (8 - rest) == 0
    }

    fileprivate var bitCount: Int { bytes.count * 8 }
}

/// The peers whose word on where a request comes from is taken: the edge, and what asks on a person's behalf behind it.
package struct TrustedPeers: Sendable, Hashable {
    private struct Network: Sendable, Hashable {
        let address: ClientAddress
        let bits: Int
    }

    private let networks: [Network]

    /// Nobody: every request comes from the other end of its connection.
    package static let none = Self(networks: [])

    private init(networks: [Network]) { self.networks = networks }

    /// Reads addresses and networks (`10.0.0.0/8`) with commas between them; nil when one is neither.
    package init?(_ text: String) {
        var networks: [Network] = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = word.trimmingCharacters(in: .whitespaces).split(
                separator: "/",
                omittingEmptySubsequences: false
            )
            guard (1...2).contains(parts.count), let address = ClientAddress(parts[0]) else { return nil }
            let bits = parts.count == 1 ? address.bitCount : Int(parts[1])
            guard let bits, (0...address.bitCount).contains(bits) else { return nil }
            networks.append(Network(address: address, bits: bits))
        }
        self.networks = networks
    }

    /// Whether an address is one of them.
    package func contains(_ address: ClientAddress) -> Bool {
        networks.contains { address.lies(in: $0.address, bits: $0.bits) }
    }

    /// Where a request comes from.
    ///
    /// - Parameters:
    ///   - peer: the other end of the connection; nil when it has no address.
    ///   - forwarded: the values of `X-Forwarded-For`, in their order. Only the last hop counts, which the peer itself has
    ///     written: what stands before it is what a stranger may have sent.
    package func client(peer: ClientAddress?, forwarded: [String]) -> ClientAddress? {
        guard let peer, contains(peer), let last = forwarded.last?.split(separator: ",").last else { return peer }
        // A trusted peer that writes no address has said nothing.
        return ClientAddress(last.trimmingCharacters(in: .whitespaces)) ?? peer
    }
}

extension HTTPContext {
    private static let forwardedFor = HTTPField.Name("X-Forwarded-For")

    /// Where the request comes from; nil when the connection has no address, as in tests without sockets.
    package func clientAddress(of request: Request) -> ClientAddress? {
        let peer = remoteAddress?.ipAddress.flatMap { ClientAddress($0) }
        return trustedPeers.client(peer: peer, forwarded: Self.forwardedFor.map { request.headers[values: $0] } ?? [])
    }
}
