package import HTTPTypes

/// What a request was refused for, as RFC 9457 writes it (`application/problem+json`).
///
/// The title is Chinese, for the person before the screen; the detail is English, for whoever wrote the client. Neither
/// quotes what was sent.
package struct Problem: Error, Sendable, Hashable, CustomStringConvertible, SafelyDescribed {
    /// One field that is not as it must be.
    package struct Fault: Sendable, Hashable, Codable {
        /// Where it stands in the body: a JSON pointer (RFC 6901), empty for the whole body.
        package let pointer: String
        /// The rule's name, for programs: `required`, `type`, `length` and so on.
        package let rule: String
        /// The rule in words.
        package let message: String

        /// Creates the fault of a field.
        package init(pointer: String, rule: String, message: String) {
            self.pointer = pointer
            self.rule = rule
            self.message = message
        }
    }

    /// The HTTP status.
    package let status: HTTPResponse.Status
    /// The last part of the type `/problems/<slug>`; never changes once it is published.
    package let slug: String
    /// One Chinese sentence, the same for every occurrence.
    package let title: String
    /// What was wrong this time, in English.
    package let detail: String?
    /// The fields at fault.
    package let faults: [Fault]
    /// Headers that belong to the status, such as `Allow` or `Retry-After`.
    package let headers: HTTPFields

    /// Creates a problem.
    package init(
        _ status: HTTPResponse.Status,
        _ slug: String,
        title: String,
        detail: String? = nil,
        faults: [Fault] = [],
        headers: HTTPFields = [:]
    ) {
        self.status = status
        self.slug = slug
        self.title = title
        self.detail = detail
        self.faults = faults
        self.headers = headers
    }

    /// The type: a relative URI.
    package var type: String { "/problems/\(slug)" }
    /// Status, slug and the rules broken, for the log.
    package var description: String {
        let rules = faults.map { "\($0.pointer) \($0.rule)" }
        return ([String(status.code), slug] + rules).joined(separator: " ")
    }
}

/// An error of a domain that says itself which problem it is.
package protocol ProblemDescribing: Error {
    /// The problem that the request ends with.
    var problem: Problem { get }
}

extension Problem {
    /// 400: the body cannot be read at all.
    package static func malformedBody(rule: String, _ detail: String) -> Self {
        Self(
            .badRequest,
            "malformed-body",
            title: "请求内容无法读取",
            detail: detail,
            faults: [Fault(pointer: "", rule: rule, message: detail)]
        )
    }

    /// 422: fields that are missing or not as they must be.
    package static func invalid(_ faults: [Fault]) -> Self {
        let names = faults.map { $0.pointer.isEmpty ? "the body" : $0.pointer }.joined(separator: ", ")
        return Self(
            .unprocessableContent,
            "invalid-fields",
            title: "请求内容不合要求",
            detail: "not acceptable: \(names)",
            faults: faults
        )
    }

    /// 400 for anything else that is wrong with a request's form.
    package static func badRequest(_ detail: String) -> Self {
        Self(.badRequest, "bad-request", title: "请求有误", detail: detail)
    }

    /// 401: no token, or one that is not known.
    package static func unauthorized(challenge: String) -> Self {
        Self(
            .unauthorized,
            "unauthorized",
            title: "请先登录",
            detail: "a valid bearer token is required",
            headers: [.wwwAuthenticate: challenge]
        )
    }

    /// 403: known, but not entitled.
    package static func forbidden(_ detail: String) -> Self {
        Self(.forbidden, "forbidden", title: "无权进行此操作", detail: detail)
    }

    /// 404: nothing there, or nothing that the caller may know of.
    package static func notFound(_ detail: String = "there is nothing at this address") -> Self {
        Self(.notFound, "not-found", title: "没有找到", detail: detail)
    }

    /// 405, with the methods that the address knows.
    package static func methodNotAllowed(allow: [String]) -> Self {
        let list = allow.joined(separator: ", ")
        return Self(
            .methodNotAllowed,
            "method-not-allowed",
            title: "此地址不支持该操作",
            detail: "this address answers \(list)",
            headers: [.allow: list]
        )
    }

    /// 408: the body did not arrive in time.
    package static func tooSlow() -> Self {
        Self(.requestTimeout, "request-timeout", title: "请求传输超时", detail: "the body did not arrive in time")
    }

    /// 409: the state has changed, or something else stands in the way.
    package static func conflict(_ detail: String) -> Self {
        Self(.conflict, "conflict", title: "与当前状态冲突", detail: detail)
    }

    /// 413: larger than the limit in bytes.
    package static func tooLarge(limit: Int) -> Self {
        Self(.contentTooLarge, "too-large", title: "内容过大", detail: "the body may have at most \(limit) bytes")
    }

    /// 415, with the content type that is taken.
    package static func unsupportedMediaType(_ detail: String, accept: String) -> Self {
        Self(
            .unsupportedMediaType,
            "unsupported-media-type",
            title: "不支持的内容类型",
            detail: detail,
            headers: [.accept: accept]
        )
    }

    /// 429: too often; with the seconds after which to try again.
    package static func tooManyRequests(_ detail: String, retryAfter seconds: Int) -> Self {
        Self(
            .tooManyRequests,
            "too-many-requests",
            title: "请求过于频繁，请稍后再试",
            detail: detail,
            headers: [.retryAfter: String(max(1, seconds))]
        )
    }

    /// 500: a fault of this service; says nothing about it.
    package static let internalError = Self(
        .internalServerError,
        "internal-error",
        title: "系统出错，请稍后再试",
        detail: "the trace id names this failure in the service's log"
    )

    /// 503: something this service needs is away; with the seconds after which to try again.
    package static func unavailable(retryAfter seconds: Int = 5) -> Self {
        Self(
            .serviceUnavailable,
            "unavailable",
            title: "服务暂时不可用，请稍后再试",
            detail: "a server that this service needs cannot be reached",
            headers: [.retryAfter: String(seconds)]
        )
    }
}
