import Bootstrap
import HTTPSupport
import Hummingbird
import Testing

struct RouteContractTests {
    private static let document = """
        openapi: 3.1.0
        paths:
          /items/{id}:
            parameters: []
            get: {responses: {}}
            delete: {responses: {}}
        """

    private static func routes(_ add: (Router<HTTPContext>) -> Void) -> [Router<HTTPContext>.RouteDescription] {
        let router = Router(context: HTTPContext.self)
        HealthRoutes(checks: [], metrics: MetricsRegistry(), exposure: .full).add(to: router)
        add(router)
        return router.routes
    }

    @Test func `a router that does what the document says agrees with it`() throws {
        let routes = Self.routes { router in
            router.get("/items/:id") { _, _ in "" }
            router.delete("items/{id}") { _, _ in "" }
        }
        #expect(try RouteContract.differences(routes: routes, document: Self.document) == [])
    }

    @Test func `what only one of them has is found`() throws {
        let routes = Self.routes { router in
            router.get("/items/{id}") { _, _ in "" }
            router.post("/items") { _, _ in "" }
        }
        #expect(
            try RouteContract.differences(routes: routes, document: Self.document)
                == ["POST /items: not in the document", "DELETE /items/{id}: not in the router"]
        )
    }

    @Test(arguments: ["", "[]", "openapi: 2.0", "openapi: 3.1.0", "openapi: 3.1.0\npaths: {/x: 1}"])
    func `a document that is none is an error`(document: String) {
        #expect(throws: RouteContract.Unreadable.self) {
            try RouteContract.differences(routes: [], document: document)
        }
    }
}
