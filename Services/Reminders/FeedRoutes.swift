import Bootstrap
import Contracts
import Foundation
import Hummingbird
import NIOCore
import PostgreSQL

/// The HTTP contract of addresses for calendar programs (日历订阅).
struct FeedRoutes: Sendable {
    let database: Database
    let desk: FeedDesk

    func add(to router: GuardedRouter) {
        router.on(.post, "/v1/feeds", .readClocks) { try await make($2) }
        router.on(.delete, "/v1/feeds", .readClocks) { try await end($2) }
        router.open(.get, "/v1/feeds/{secret}", .anyone) { try await feed($1) }
        router.on(.get, "/v1/units/{unit}/feeds", .readFeeds) { try await held($1, $2) }
        router.on(.delete, "/v1/units/{unit}/feeds/{reader}", .endFeeds) { try await revoke($1, $2) }
    }

    /// Gives the caller an address for their calendar program, in place of the one they had.
    private func make(_ permit: Permit) async throws -> Response {
        let extent: FeedStore.Extent =
            if let unit = permit.unit {
                .department(DepartmentCode(rawValue: unit))
            } else if permit.caller.role == .committee {
                .committee(CommitteeCode(rawValue: permit.caller.unit))
            } else {
                .everybody
            }
        let reader = permit.caller.actor
        let secret = try await database.transaction { FeedStore.make(for: reader, of: extent, in: $0) }
        return try .json(FeedAnswer(address: "/v1/feeds/\(secret)"), status: .created)
    }

    /// Ends the caller's address.
    private func end(_ permit: Permit) async throws -> Response {
        let reader = permit.caller.actor
        try await database.transaction { FeedStore.end(of: reader, in: $0) }
        return Response(status: .noContent)
    }

    /// What falls due, at an address that somebody was given.
    private func feed(_ context: HTTPContext) async throws -> Response {
        let secret = try context.parameters.require("secret")
        let text = try await database.transaction { transaction -> String? in
            guard let extent = try await FeedStore.extent(at: secret, in: transaction) else { return nil }
            let clocks = try await FeedStore.clocks(of: extent, in: transaction)
            let now = try await RemindersStore.now(in: transaction)
            return DueCalendar.text(clocks.map { (number: $0.0, clock: $0.1) }, at: now)
        }
        guard let text else { throw Problem.notFound() }
        return Response(
            status: .ok,
            headers: [.contentType: "text/calendar", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: text))
        )
    }

    /// Who has an address that shows a unit's clocks.
    private func held(_ context: HTTPContext, _ permit: Permit) async throws -> Response {
        // What is foreign is as if it were not there.
        guard let unit = UnitCode(try context.parameters.require("unit")), permit.unit ?? unit.rawValue == unit.rawValue
        else { return try .json(HeldFeeds(items: [])) }
        let held = try await database.transaction { try await FeedReaderStore.held(of: unit.rawValue, in: $0) }
        return try .json(
            HeldFeeds(items: held.map { HeldFeed(reader: $0.subject, madeAt: $0.madeAt, endsAt: $0.endsAt) })
        )
    }

    /// Ends another's address.
    private func revoke(_ context: HTTPContext, _ permit: Permit) async throws -> Response {
        // Some programs write the colon of a path as it is, and some by its number (RFC 3986 §3.3).
        let reader = try context.parameters.require("reader").removingPercentEncoding ?? ""
        guard let unit = UnitCode(try context.parameters.require("unit")),
            permit.unit ?? unit.rawValue == unit.rawValue,
            reader.wholeMatch(of: /(person|account):[a-z0-9-]{1,64}/) != nil,
            try await desk.end(reader, of: unit, by: permit.caller.actor)
        else { throw Problem.notFound("nobody has such an address") }
        return Response(status: .noContent)
    }
}

private struct HeldFeeds: Encodable {
    let items: [HeldFeed]
}

private struct HeldFeed: Encodable {
    let reader: String
    let madeAt: Timestamp
    let endsAt: Timestamp
}
