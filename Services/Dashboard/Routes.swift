import Bootstrap
import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Messaging
import NIOCore
import PostgreSQL

/// The HTTP contract of the Dashboard; `openapi.yaml` says the same in prose.
struct Routes: Sendable {
    private static let pageLimit = 100
    private static let lag = HTTPField.Name("Ebinda-Lag")
    private static let asOf = HTTPField.Name("Ebinda-As-Of")

    let board: Board
    let database: Database

    func add(to router: GuardedRouter) {
        for part in Screen.Part.allCases {
            router.on(.get, RouterPath("/v1/\(part.rawValue)"), .readScreen) { request, _, _ in try poll(part, request)
            }
        }
        router.on(.get, "/v1/suggestions", .readItems) { request, _, permit in try await list(request, permit) }
        router.on(.get, "/v1/suggestions/:number", .readItems) { try await show($0, $1, $2) }
    }

    /// A poll at rest costs no database and no encoding: a lock, a comparison, a few headers.
    private func poll(_ part: Screen.Part, _ request: Request) throws -> Response {
        let view = try view()
        guard let page = view.screen.page(part) else { throw Problem.unavailable(retryAfter: 1) }
        let date = Self.date(view.screen.asOf)
        return Self.answer(page, request, asOf: view.screen.asOf, view, more: [.lastModified: date])
    }

    private func list(_ request: Request, _ permit: Permit) async throws -> Response {
        let view = try view()
        let query = request.uri.queryParameters
        let filters = DashboardStore.Filter.allCases.compactMap { filter in
            query[Substring(filter.rawValue)].map { (filter, String($0)) }
        }
        guard filters.count == 1, let filter = filters.first else {
            throw Problem.badRequest("give one of state, committee, category, station")
        }
        switch filter.0 {
        case .state where Fact.State(rawValue: filter.1) == nil:
            let known = Fact.State.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem.badRequest("state must be one of \(known)")
        // All codes have one form.
        case .committee where StationCode(filter.1) == nil, .category where StationCode(filter.1) == nil,
            .station where StationCode(filter.1) == nil:
            throw Problem.badRequest("\(filter.0.rawValue) must be a code")
        default: break
        }
        guard let cursor = Cursor(query["after"].map(String.init)) else {
            throw Problem.badRequest("after must be the next of an earlier page")
        }
        let (asOf, items) = try await database.transaction {
            try await DashboardStore.list(
                filter,
                ownOf: permit.person,
                after: cursor.position,
                limit: Self.pageLimit,
                in: $0
            )
        }
        var next: String?
        if items.count == Self.pageLimit, let last = items.last, let time = last.receivedAt {
            next = Cursor.text(time, last.suggestion)
        }
        return Self.answer(try Screen.Page(ListPage(items: items, next: next)), request, asOf: asOf, view)
    }

    private func show(_ request: Request, _ context: HTTPContext, _ permit: Permit) async throws -> Response {
        let view = try view()
        let number = try context.number("number")
        guard
            let (asOf, entry, lines) = try await database.transaction({
                try await DashboardStore.item(number: number, ownOf: permit.person, in: $0)
            })
        else { throw Problem.notFound() }
        let page = ItemPage(item: entry, timeline: lines)
        return Self.answer(try Screen.Page(page), request, asOf: asOf, view)
    }

    /// What readers see; before the first look there is nothing to say how far any answer is.
    private func view() throws -> Board.View {
        guard let view = board.view else { throw Problem.unavailable(retryAfter: 1) }
        return view
    }

    /// The page with how far it is, or that it is what the caller has.
    private static func answer(
        _ page: Screen.Page,
        _ request: Request,
        asOf moment: Timestamp,
        _ view: Board.View,
        more: HTTPFields = [:]
    ) -> Response {
        var headers = more
        headers[.eTag] = page.etag
        // Kept by whoever polls, and asked for anew each time (RFC 9111 §5.2.2.4).
        headers[.cacheControl] = "private, no-cache"
        headers[.vary] = "Authorization"
        if let asOf { headers[asOf] = "\(moment)" }
        if let lag { headers[lag] = seconds(view.lag(at: .now)) }
        if request.headers[values: .ifNoneMatch].contains(where: { matches($0, page.etag) }) {
            return Response(status: .notModified, headers: headers)
        }
        headers[.contentType] = "application/json"
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: page.body)))
    }

    /// Seconds with three decimals, cut: nothing is told to be older than it is.
    private static func seconds(_ time: Duration) -> String {
        let milliseconds = time.components.attoseconds / 1_000_000_000_000_000
        let digits = String(milliseconds)
        return "\(time.components.seconds).\(String(repeating: "0", count: 3 - digits.count))\(digits)"
    }

    /// RFC 9110 §13.1.2: `*` or a list, weak comparison.
    static func matches(_ header: String, _ etag: String) -> Bool {
        header == etag || header == "*"
            || header.split(separator: ",").contains { part in
                let tag = part.trimmingCharacters(in: .whitespaces)
                return (tag.hasPrefix("W/") ? String(tag.dropFirst(2)) : tag) == etag
            }
    }

    /// The fixed form of RFC 9110 §5.6.7.
    private static func date(_ moment: Timestamp) -> String {
        let days = moment.seconds / 86_400
        let (year, month, day) = Timestamp.civil(fromDays: days)
        let rest = moment.seconds % 86_400
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        // 1 January 1970 was a Thursday.
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][Int(days % 7)]
        let name = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][Int(month) - 1]
        return
            "\(weekday), \(two(day)) \(name) \(year) \(two(rest / 3_600)):\(two(rest / 60 % 60)):\(two(rest % 60)) GMT"
    }
}

private struct ListPage: Encodable {
    let items: [DashboardStore.Entry]
    let next: String?
}

private struct ItemPage: Encodable {
    let item: DashboardStore.Entry
    let timeline: [DashboardStore.Line]
}
