import Bootstrap
import Foundation
import Hummingbird

/// The first page.
struct HomeRoutes: Sendable {
    let front: Front

    func add(to router: GuardedRouter) {
        front.get(router, "/") { call in
            try front.pages.page("home", title: "homeTitle", for: call.visitor)
        }
        front.get(router, "/privacy") { call in
            try front.pages.page("privacy", title: "privacyTitle", for: call.visitor)
        }
    }
}
