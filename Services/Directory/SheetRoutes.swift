import Bootstrap
import Contracts
import HTTPTypes
import Hummingbird
import NIOCore
import PostgreSQL

/// What is printed of codes, over HTTP: symbols and sheets.
struct SheetRoutes: Sendable {
    let database: Database
    let printer: SheetPrinter

    func add(to router: GuardedRouter) {
        router.on(.get, "/v1/codes/:code/qr.svg", .readCodes) { _, context, permit in
            let code = try await code(context, permit)
            return try await answering("image/svg+xml", "\(code.id).svg") { Array(try printer.svg(code).utf8) }
        }
        router.on(.get, "/v1/codes/:code/qr.png", .readCodes) { _, context, permit in
            let code = try await code(context, permit)
            return try await answering("image/png", "\(code.id).png") { try await printer.png(code) }
        }
        router.on(.get, "/v1/sheets/{station}.pdf", .readCodes) { request, context, permit in
            guard let station = StationCode(try context.parameters.require("station")) else { throw Problem.notFound() }
            return try await sheets(of: station.rawValue, request, permit)
        }
        router.on(.get, "/v1/sheets.pdf", .readCodes) { request, _, permit in
            try await sheets(of: nil, request, permit)
        }
    }

    /// - Parameter station: nil for all within the caller's reach; what is foreign is as if it were not there.
    private func sheets(of station: String?, _ request: Request, _ permit: Permit) async throws -> Response {
        let text = request.uri.queryParameters.get("size")
        guard let size = text.map(SheetLayout.Size.init(rawValue:)) ?? .a4 else {
            throw Problem.badRequest("size must be A4 or A6")
        }
        let codes = try await database.transaction { transaction in
            let reach = permit.authority.reach(in: try await DirectoryStore.units(in: transaction))
            if let station, reach?.contains(station) == false { throw Problem.notFound() }
            return try await SheetPrinter.codes(of: station.map { [$0] } ?? reach?.sorted(), in: transaction)
        }
        guard !codes.isEmpty else { throw Problem.notFound("the station has no good code of its own; issue one first") }
        return try await answering("application/pdf", "\(station ?? permit.unit ?? "stations")-\(size.rawValue).pdf") {
            try await printer.sheets(codes, size)
        }
    }

    private func code(_ context: HTTPContext, _ permit: Permit) async throws -> EntryCode {
        let id: CodeID = try context.id("code")
        return try await database.transaction { transaction in
            let book = try await DirectoryStore.units(in: transaction)
            guard let code = try await CodeStore.code(id, locking: false, in: transaction),
                permit.authority.reaches(code.station.rawValue, in: book)
            else { throw Problem.notFound() }
            return code
        }
    }

    private func answering(
        _ type: String,
        _ name: String,
        _ work: () async throws -> [UInt8]
    ) async throws -> Response {
        do {
            return Response(
                status: .ok,
                headers: [
                    .contentType: type, .cacheControl: "private, no-store",
                    .contentDisposition: "inline; filename=\"\(name)\"",
                ],
                body: .init(byteBuffer: ByteBuffer(bytes: try await work()))
            )
        } catch is SheetPrinter.Unprintable {
            throw Problem.conflict("须先更换二维码 · made under another master key: rotate the code first")
        } catch is Typesetter.Busy {
            throw Problem.unavailable(retryAfter: 2)
        }
    }
}
