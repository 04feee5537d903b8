import Bootstrap
import Calendar
import Contracts
import Hummingbird
import PostgreSQL

/// The HTTP contract of units, and what the public may know of stations and deputies.
struct UnitRoutes: Sendable {
    /// How long a phone may show an old list of stations: they change a few times a year.
    private static let publicCache = "public, max-age=60"

    let database: Database

    func add(to router: GuardedRouter) {
        router.on(.get, "/v1/units", .readUnits) { request, _, _ in try await units(request) }
        router.on(.get, "/v1/units/:code", .readUnits) { _, context, _ in try await unit(context) }
        router.open(.get, "/v1/stations", .anyone) { _, _ in try await stations() }
        router.open(.get, "/v1/deputies", .anyone) { request, _ in try await deputies(request) }
        router.open(.get, "/v1/deputies/:id", .anyone) { _, context in try await deputy(context) }
    }

    private func units(_ request: Request) async throws -> Response {
        let kind = try request.uri.queryParameters["kind"].map { text in
            guard let kind = UnitKind(rawValue: String(text)) else {
                let all = UnitKind.allCases.map(\.rawValue).joined(separator: ", ")
                throw Problem.badRequest("kind must be one of \(all)")
            }
            return kind
        }
        let book = try await database.transaction { try await DirectoryStore.units(in: $0) }
        let items = book.sorted.filter { kind == nil || $0.kind == kind }
        return try .json(UnitList(items: items.map(\.event)))
    }

    private func unit(_ context: HTTPContext) async throws -> Response {
        let code = try context.parameters.require("code")
        let book = try await database.transaction { try await DirectoryStore.units(in: $0) }
        guard let unit = book[code] else { throw Problem.notFound() }
        return try .json(unit.event)
    }

    private func stations() async throws -> Response {
        let book = try await database.transaction { try await DirectoryStore.units(in: $0) }
        let items = book.sorted.filter { $0.kind == .station && $0.state == .active }.map { station in
            StationCard(
                code: station.code,
                name: station.name,
                category: station.category,
                above: station.parent.flatMap { book[$0]?.kind == .station ? $0 : nil },
                joinedTo: station.joinedTo
            )
        }
        return try .json(StationList(items: items), headers: [.cacheControl: Self.publicCache])
    }

    private func deputies(_ request: Request) async throws -> Response {
        let station = request.uri.queryParameters["station"].map(String.init)
        let cards = try await cards(of: nil).filter { card in
            station == nil || card.stations.contains { $0.code == station }
        }
        return try .json(DeputyList(items: cards), headers: [.cacheControl: Self.publicCache])
    }

    private func deputy(_ context: HTTPContext) async throws -> Response {
        let id: PersonID = try context.id("id")
        guard let card = try await cards(of: [SuggestionID(rawValue: id.rawValue)]).first else {
            throw Problem.notFound()
        }
        return try .json(card, headers: [.cacheControl: Self.publicCache])
    }

    /// Of those who are deputies today, by name; nothing but what the law has published (代表法第五十八条).
    private func cards(of ids: [SuggestionID]?) async throws -> [DeputyCard] {
        let today = CivilDate(of: .now)
        let (book, dossiers) = try await database.transaction { transaction in
            let holders = try await DirectoryStore.holders(of: .deputy, among: ids, on: today, in: transaction)
            return (
                try await DirectoryStore.units(in: transaction),
                try await DirectoryStore.dossiers(holders, locking: false, in: transaction)
            )
        }
        return dossiers.flatMap { dossier in
            dossier.holdings.filter { $0.role == .deputy && $0.isGood(on: today) }.prefix(1).map { holding in
                DeputyCard(
                    id: dossier.person.id,
                    name: dossier.person.name,
                    level: holding.level,
                    delegation: holding.delegation,
                    stations: holding.stations.compactMap { code in
                        book[code].map { DeputyCard.Station(code: code, name: $0.name) }
                    }
                )
            }
        }
        .sorted { ($0.name, $0.id.description) < ($1.name, $1.id.description) }
    }
}

private struct UnitList: Encodable {
    let items: [UnitChanged]
}

private struct StationList: Encodable {
    let items: [StationCard]
}

/// A station as anyone may see it.
private struct StationCard: Encodable {
    let code: String
    let name: String
    let category: StationCategory?
    /// The central station above it.
    let above: String?
    let joinedTo: String?
}

private struct DeputyList: Encodable {
    let items: [DeputyCard]
}

/// A deputy as anyone may see them.
private struct DeputyCard: Encodable {
    struct Station: Encodable {
        let code: String
        let name: String
    }

    let id: SuggestionID
    let name: String
    let level: CongressLevel?
    let delegation: String?
    let stations: [Station]
}
