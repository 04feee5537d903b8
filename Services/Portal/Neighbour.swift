import AsyncHTTPClient
import Bootstrap
import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import ServiceContextModule

/// Another service, asked over HTTP: what it says is what the pages say.
struct Neighbour: Sendable {
    /// What a service answers.
    struct Answer: Sendable {
        let status: Int
        let retryAfter: String?
        let body: Data

        /// Whether it did what was asked.
        var isGood: Bool { (200..<300).contains(status) }

        /// The body as a value.
        ///
        /// - Throws: ``Trouble/broken`` when it is another: the two services are of different versions.
        func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws(Trouble) -> Value {
            do { return try JSONDecoder().decode(type, from: body) } catch { throw .broken }
        }

        /// The faults of a problem (RFC 9457), by the field that its pointer names.
        var faults: [(pointer: String, rule: String, message: String)] {
            struct Document: Decodable {
                struct Fault: Decodable {
                    let pointer: String
                    let rule: String
                    let message: String
                }
                let errors: [Fault]?
            }
            let document = try? JSONDecoder().decode(Document.self, from: body)
            return (document?.errors ?? []).map { ($0.pointer, $0.rule, $0.message) }
        }

        /// What a problem says was wrong this time.
        var detail: String? {
            struct Document: Decodable { let detail: String? }
            return (try? JSONDecoder().decode(Document.self, from: body))?.detail
        }

        /// The last part of a problem's type.
        var problem: String? {
            struct Document: Decodable { let type: String }
            return (try? JSONDecoder().decode(Document.self, from: body))?.type.split(separator: "/").last.map(
                String.init
            )
        }

        /// The answer, unless it is one that no page has words of its own for.
        ///
        /// - Throws: ``Trouble``.
        func checked() throws(Trouble) -> Answer {
            guard isGood else { throw trouble() }
            return self
        }

        /// What an answer that is not good is to a person.
        func trouble() -> Trouble {
            switch status {
            case 401: .signedOut
            case 403: .forbidden
            case 404: .notFound
            case 429: .crowded
            default: .broken
            }
        }
    }

    /// Connections and how they are made; a service of ours is never redirected from.
    static func clientConfiguration(_ encryption: HTTPClientEncryption?) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.tlsConfiguration = encryption?.configuration
        configuration.timeout.connect = .seconds(2)
        // Long before a service closes a connection on which nothing is said (`http.idleTimeout`, 60 s): what is sent while the other
        // end closes is lost, and the client alone can keep from that (RFC 9112 §9.3).
        configuration.connectionPool.idleTimeout = .seconds(20)
        return configuration
    }

    /// The largest answer that is read whole: a list of codes of all stations has some hundred kilobytes.
    private static let answerLimit = 4 * 1_024 * 1_024

    let name: String
    let base: String
    let client: HTTPClient
    let deadline: Duration

    /// Asks with a JSON body, or none.
    ///
    /// - Throws: ``Trouble/away`` when it does not answer in time, or says that it cannot.
    func send(
        _ method: String,
        _ path: String,
        token: String? = nil,
        headers: [(String, String)] = [],
        json: (any Encodable & Sendable)? = nil
    ) async throws -> Answer {
        let body = try json.map { try JSONEncoder().encode($0) }
        return try await send(
            method,
            path,
            token: token,
            headers: headers + (body == nil ? [] : [("Content-Type", "application/json")]),
            bytes: body.map { ByteBuffer(data: $0) }
        )
    }

    /// Asks with a form.
    func send(form fields: [(String, String)], _ path: String, headers: [(String, String)] = []) async throws -> Answer
    {
        let text = fields.map { "\(Percent.encoded($0.0))=\(Percent.encoded($0.1))" }.joined(separator: "&")
        return try await send(
            "POST",
            path,
            token: nil,
            headers: headers + [("Content-Type", "application/x-www-form-urlencoded")],
            bytes: ByteBuffer(string: text)
        )
    }

    /// Asks with any bytes.
    func send(
        _ method: String,
        _ path: String,
        token: String?,
        headers: [(String, String)],
        bytes: ByteBuffer?,
        within time: Duration? = nil
    ) async throws -> Answer {
        let response = try await open(
            method,
            path,
            token: token,
            headers: headers,
            bytes: bytes,
            within: time ?? deadline
        )
        do {
            let body = try await response.body.collect(upTo: Self.answerLimit)
            let status = Int(response.status.code)
            // 501 too: a service that does not know the method is of another version, and as good as away.
            guard status < 500 else { throw Trouble.away }
            return Answer(
                status: status,
                retryAfter: response.headers.first(name: "Retry-After"),
                body: Data(buffer: body)
            )
        } catch let trouble as Trouble {
            throw trouble
        } catch {
            throw Trouble.away
        }
    }

    /// Asks, and gives the answer with its body still to come.
    func open(
        _ method: String,
        _ path: String,
        token: String?,
        headers: [(String, String)] = [],
        bytes: ByteBuffer? = nil,
        within time: Duration? = nil
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: base + path)
        request.method = .RAW(value: method)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let address = Asking.address, !headers.contains(where: { $0.0 == "X-Forwarded-For" }) {
            request.headers.add(name: "X-Forwarded-For", value: address)
        }
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let trace = ServiceContext.current?.trace {
            request.headers.add(name: "traceparent", value: trace.traceparent)
        }
        if let bytes { request.body = .bytes(bytes) }
        do {
            return try await client.execute(request, timeout: .nanoseconds(Int64((time ?? deadline) / .nanoseconds(1))))
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw Trouble.away
        }
    }
}

/// On whose behalf the services behind are asked: their limits and their records are about people, and not about these pages.
enum Asking {
    /// The address of the browser whose request this task answers, as far as it is known.
    @TaskLocal static var address: String?
}

/// Percent-encoding for addresses and forms.
enum Percent {
    private static let plain = CharacterSet(
        charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
    )

    /// Everything but what RFC 3986 calls unreserved.
    static func encoded(_ text: String) -> String { text.addingPercentEncoding(withAllowedCharacters: plain) ?? "" }

    /// A name or value of a form: `+` is a space (URL Standard §5.1); nil when it is none.
    static func decoded(_ text: some StringProtocol) -> String? {
        String(text).replacing("+", with: " ").removingPercentEncoding
    }
}
