import Bootstrap
import Foundation
import HTTPTypes
import Hummingbird
import Mustache
import NIOCore

/// Makes pages of templates, texts and values; every page leaves with the same headers.
struct Pages: Sendable {
    /// A template that is not as it must be.
    struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    let catalogue: Catalogue
    let cookies: Cookies
    let seal: Seal
    private let library: MustacheLibrary
    private let styles: String

    /// Reads all templates.
    ///
    /// - Parameter styles: the addresses' part that changes with the style sheets.
    init(catalogue: Catalogue, cookies: Cookies, seal: Seal, styles: String) throws {
        // Named by the first line of the frame, within which every page is rendered.
        MustacheContentTypes.register(EscapedHTML(), named: EscapedHTML.name)
        (self.catalogue, self.cookies, self.seal, self.styles) = (catalogue, cookies, seal, styles)
        var library = MustacheLibrary()
        for (name, bytes) in Templates.all {
            guard let text = String(validating: bytes, as: UTF8.self) else { throw Unreadable(description: name) }
            try library.register(text, named: name)
        }
        self.library = library
    }

    /// A text of the catalogue.
    func say(_ key: String, _ visitor: Visitor, _ places: [String: String] = [:]) -> String {
        catalogue.text(key, visitor.language, places)
    }

    /// A role as people call it; one that has no words yet as Directory names it.
    func role(_ role: String, _ visitor: Visitor) -> String {
        catalogue.has("roleName_\(role)") ? say("roleName_\(role)", visitor) : role
    }

    /// What a form of this browser must carry.
    func token(of visitor: Visitor) -> String { seal.mark(of: visitor.bound) }

    /// A page.
    ///
    /// - Parameters:
    ///   - title: the catalogue's key of its title.
    ///   - values: for the template, beside `t` (the texts), `csrf` and what the frame wants.
    ///   - path: the address for the links to the other language; the request's when nil.
    func page(
        _ template: String,
        title: String,
        _ values: [String: Any] = [:],
        for visitor: Visitor,
        status: HTTPResponse.Status = .ok,
        cookies more: [String] = [],
        headers: HTTPFields = [:],
        path: String? = nil
    ) throws -> Response {
        let token = token(of: visitor)
        var values = values
        values["t"] = catalogue.all(visitor.language)
        values["csrf"] = token
        values["lang"] = visitor.language.tag
        values["isChinese"] = visitor.language == .chinese
        values["title"] = values["title"] ?? say(title, visitor)
        values["path"] = path ?? visitor.path
        values["styles"] = styles
        values["isSignedIn"] = visitor.session != nil
        guard let html = library.render(values, withTemplate: template) else { throw Unreadable(description: template) }
        var headers = headers
        for cookie in more { headers.append(HTTPField(name: .setCookie, value: cookie)) }
        // A browser is given a name only when a form of ours needs one.
        if html.contains(token) {
            headers.append(HTTPField(name: .setCookie, value: cookies.set(.visit, visitor.visit)))
        }
        headers[.contentType] = "text/html; charset=utf-8"
        headers[.cacheControl] = "no-store"
        headers[.contentLanguage] = visitor.language.tag
        return Response(
            status: status,
            headers: Self.guarded(headers),
            body: .init(byteBuffer: ByteBuffer(string: html))
        )
    }

    /// Elsewhere, with GET (RFC 9110 §15.4.4): a reload repeats nothing.
    func redirect(to path: String, cookies more: [String] = []) -> Response {
        var headers: HTTPFields = [.location: path, .cacheControl: "no-store"]
        for cookie in more { headers.append(HTTPField(name: .setCookie, value: cookie)) }
        return Response(status: .seeOther, headers: Self.guarded(headers))
    }

    /// A page that says what is wrong and where to go on.
    func page(for trouble: Trouble, visitor: Visitor, retryAfter: String? = nil) throws -> Response {
        var headers: HTTPFields = [:]
        if trouble == .away || trouble == .crowded { headers[.retryAfter] = retryAfter ?? "10" }
        return try page(
            "trouble",
            title: trouble.words.title,
            [
                "text": say(trouble.words.text, visitor), "offersSignIn": trouble == .signedOut,
                "offersFactor": trouble == .otherRole,
            ],
            for: visitor,
            status: HTTPResponse.Status(code: trouble.status),
            headers: headers,
            path: "/"
        )
    }

    /// What every answer carries, whatever it is.
    static func guarded(_ headers: HTTPFields) -> HTTPFields {
        var headers = headers
        headers[.contentSecurityPolicy] =
            "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        headers[.xContentTypeOptions] = "nosniff"
        headers[.xFrameOptions] = "DENY"
        // Not `no-referrer`: with it browsers send `Origin: null` with our own forms (Fetch Standard §3.1).
        headers[.referrerPolicy] = "same-origin"
        headers[.permissionsPolicy] = "camera=(), microphone=(), geolocation=(), payment=()"
        headers[.crossOriginOpenerPolicy] = "same-origin"
        return headers
    }
}

/// Escapes for HTML scalar by scalar.
///
/// The library's own goes by user-perceived characters, and leaves a quotation mark alone that a combining mark follows: an
/// attribute would end there.
struct EscapedHTML: MustacheContentType {
    static let name = "PAGE"

    func escapeText(_ text: String) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": escaped.append(contentsOf: "&lt;".unicodeScalars)
            case ">": escaped.append(contentsOf: "&gt;".unicodeScalars)
            case "&": escaped.append(contentsOf: "&amp;".unicodeScalars)
            case "\"": escaped.append(contentsOf: "&quot;".unicodeScalars)
            case "'": escaped.append(contentsOf: "&#39;".unicodeScalars)
            default: escaped.append(scalar)
            }
        }
        return String(escaped)
    }
}

extension HTTPField.Name {
    static let xFrameOptions = named("X-Frame-Options")
    static let referrerPolicy = named("Referrer-Policy")
    static let permissionsPolicy = named("Permissions-Policy")
    static let crossOriginOpenerPolicy = named("Cross-Origin-Opener-Policy")
    static let fetchSite = named("Sec-Fetch-Site")

    private static func named(_ text: String) -> Self {
        guard let name = Self(text) else { preconditionFailure("\(text) is a field name") }
        return name
    }
}
