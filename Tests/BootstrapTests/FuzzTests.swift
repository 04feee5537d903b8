import Contracts
import Foundation
import HTTPSupport
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Support
import Testing

@testable import Bootstrap

/// What every service reads of strangers, with changed bytes.
@Suite(.timeLimit(.minutes(5)))
struct FuzzTests {
    private static let bodies = [
        #"{"title":"题","count":3,"urgent":true,"kind":"opinion","id":"01890000-0000-7000-8000-000000000000","author":{"name":"王","age":null},"tags":["a","b"]}"#,
        #"[{"a":[1,2.5e3,-0]},"\ud83d\ude00",null,false]"#,
    ]

    @Test func `a body of JSON is taken or refused by name, and none is taken that is no JSON`() {
        let outcome = Fuzzing("JSON bodies", texts: Self.bodies).run { bytes in
            do {
                _ = try JSONBody.decode(BodyTests.Submission.self, from: bytes)
            } catch let problem as Problem {
                return [400, 422].contains(problem.status.code) && problem.faults.count <= BodyFaults.limit
                    ? .refused : .wrong("\(problem.status.code)")
            } catch {
                return .wrong("\(type(of: error))")
            }
            // Read once more by another reader, as it stands.
            let again = try? JSONSerialization.jsonObject(with: Data(bytes))
            return again is [String: Any] && String(validating: bytes, as: UTF8.self) != nil
                ? .taken : .wrong("no JSON")
        }
        #expect(outcome.failures == [] && outcome.taken > 5)
    }

    @Test func `a form is taken or refused, whatever it is`() async throws {
        let service = HTTPService(configuration: HTTPConfiguration(), logger: .silent) { router in
            router.post("/") { request, context in
                let form = try await request.decodeForm(context: context)
                return String(form.count)
            }
        }
        try await service.application.test(.router) { client in
            let seeds = ["grant_type=client_credentials&client_id=a&client_secret=b%20c+d", "a=&b=%E5%9F%8E"]
            let outcome = try await Fuzzing("forms", texts: seeds, count: Fuzzing.count(500)).run { bytes in
                let answer = try await client.executeRequest(
                    uri: "/",
                    method: .post,
                    headers: [.contentType: "application/x-www-form-urlencoded"],
                    body: ByteBuffer(bytes: bytes)
                )
                return switch answer.status.code {
                case 200: .taken
                case 400, 413: .refused
                case let other: .wrong("\(other)")
                }
            }
            #expect(outcome.failures == [] && outcome.taken > 20)
        }
    }

    @Test func `no changed token is another's`() async throws {
        let signer = TestSigner()
        let tokens = AccessTokens(logger: .silent) { [signer.publicKey] }
        let good = try await signer.token(unit: "zhujian", role: .clerk)
        let expected = Caller(unit: "zhujian", role: .clerk, subject: "account:zhujian")
        let words = [Base64URL.text(Data(#"{"alg":"none","kid":"k-test"}"#.utf8)), "eyJ", "AAAA", "=="]
        let outcome = await Fuzzing("tokens", texts: [good], words: words).run { bytes in
            guard let caller = await tokens.caller(of: String(decoding: bytes, as: UTF8.self)) else { return .refused }
            return caller == expected ? .taken : .wrong("\(caller)")
        }
        #expect(outcome.failures == [] && outcome.taken > 0)
    }

    @Test func `a trace is the standard's or none`() {
        let seeds = [TraceContextTests.good, "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"]
        let outcome = Fuzzing("traceparent", texts: seeds).run(texts: { text in
            guard let trace = TraceContext(traceparent: text, tracestate: text) else { return .refused }
            let again = trace.traceparent
            return again.utf8.count == 55 && TraceContext(traceparent: again)?.traceID == trace.traceID
                ? .taken : .wrong(again)
        })
        #expect(outcome.failures == [] && outcome.taken > 5)
        let states = Fuzzing("tracestate", texts: ["a=1,b@c=2", "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"]).run(texts: {
            text in
            guard let state = TraceState.checked(text) else { return .refused }
            return TraceState.checked(state) == state && !state.utf8.contains { $0 < 32 } ? .taken : .wrong(state)
        })
        #expect(states.failures == [] && states.taken > 5)
    }

    @Test func `an address is one that the system knows too, or none, and nobody is trusted by mistake`() throws {
        let edge = try #require(ClientAddress("192.0.2.1"))
        let seeds = [
            "203.0.113.7", "2001:db8::1", "::ffff:192.0.2.1", "1.2.3.4, 203.0.113.7", "fe80::1%eth0", "[::1]:80",
        ]
        let peers = try #require(TrustedPeers("192.0.2.1, 10.0.0.0/8, 2001:db8::/32"))
        let outcome = Fuzzing("X-Forwarded-For", texts: seeds).run(texts: { text in
            // A stranger's word counts nothing; the edge's last word does, where it is an address.
            let stranger = ClientAddress("198.51.100.9")
            guard peers.client(peer: stranger, forwarded: [text]) == stranger else {
                return .wrong("a stranger is believed")
            }
            guard peers.client(peer: edge, forwarded: [text]) != edge, let address = ClientAddress(text) else {
                return .refused
            }
            return [4, 8].contains(address.subscriber.count) && address.neighbourhood.contains("/")
                ? .taken : .wrong(address.neighbourhood)
        })
        #expect(outcome.failures == [] && outcome.taken > 3)
        let networks = Fuzzing("trusted networks", texts: ["10.0.0.0/8, 192.0.2.1", "2001:db8::/32,::1"]).run(texts: {
            text in
            guard let peers = TrustedPeers(text) else { return .refused }
            guard let outside = ClientAddress("198.51.100.9"), peers.contains(outside) else { return .taken }
            // Only one that says so with few enough bits holds everybody.
            return text.contains("/") || text.contains("198.51.100.9") ? .taken : .wrong("holds a stranger")
        })
        #expect(networks.failures == [] && networks.taken > 5)
    }

    @Test func `base64 for addresses is read and written alike`() {
        let outcome = Fuzzing("base64url", texts: ["AAECAwQ", "-_8", "Zm9vYmFy"]).run(texts: { text in
            guard let data = Base64URL.decoded(text) else { return .refused }
            return Base64URL.decoded(Base64URL.text(data)) == data ? .taken : .wrong("another when written")
        })
        #expect(outcome.failures == [] && outcome.taken > 5)
    }
}
