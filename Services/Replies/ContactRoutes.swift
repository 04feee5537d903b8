import Bootstrap
import Contracts
import Hummingbird
import PostgreSQL

/// The routes of contacts, and what the answers about a matter are made from.
extension Routes {
    func contact(_ request: Request, _ context: HTTPContext, _ permit: Permit) async throws -> Response {
        let id: AssignmentID = try context.id("id")
        let record: ContactRecord = try await request.decodeBody(context: context)
        let message = ContactMessage(assignment: id, record)
        return try await perform(try Self.checked { () throws(Faults) in try Fields.contact(message) }, permit)
    }
}

extension Written {
    /// What is kept of a matter; nothing of none.
    static func of(_ handling: Handling?, in transaction: Transaction) async throws -> Self {
        guard let handling else { return Self() }
        return Self(
            replies: try await RepliesStore.replies(of: handling.id, in: transaction),
            contacts: try await RepliesStore.contacts(
                of: handling.legs.map(\.leg.assignment),
                in: transaction
            )
        )
    }
}

extension Impossible {
    /// 409 that names the rule beside the words.
    var conflict: Problem {
        let plain = Problem.conflict(words)
        return Problem(
            plain.status,
            plain.slug,
            title: plain.title,
            detail: plain.detail,
            faults: [.init(pointer: pointer, rule: rule, message: words)]
        )
    }
}
