import Bootstrap
import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import PostgreSQL

/// The HTTP contract of voters who register with a phone, and of the gateways that bring them their codes.
struct VoterRoutes: Sendable {
    let desk: VoterDesk

    func add(to router: GuardedRouter) {
        router.open(.post, "/v1/voters", .anyone) { try await ask($0, $1) }
        router.open(.post, "/v1/voters/:registration/confirmation", .anyone) { try await confirm($0, $1) }
        router.on(.get, "/v1/messages", .sendMessages) { _, _, _ in
            try .json(Waiting(items: try await desk.waiting()))
        }
        router.on(.post, "/v1/messages/:message", .sendMessages) { _, context, permit in
            let id: SuggestionID = try context.id("message")
            let message = try await desk.fetch(id, by: permit.caller)
            return try .json(
                Fetched(to: message.number.digits, text: message.text),
                headers: [.cacheControl: "no-store"]
            )
        }
    }

    private func ask(_ request: Request, _ context: HTTPContext) async throws -> Response {
        struct Form: Decodable { let phone: String }
        struct Answer: Encodable { let registration: SuggestionID }
        let form: Form = try await request.decodeBody(context: context, limit: SignInRoutes.bodyLimit)
        guard let number = PhoneNumber(form.phone) else {
            throw Problem.invalid([
                .init(
                    pointer: "/phone",
                    rule: "phone",
                    message: "应为11位手机号码 · must be the number of a mobile phone in China"
                )
            ])
        }
        let id = try await desk.ask(number, from: Client(request, context))
        return try .json(Answer(registration: id), status: .accepted)
    }

    private func confirm(_ request: Request, _ context: HTTPContext) async throws -> Response {
        struct Answer: Encodable { let person: SuggestionID }
        let id: SuggestionID = try context.id("registration")
        let form: VoterDesk.Form = try await request.decodeBody(context: context, limit: SignInRoutes.bodyLimit)
        let person = try await PeopleRoutes.problems {
            try await desk.confirm(id, form, from: Client(request, context))
        }
        return try .json(Answer(person: person), status: .created)
    }
}

private struct Waiting: Encodable {
    let items: [MessageAsked]
}

/// What a gateway sends, and where.
private struct Fetched: Encodable {
    let to: String
    let text: String
}
