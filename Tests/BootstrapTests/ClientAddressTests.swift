import HTTPSupport
import HTTPTypes
import Hummingbird
import NIOCore
import Support
import Testing

@testable import Bootstrap

/// Where a request comes from: the header counts when the edge has written it.
struct ClientAddressTests {
    @Test(arguments: ["1.2.3.4", "::1", "2001:db8::1", "::ffff:1.2.3.4"])
    func `an address is read`(text: String) { #expect(ClientAddress(text) != nil) }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4:80", "[::1]", "fe80::1%eth0", "localhost", "1.2.3.4 ", "01.2.3.4\u{0}",
    ])
    func `anything else is none`(text: String) { #expect(ClientAddress(text) == nil) }

    @Test func `one subscriber has many addresses of version 6 and one of version 4`() throws {
        func subscriber(_ text: String) throws -> [UInt8] { try #require(ClientAddress(text)).subscriber }
        #expect(try subscriber("2001:db8:1:2::1") == subscriber("2001:db8:1:2:ffff::9"))
        #expect(try subscriber("2001:db8:1:2::1") != subscriber("2001:db8:1:3::1"))
        #expect(try subscriber("1.2.3.4") != subscriber("1.2.3.5"))
        #expect(try subscriber("::ffff:1.2.3.4") == subscriber("1.2.3.4"))
    }

    @Test func `the last hop of a trusted peer's header counts, and nobody else's`() throws {
        let peers = try #require(TrustedPeers("127.0.0.1, 10.16.0.0/12, 2001:db8::/33"))
        func client(_ peer: String, _ forwarded: String...) throws -> ClientAddress? {
            let peer = try #require(ClientAddress(peer))
            return peers.client(peer: peer, forwarded: forwarded)
        }
        for edge in ["127.0.0.1", "10.16.0.1", "10.31.255.255", "2001:db8:7fff::1", "::ffff:127.0.0.1"] {
            #expect(try client(edge, "1.2.3.4") == ClientAddress("1.2.3.4"))
            #expect(
                try client(edge, "6.6.6.6, 1.2.3.4") == ClientAddress("1.2.3.4"),
                "what a stranger sent stands before"
            )
            #expect(try client(edge, "6.6.6.6", "1.2.3.4") == ClientAddress("1.2.3.4"))
            for nothing in ["", " ", "unknown", "1.2.3.4:80"] {
                #expect(try client(edge, nothing) == ClientAddress(edge))
            }
            #expect(try client(edge) == ClientAddress(edge))
        }
        for stranger in ["127.0.0.2", "10.32.0.1", "10.15.255.255", "2001:db8:8000::1", "::1"] {
            #expect(try client(stranger, "1.2.3.4") == ClientAddress(stranger))
        }
        #expect(
            TrustedPeers.none.client(peer: ClientAddress("127.0.0.1"), forwarded: ["1.2.3.4"])
                == ClientAddress("127.0.0.1")
        )
        #expect(peers.client(peer: nil, forwarded: ["1.2.3.4"]) == nil)
    }

    @Test(.timeLimit(.minutes(1)), arguments: [("127.0.0.1", true), ("10.0.0.1", false)])
    func `over a socket the edge's word is taken and a stranger's is not`(trusted: String, isTaken: Bool) async throws {
        var configuration = HTTPConfiguration()
        configuration.trustedPeers = try #require(TrustedPeers(trusted))
        let claimed = try #require(ClientAddress("1.2.3.4"))
        try await RunningService.with(configuration, logger: .silent) { router in
            router.get("/from") { request, context in
                context.clientAddress(of: request) == claimed ? "claimed" : "peer"
            }
        } _: { port, _ in
            try await RawConnection.open(port: port) { connection in
                try await connection.send(
                    "GET /from HTTP/1.1\nHost: x\nConnection: close\nX-Forwarded-For: 1.2.3.4\n\n"
                )
                let answer = try await connection.rest()
                #expect(answer.hasSuffix(isTaken ? "claimed" : "peer"))
            }
        }
    }
}
