import Bootstrap
import Foundation
import HTTPTypes
import Hummingbird

/// Signing in, with a password, a second factor, or at an outside provider; and out.
struct SignInRoutes: Sendable {
    let front: Front

    /// A sign-in that waits for its second factor, in the form, sealed.
    private struct Waiting: Codable {
        let challenge: String
        let visit: String
        let next: String
    }

    /// An outside sign-in under way, in a cookie, sealed.
    private struct Outside: Codable {
        let provider: String
        let state: String
        let next: String
    }

    func add(to router: GuardedRouter) {
        front.get(router, "/sign-in") { call in
            try page(call, next: LocalPath.checked(call.query("next"), else: "/account"))
        }
        front.post(router, "/sign-in") { call, form in
            let next = LocalPath.checked(form["next"], else: "/account")
            // Not trimmed: a password may begin with a space.
            let password = form.fields["password"] ?? ""
            guard let login = form.given("login"), !password.isEmpty else {
                return try page(call, next: next, login: form["login"], wrong: "signInEmpty")
            }
            let outcome = try await front.directory.signIn(
                login: login.lowercased(),
                password: password,
                address: call.visitor.address
            )
            return try await answer(outcome, call, next: next) { words in
                try page(call, next: next, login: login, wrong: words)
            }
        }
        front.post(router, "/sign-in/factor") { call, form in
            let waiting = front.pages.seal.open(Waiting.self, form["challenge"], for: .challenge)
            // The challenge is good in the browser that has given the password.
            guard let waiting, waiting.visit == call.visitor.visit else { throw Trouble.forged }
            let outcome = try await front.directory.factor(
                challenge: waiting.challenge,
                code: form["code"].filter { !$0.isWhitespace },
                address: call.visitor.address
            )
            return try await answer(outcome, call, next: waiting.next) { words in
                try factorPage(call, form["challenge"], wrong: words == "signInWrong" ? "factorWrong" : words)
            }
        }
        front.post(router, "/sign-out") { call, _ in try await signOut(call) }
        front.post(router, "/sign-in/outside") { call, form in try await begin(call, form) }
        front.get(router, "/sign-in/outside/:provider") { try await finish($0) }
    }

    private func page(
        _ call: Front.Call,
        next: String,
        login: String = "",
        wrong: String? = nil
    ) throws -> Response {
        var values: [String: Any] = [
            "next": next, "login": login,
            "providers": front.providers.map { ["id": $0.id, "name": $0.name] },
        ]
        if let wrong { values["wrong"] = front.pages.say(wrong, call.visitor) }
        return try front.pages.page(
            "sign-in",
            title: "signInTitle",
            values,
            for: call.visitor,
            status: wrong == nil ? .ok : .unauthorized,
            path: "/sign-in"
        )
    }

    private func factorPage(_ call: Front.Call, _ challenge: String, wrong: String? = nil) throws -> Response {
        var values: [String: Any] = ["challenge": challenge]
        if let wrong { values["wrong"] = front.pages.say(wrong, call.visitor) }
        return try front.pages.page(
            "factor",
            title: "factorTitle",
            values,
            for: call.visitor,
            status: wrong == nil ? .ok : .unauthorized,
            path: "/sign-in"
        )
    }

    private func answer(
        _ outcome: DirectoryService.SignIn,
        _ call: Front.Call,
        next: String,
        again: (String) throws -> Response
    ) async throws -> Response {
        switch outcome {
        case .session(let session):
            // Whoever signs in anew leaves what was there before.
            if let old = call.visitor.session { front.directory.forget(old) }
            let sealed = try front.pages.seal.seal(session, for: .session)
            // Another name for the browser too: what was bound to the one before sign-in is worth nothing now.
            return front.pages.redirect(
                to: next,
                cookies: [front.pages.cookies.set(.session, sealed), front.pages.cookies.set(.visit, Seal.random())]
            )
        case .challenge(let challenge):
            let waiting = Waiting(challenge: challenge, visit: call.visitor.visit, next: next)
            return try factorPage(call, try front.pages.seal.seal(waiting, for: .challenge))
        case .refused: return try again("signInWrong")
        case .locked(let seconds):
            let minutes = max(1, ((Int(seconds) ?? 60) + 59) / 60)
            return try front.pages.page(
                "locked",
                title: "lockedTitle",
                ["text": front.pages.say("lockedText", call.visitor, ["n": String(minutes)])],
                for: call.visitor,
                status: .tooManyRequests,
                headers: [.retryAfter: seconds],
                path: "/sign-in"
            )
        }
    }

    private func signOut(_ call: Front.Call) async throws -> Response {
        if let session = call.visitor.session {
            // Directory may be away: then its session ends by itself, and this browser has forgotten it all the same.
            _ = try? await front.directory.endOwn(session)
            front.directory.forget(session)
        }
        return front.pages.redirect(
            to: "/",
            cookies: [front.pages.cookies.clear(.session), front.pages.cookies.set(.visit, Seal.random())]
        )
    }

    // MARK: Outside providers

    private func begin(_ call: Front.Call, _ form: Form) async throws -> Response {
        let provider = form["provider"]
        guard front.providers.contains(where: { $0.id == provider }), let base = front.origins.first else {
            throw Trouble.notFound
        }
        let back = "\(base)/sign-in/outside/\(provider)"
        guard let start = try await front.directory.outsideStart(provider, back: back),
            start.location.hasPrefix("https://") || start.location.hasPrefix("http://")
        else { throw Trouble.notFound }
        let next = LocalPath.checked(form["next"], else: "/account")
        let kept = Outside(provider: provider, state: start.state, next: next)
        // A page with a link, not a redirect: `form-action 'self'` stops a form's redirect to another site.
        return try front.pages.page(
            "outside",
            title: "outsideTitle",
            ["location": start.location, "name": front.providers.first { $0.id == provider }?.name ?? provider],
            for: call.visitor,
            cookies: [
                // Ten minutes to sign in over there.
                front.pages.cookies.set(.outside, try front.pages.seal.seal(kept, for: .outside), age: 600)
            ],
            path: "/sign-in"
        )
    }

    private func finish(_ call: Front.Call) async throws -> Response {
        let cookie = front.pages.cookies.read(call.request.headers[values: .cookie])[.outside]
        let kept = cookie.flatMap { front.pages.seal.open(Outside.self, $0, for: .outside) }
        // The state is the browser's own: somebody else's sign-in cannot be put on it.
        guard let kept, kept.provider == (try call.context.parameters.require("provider")),
            let state = call.query("state"), state == kept.state, let code = call.query("code")
        else { throw Trouble.forged }
        let outcome = try await front.directory.outsideFinish(
            kept.provider,
            state: state,
            code: code,
            address: call.visitor.address
        )
        var response = try await answer(outcome, call, next: kept.next) { words in
            try page(call, next: kept.next, wrong: words == "signInWrong" ? "outsideUnknown" : words)
        }
        response.headers.append(HTTPField(name: .setCookie, value: front.pages.cookies.clear(.outside)))
        return response
    }
}
