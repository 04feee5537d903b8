import AsyncHTTPClient
import Bootstrap
import Foundation
import Hummingbird
import Logging

/// All pages, put together.
struct Site: Sendable {
    let front: Front
    private let assets: Assets

    /// Reads templates, texts and style sheets.
    ///
    /// - Throws: when one of them is not as it must be.
    init(configuration: Configuration, client: HTTPClient, logger: Logger) throws {
        let assets = try Assets(bootstrap: configuration.styles)
        let cookies = Cookies(isSecure: configuration.isSecure)
        let pages = try Pages(
            catalogue: Catalogue(files: CatalogueFiles.all),
            cookies: cookies,
            seal: configuration.seal,
            styles: assets.version
        )
        func neighbour(_ name: String, _ base: String) -> Neighbour {
            Neighbour(name: name, base: base, client: client, deadline: configuration.deadline)
        }
        let directory = DirectoryService(neighbour: neighbour("directory", configuration.directory))
        front = Front(
            pages: pages,
            intake: IntakeService(neighbour: neighbour("intake", configuration.intake)),
            directory: directory,
            units: UnitDirectory(directory: directory, names: configuration.names),
            origins: configuration.origins,
            providers: configuration.providers
        )
        self.assets = assets
    }

    /// Puts parts together.
    init(front: Front, assets: Assets) { (self.front, self.assets) = (front, assets) }

    /// The pages are of use while the services behind them can be asked; one that is away takes only its own pages with it,
    /// so that none of them makes the whole not ready.
    var checks: [ReadinessCheck] { [] }

    /// Adds every page.
    func add(to router: Router<HTTPContext>) {
        router.add(middleware: FriendlyFaults(front: front))
        add(to: GuardedRouter(router, tokens: Nobody()))
    }

    /// Adds every page.
    func add(to router: GuardedRouter) {
        assets.add(to: router)
        HomeRoutes(front: front).add(to: router)
        HandInRoutes(front: front).add(to: router)
        StatusRoutes(front: front).add(to: router)
        OwnItemRoutes(front: front).add(to: router)
        SignInRoutes(front: front).add(to: router)
        RegistrationRoutes(front: front).add(to: router)
        VoterRoutes(front: front).add(to: router)
        AccountRoutes(front: front).add(to: router)
        OwnDataRoutes(front: front).add(to: router)
        PeopleRoutes(front: front).add(to: router)
        OthersDataRoutes(front: front).add(to: router)
        SheetsRoutes(front: front).add(to: router)
        QuarantineRoutes(front: front).add(to: router)
    }

    /// Pages know people by their cookies, never by a bearer token; the services behind know them by theirs.
    private struct Nobody: TokenReader {
        func caller(of token: String) -> Caller? { nil }
    }
}
