import Bootstrap
import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// What every group of routes stands on: pages, the services behind, and the checks of each request.
struct Front: Sendable {
    let pages: Pages
    let intake: IntakeService
    let directory: DirectoryService
    let units: UnitDirectory
    let origins: [String]
    let providers: [Configuration.Provider]

    /// One request of a browser.
    struct Call: Sendable {
        let request: Request
        let context: HTTPContext
        let visitor: Visitor

        /// A parameter of the address's query.
        func query(_ name: String) -> String? { request.uri.queryParameters[Substring(name)].map { String($0) } }
    }

    /// Adds a page.
    func get(
        _ router: GuardedRouter,
        _ path: RouterPath,
        use handler: @escaping @Sendable (Call) async throws -> Response
    ) {
        router.open(.get, path, .anyone) { request, context in
            let call = Call(request: request, context: context, visitor: visitor(of: request, context))
            return try await answer(call) { try await handler(call) }
        }
    }

    /// Adds what a form of ours is sent to.
    ///
    /// - Parameter limit: the largest body in bytes: 65,536 has room for every form without files.
    func post(
        _ router: GuardedRouter,
        _ path: RouterPath,
        use handler: @escaping @Sendable (Call, Form) async throws -> Response
    ) {
        router.open(.post, path, .anyone) { request, context in
            let call = Call(request: request, context: context, visitor: visitor(of: request, context))
            return try await answer(call) {
                try checkOrigin(request)
                let form = try await Self.form(request, context)
                try checkToken(form["csrf"], of: call.visitor)
                return try await handler(call, form)
            }
        }
    }

    /// Adds a page for those who have signed in; others sign in first and come back.
    func get(
        _ router: GuardedRouter,
        signedIn path: RouterPath,
        use handler: @escaping @Sendable (Call, Session) async throws -> Response
    ) {
        get(router, path) { call in
            guard let session = call.visitor.session else {
                return pages.redirect(to: "/sign-in?next=\(Percent.encoded(call.visitor.path))")
            }
            return try await handler(call, session)
        }
    }

    /// Adds what a form for those who have signed in is sent to.
    func post(
        _ router: GuardedRouter,
        signedIn path: RouterPath,
        use handler: @escaping @Sendable (Call, Form, Session) async throws -> Response
    ) {
        post(router, path) { call, form in
            guard let session = call.visitor.session else { throw Trouble.signedOut }
            return try await handler(call, form, session)
        }
    }

    /// Answers, and turns what is thrown into a page with words for it.
    func answer(_ call: Call, _ work: () async throws -> Response) async throws -> Response {
        var response = try await Asking.$address.withValue(call.visitor.address) {
            try await answerOrSorry(call, work)
        }
        if let asked = call.query("lang"), let language = Language(rawValue: asked) {
            // A year: somebody who reads English does so next month too, whatever became of this page.
            let cookie = pages.cookies.set(.language, language.rawValue, age: 31_536_000)
            response.headers.append(HTTPField(name: .setCookie, value: cookie))
        }
        return response
    }

    private func answerOrSorry(_ call: Call, _ work: () async throws -> Response) async throws -> Response {
        do {
            return try await work()
        } catch let trouble as Trouble {
            return try sorry(trouble, call)
        } catch let problem as Problem {
            var response = try sorry(Self.trouble(of: problem), call)
            // What else the address answers (RFC 9110 §15.5.6).
            if let allow = problem.headers[.allow] { response.headers[.allow] = allow }
            return response
        } catch let error where !(error is CancellationError) {
            call.context.logger.error("page failed", metadata: ["reason": "\(JSONLogHandler.text(of: error))"])
            return try sorry(.broken, call)
        }
    }

    private func sorry(_ trouble: Trouble, _ call: Call) throws -> Response {
        let visitor = trouble == .signedOut ? call.visitor.signedOut : call.visitor
        var response = try pages.page(for: trouble, visitor: visitor)
        // Directory knows the session no more: the browser need not keep it.
        if trouble == .signedOut, call.visitor.session != nil {
            response.headers.append(HTTPField(name: .setCookie, value: pages.cookies.clear(.session)))
        }
        return response
    }

    /// What a problem of the framework or the house is to a person.
    static func trouble(of problem: Problem) -> Trouble {
        switch problem.status.code {
        case 404: .notFound
        case 405: .wrongMethod
        case 408: .tooSlow
        case 413: .tooLarge
        case 400, 415, 422: .malformed
        case 503: .away
        default: .broken
        }
    }

    /// Who asks, by their cookies.
    func visitor(of request: Request, _ context: HTTPContext) -> Visitor {
        let kept = pages.cookies.read(request.headers[values: .cookie])
        let asked = request.uri.queryParameters["lang"].map { String($0) }
        // Only what has the form of ours is taken for one: anything else is as if it were not there.
        let visit = kept[.visit].flatMap { $0.wholeMatch(of: /[A-Za-z0-9_-]{22}/) == nil ? nil : $0 }
        return Visitor(
            language: Language(asked: asked, kept: kept[.language]),
            visit: visit ?? Seal.random(),
            session: kept[.session].flatMap { pages.seal.open(Session.self, $0, for: .session) },
            // The edge's word, and nobody else's: with it a service behind counts who asks.
            address: context.clientAddress(of: request)?.text,
            path: LocalPath.checked(request.uri.path)
        )
    }

    /// Browsers say where a form comes from; one that says another site is refused before its body is read.
    func checkOrigin(_ request: Request) throws(Trouble) {
        if let site = request.headers[.fetchSite], site != "same-origin", site != "none" { throw .forged }
        if let origin = request.headers[.origin], !origins.contains(origin) { throw .forged }
    }

    /// The form was made for this browser and this session.
    func checkToken(_ token: String, of visitor: Visitor) throws(Trouble) {
        guard pages.seal.isMark(token, of: visitor.bound) else { throw .forged }
    }

    private static func form(_ request: Request, _ context: HTTPContext) async throws -> Form {
        let type = request.headers[.contentType]?.split(separator: ";").first.map { $0.lowercased() }
        guard type == "application/x-www-form-urlencoded" else { throw Trouble.malformed }
        let limit = context.bodyRules.limit
        let buffer = try await request.collectBody(limit: limit, within: context.bodyRules.timeout)
        guard let text = String(validating: buffer.readableBytesView, as: UTF8.self), let form = Form(encoded: text)
        else {
            throw Trouble.malformed
        }
        return form
    }
}

/// Answers what no route has answered, such as an address that does not exist, with a page.
struct FriendlyFaults: RouterMiddleware {
    let front: Front

    @concurrent
    func handle(
        _ request: Request,
        context: HTTPContext,
        next: @concurrent (Request, HTTPContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error where !(error is CancellationError) && !request.uri.path.hasPrefix("/health") {
            let call = Front.Call(request: request, context: context, visitor: front.visitor(of: request, context))
            return try await front.answer(call) { throw Problem(error) }
        }
    }
}
