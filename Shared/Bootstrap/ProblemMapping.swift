import HTTPTypes
import Hummingbird
import Messaging
import NIOCore
import PostgreSQL
import RabbitMQ

// Written so that their descriptions may be logged.
extension DatabaseError: SafelyDescribed {}
extension BrokerError: SafelyDescribed {}
extension Refusal: SafelyDescribed {}
extension DeadLetters.NotFound: SafelyDescribed {}

extension Problem {
    /// The one place where errors become answers.
    package init(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as any ProblemDescribing: self = error.problem
        case let error as DecodingError: self = .invalid([Fault(error)])
        case let error as DatabaseError where error.isInfrastructure || error.isRetryable: self = .unavailable()
        case is BrokerError: self = .unavailable()
        // The caller has gone, or the service is being stopped: nobody may be left to read this.
        case is CancellationError: self = .unavailable()
        // Without the limit, which the error does not know; `decodeBody` names it.
        case is NIOTooManyBytesError:
            self = Self(.contentTooLarge, "too-large", title: "内容过大", detail: "the body is too large")
        case let error as HTTPError: self = Self(status: error.status, detail: error.body, headers: error.headers)
        case let error as any HTTPResponseError: self = Self(status: error.status, detail: nil, headers: [:])
        default: self = .internalError
        }
    }

    /// The framework's own errors.
    private init(status: HTTPResponse.Status, detail: String?, headers: HTTPFields) {
        switch status.code {
        case 404: self = detail.map { .notFound($0) } ?? .notFound()
        case 503: self = .unavailable()
        case 500...: self = .internalError
        case 400: self = .badRequest(detail ?? "the request is not well formed")
        default:
            self = Self(
                status,
                "http-\(status.code)",
                title: "请求未被接受",
                detail: detail ?? status.reasonPhrase,
                headers: headers
            )
        }
    }
}

extension Problem.Fault {
    /// The fault that a decoder stopped at: where, and which rule; never the value.
    package init(_ error: DecodingError) {
        switch error {
        case .keyNotFound(let key, let context):
            self.init(pointer: Self.pointer(context.codingPath + [key]), rule: "required", message: "must be given")
        case .valueNotFound(let type, let context):
            self.init(
                pointer: Self.pointer(context.codingPath),
                rule: "type",
                message: "must be \(Self.name(of: type)), not null"
            )
        case .typeMismatch(let type, let context):
            self.init(
                pointer: Self.pointer(context.codingPath),
                rule: "type",
                message: "must be \(Self.name(of: type))"
            )
        case .dataCorrupted(let context):
            self.init(pointer: Self.pointer(context.codingPath), rule: "value", message: "must be an allowed value")
        @unknown default: self.init(pointer: "", rule: "value", message: "must be an allowed value")
        }
    }

    /// A JSON pointer (RFC 6901): `~` and `/` in a name are written `~0` and `~1`.
    static func pointer(_ path: [any CodingKey]) -> String {
        path.map { key in
            let name = key.intValue.map(String.init) ?? key.stringValue
            return "/" + name.replacing("~", with: "~0").replacing("/", with: "~1")
        }.joined()
    }

    /// A Swift type as JSON knows it.
    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Bool.Type: "true or false"
        case is any BinaryInteger.Type: "a whole number"
        case is any BinaryFloatingPoint.Type: "a number"
        case is [any Sendable].Type: "an array"
        case is [String: any Sendable].Type: "an object"
        default:
            switch String(describing: type) {
            case let name where name.hasPrefix("Array<"): "an array"
            case let name where name.hasPrefix("Dictionary<"): "an object"
            default: "of another type"
            }
        }
    }
}
