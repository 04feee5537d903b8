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
    let releasing: ReleaseDesk
    let database: Database
    let limiter: Limiter

    func add(to router: GuardedRouter) {
        router.open(.post, "/v1/attachments", .anyone) { try await send($0, $1) }
        router.open(.get, "/v1/suggestions/:number/attachments/:id", .receipt) { try await readByReceipt($0, $1) }
        router.on(.get, "/v1/suggestions/:number/attachments", .readAttachments) { try await list($1, $2) }
        router.on(.get, "/v1/attachments/:id", .readAttachments) { try await readByHandlers($1, $2) }
        router.on(.post, "/v1/attachments/:id/release", .releaseAttachments) { try await release($1, $2) }
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

    /// The files of an item that the caller may read, by the names that may leave this service.
    private func list(_ context: HTTPContext, _ permit: Permit) async throws -> Response {
        let number = try context.number("number")
        let found = try await database.transaction { transaction in
            guard let item = try await IntakeStore.item(number: number, in: transaction) else {
                return (item: IntakeItem, released: Set<AttachmentID>)?.none
            }
            return (item, try await AttachmentStore.released(of: item.id, in: transaction))
        }
        guard let found else { throw Problem.notFound() }
        let files = try found.item.attachments.filter { file in
            try isShown(found.item, isReleased: found.released.contains(file.id), to: permit)
        }
        // What a department has none of that it may see is as if it were not there.
        if files.isEmpty, permit.caller.role != .committee { throw Problem.notFound() }
        return try .json(
            FilesAnswer(items: files.map { FileAnswer($0.masked, isReleased: found.released.contains($0.id)) }),
            headers: [.cacheControl: "private, no-store"]
        )
    }

    private func readByHandlers(_ context: HTTPContext, _ permit: Permit) async throws -> Response {
        let id: AttachmentID = try context.id("id")
        let found = try await database.transaction { transaction in
            guard let attached = try await AttachmentStore.attached(id, in: transaction) else {
                return (attached: AttachmentStore.Attached, item: IntakeItem)?.none
            }
            return try await IntakeStore.item(number: attached.number, in: transaction).map { (attached, $0) }
        }
        guard let found, try isShown(found.item, isReleased: found.attached.isReleased, to: permit) else {
            throw Problem.notFound()
        }
        return desk.answer(found.attached.file.masked)
    }

    /// Whether a file is the caller's to read: a committee's of what it has accepted; of a department that has the item in hands where
    /// the author is named, or the committee has released it.
    ///
    /// - Throws: 403 for another committee, whose matters are no secret among them.
    private func isShown(_ item: IntakeItem, isReleased: Bool, to permit: Permit) throws -> Bool {
        let view = try StatusView(item)
        guard permit.caller.role == .committee else {
            return view.isInHands(of: DepartmentCode(rawValue: permit.caller.unit))
                && (item.mode == .named || isReleased)
        }
        guard view.committee == CommitteeCode(rawValue: permit.caller.unit) else { throw Self.foreign }
        return true
    }

    private func release(_ context: HTTPContext, _ permit: Permit) async throws -> Response {
        do {
            try await releasing.release(
                try context.id("id"),
                for: CommitteeCode(rawValue: permit.caller.unit),
                by: permit.caller.actor
            )
            return Response(status: .noContent)
        } catch is ReleaseDesk.NotFound {
            throw Problem.notFound()
        } catch is ReleaseDesk.Foreign {
            throw Self.foreign
        }
    }

    private static var foreign: Problem { .forbidden("由其他工委办理 · another committee has it, or none yet") }
}

private struct FilesAnswer: Encodable {
    let items: [FileAnswer]
}

/// A file as those who handle the item see it.
private struct FileAnswer: Encodable {
    let id: AttachmentID
    let name: String
    let type: String
    let size: Int
    let sha256: String
    let released: Bool

    init(_ file: AttachedFile, isReleased: Bool) {
        (id, name, type, size, sha256) = (file.id, file.name, file.type, file.size, file.sha256)
        released = isReleased
    }
}
