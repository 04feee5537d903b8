import Bootstrap
import Contracts
import Hummingbird
import PostgreSQL

/// What concerns people who sign in, in their inboxes: their own notices, and those of a unit's registrar about its people.
struct PersonNoticeRoutes: Sendable {
    private static let pageLimit = 100

    let database: Database

    func add(to router: GuardedRouter) {
        router.signedIn(.get, "/v1/inbox/own") { request, _, _, person in
            try await page(request, for: .person, person.description)
        }
        router.on(.get, "/v1/inbox/people", .readPeople) { request, _, permit in
            // Who sees everybody is told of each lock once.
            guard let unit = permit.unit else { return try await page(request, for: .person, nil) }
            return try await page(request, for: .registrar, unit)
        }
    }

    private func page(
        _ request: Request,
        for audience: PersonNoticeStore.Audience,
        _ reader: String?
    ) async throws -> Response {
        guard let after = Cursor(request.uri.queryParameters["after"].map(String.init)) else {
            throw Problem.badRequest("after must be the next of an earlier page")
        }
        let place = after.position.map { (time: $0.time, id: $0.id.rawValue) }
        let page = try await database.transaction {
            try await PersonNoticeStore.page(for: audience, reader, after: place, limit: Self.pageLimit, in: $0)
        }
        let next = page.count == Self.pageLimit ? page.last : nil
        return try .json(
            Page(
                items: page.map(Item.init),
                next: next.map { Cursor.text($0.noticedAt, SuggestionID(rawValue: $0.id)) }
            ),
            headers: [.cacheControl: "no-store"]
        )
    }

    private struct Page: Encodable {
        let items: [Item]
        let next: String?
    }

    private struct Item: Encodable {
        struct Words: Encodable {
            let zh: String
            let en: String
        }
        let kind = SignInLocked.name.rawValue
        let name = Words(zh: "登录因多次失败被暂时锁定", en: "sign-in is locked after too many failures")
        let person: SuggestionID
        let noticedAt: Timestamp
        let lockedUntil: Timestamp

        init(_ notice: PersonNoticeStore.Notice) {
            (person, noticedAt, lockedUntil) = (notice.person, notice.noticedAt, notice.lockedUntil)
        }
    }
}
