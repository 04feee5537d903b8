import Bootstrap
import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import PostgreSQL

/// Files: sent before they are named, read with the receipt, or by the committee and the departments that have the item.
struct AttachmentRoutes: Sendable {
    private static let fileName = HTTPField.Name("X-File-Name")

    let desk: AttachmentDesk
    let database: Database
    let limiter: Limiter

    func add(to router: GuardedRouter) {
        router.open(.post, "/v1/attachments", .anyone) { try await send($0, $1) }
        router.open(.get, "/v1/suggestions/:number/attachments/:id", .receipt) { try await readByReceipt($0, $1) }
        router.on(.get, "/v1/attachments/:id", .readAttachments) { try await readByHandlers($1, $2) }
    }

    private func send(_ request: Request, _ context: HTTPContext) async throws -> Response {
        let types = request.headers[values: .contentType]
        guard types.count == 1, let kind = FileKind(contentType: types[0]) else {
            let accept = FileKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem.unsupportedMediaType("one content type of \(accept) must be given", accept: accept)
        }
        if let wait = limiter.admit(uploadFrom: context.clientAddress(of: request)) {
            throw Problem.tooManyRequests("too many files from one address in an hour", retryAfter: wait)
        }
        // Headers are ASCII: a name in Chinese comes percent-encoded, in the header or in the query.
        let named = Self.fileName.flatMap { request.headers[$0] }.map { $0.removingPercentEncoding ?? $0 }
        let stored = try await desk.take(
            request,
            as: kind,
            name: named ?? request.uri.queryParameters["name"].map(String.init)
        )
        return try .json(stored, status: .created)
    }

    private func readByReceipt(_ request: Request, _ context: HTTPContext) async throws -> Response {
        let id: AttachmentID = try context.id("id")
        let item = try await ReceiptDesk(limiter: limiter).opened(request, context) { number, hash in
            try await database.transaction { try await IntakeStore.item(number: number, secret: hash, in: $0) }
        }
        guard let file = item.attachments.first(where: { $0.id == id }) else { throw Problem.notFound() }
        return desk.answer(file)
    }

    private func readByHandlers(_ context: HTTPContext, _ permit: Permit) async throws -> Response {
        let id: AttachmentID = try context.id("id")
        let found = try await database.transaction { transaction in
            guard let (file, number) = try await AttachmentStore.attached(id, in: transaction) else {
                return (file: AttachedFile, item: IntakeItem)?.none
            }
            return try await IntakeStore.item(number: number, in: transaction).map { (file, $0) }
        }
        guard let found else { throw Problem.notFound() }
        let view = try StatusView(found.item)
        guard permit.caller.role == .committee else {
            // What a department has not in hands is as if it were not there.
            guard view.isInHands(of: DepartmentCode(rawValue: permit.caller.unit)) else { throw Problem.notFound() }
            return desk.answer(found.file)
        }
        guard view.committee == CommitteeCode(rawValue: permit.caller.unit) else {
            throw Problem.forbidden("由其他工委办理 · another committee has it, or none yet")
        }
        return desk.answer(found.file)
    }
}
