/// The rules of the house that a text can be held against; each gives the faults of one file.
enum Rules {
    /// Files are read whole: none is longer than this.
    static let lineLimit = 400

    /// Who may import whom: the modules of this project, of C, and of packages.
    ///
    /// Foundation and what comes with the compiler are free to all.
    static let allowedImports: [String: Set<String>] = [
        "Contracts": [],
        "Calendar": ["Contracts"],
        "Rules": ["Calendar", "Contracts"],
        "Threads": ["CThreads"],
        "QRCodes": ["CQREncode"],
        "RabbitMQ": ["CRabbitMQ", "Threads", "Logging"],
        "PostgreSQL": ["CLibPQ", "Threads", "Logging"],
        "Messaging": ["Contracts", "Crypto", "RabbitMQ", "PostgreSQL", "Threads", "Logging", "Metrics"],
        "Bootstrap": [
            "ArgumentParser", "Calendar", "Configuration", "Contracts", "CoreMetrics", "Crypto", "HTTPTypes",
            "Hummingbird",
            "HummingbirdCore", "HummingbirdTLS", "JWTKit", "Logging", "Messaging", "Metrics", "NIOCore", "NIOHTTPTypes",
            "NIOSSL", "PostgreSQL", "RabbitMQ", "Rules",
            "ServiceContextModule", "ServiceLifecycle", "UnixSignals",
        ],
    ]

    /// The files that may call C, by the C module.
    static let callers: [String: Set<String>] = [
        "CThreads": ["Shared/Threads/ThreadExecutor.swift"],
        "CQREncode": ["Shared/QRCodes/QRSymbol.swift"],
        "CLibPQ": ["Shared/PostgreSQL/DatabaseHandle.swift"],
        "CRabbitMQ": [
            "Shared/RabbitMQ/BrokerHandle.swift", "Shared/RabbitMQ/BrokerRequests.swift",
            "Shared/RabbitMQ/TableCoding.swift",
        ],
    ]

    private static let free: Set<String> = ["Foundation", "Glibc", "Synchronization", "Dispatch"]
    private static let emptyWords = [
        "Util", "Helper", "Manager", "Common", "Core", "Base", "Impl", "Extensions", "Misc", "Info", "Models", "DTO",
    ]

    static func length(_ file: Checkout.File) -> [String] {
        file.lines.count > lineLimit + 1 ? ["\(file.path): \(file.lines.count) lines, at most \(lineLimit)"] : []
    }

    static func imports(_ file: Checkout.File) -> [String] {
        let parts = file.path.split(separator: "/")
        guard parts.first == "Shared", parts.count > 2, let allowed = allowedImports[String(parts[1])] else {
            return []
        }
        return imported(file).filter { !free.contains($0) && !allowed.contains($0) }.map {
            "\(file.path): imports \($0)"
        }
    }

    /// What no service may import: the clients of the servers below Messaging, and C.
    private static let closed: Set<String> = ["RabbitMQ", "Threads", "CRabbitMQ", "CLibPQ", "CThreads", "CQREncode"]
    /// The services' own modules; none imports another.
    private static let services: Set<String> = [
        "Directory", "Intake", "Routing", "Replies", "Reminders", "Dashboard", "Operator", "Portal",
    ]
    /// The parts of a service that stand between its domain and the world, by their one name in every service.
    private static let outer: Set<String> = [
        "AccountsCommand", "AttachmentDesk", "AttachmentRoutes", "AttachmentStore", "Board", "BrokerAccounts",
        "Configuration", "ContactsCommand", "Courier", "Desk", "Erasing", "Folding", "HeadsExport", "Limiter",
        "Listing", "Main",
        "Notices", "QuarantineDesk", "QuarantineRoutes", "QuarantineStore", "SweepUploads",
        "Rebuild", "RebuildCommand", "Revealing",
        "CodeBook", "CodeDesk", "CodeRoutes", "CodeStore", "CodesCommand", "ScanCounter", "SheetPrinter", "SheetRoutes",
        "Typesetter",
        "KeyRing", "KeysCommand", "SealsCommand", "SeedCommand",
        "Routes",
        "Recount", "Replanning", "Store", "Sweep", "Telling", "Timetable",
        "CredentialDesk", "InvitationsCommand", "Inviting", "MeRoutes", "PasswordWork", "ProviderDesk",
        "ProviderLink", "ProviderRoutes", "SessionStore", "Sessions", "SignInCounting", "SignInDesk", "SignInRoutes",
        "SignInStore", "TokenRoutes",
        // Of the Portal, which has no tables: what makes pages, and the services that it asks.
        "Assets", "DirectoryService", "Front", "IntakeService", "Neighbour", "Pages", "Site", "Uploads",
    ]
    /// The same by their subject: `PeopleRoutes`, `UnitStore`.
    private static let outerEndings = ["Command", "Desk", "Routes", "Store"]
    /// What a domain file may import: nothing that does anything.
    private static let pure: Set<String> = ["Calendar", "Contracts", "Rules"]
    /// Domain files that seal or hash, with what they need for it.
    private static let sealing: [String: Set<String>] = [
        "Services/Directory/Account.swift": ["Crypto"], "Services/Directory/CodeToken.swift": ["Crypto"],
        "Services/Directory/OneTimeCode.swift": ["Crypto"],
        "Services/Directory/PasswordHash.swift": ["CryptoExtras"],
        "Services/Intake/ContactSeal.swift": ["Crypto"], "Services/Intake/Flood.swift": ["Crypto"],
        "Services/Intake/Receipt.swift": ["Crypto"], "Services/Intake/RequestDigests.swift": ["Crypto"],
        "Services/Dashboard/Screen.swift": ["Crypto"],
        "Services/Portal/Seal.swift": ["Crypto"], "Services/Reminders/Webhooks.swift": ["Crypto"],
    ]

    static func serviceImports(_ file: Checkout.File) -> [String] {
        let parts = file.path.split(separator: "/").map(String.init)
        guard parts.first == "Services", parts.count > 2 else { return [] }
        let names = imported(file)
        let forbidden = names.filter { closed.contains($0) || services.contains($0) }
        let isOuter =
            parts[1] == "Operator" || parts[2] == "Handlers" || outer.contains(String(file.name.dropLast(6)))
            || outerEndings.contains { file.name.hasSuffix("\($0).swift") }
        let allowed = free.union(pure).union(sealing[file.path] ?? [])
        let impure = isOuter ? [] : names.filter { !allowed.contains($0) && !forbidden.contains($0) }
        return (forbidden + impure).map { "\(file.path): imports \($0)" }
    }

    /// The files that add routes to a router of the framework: the one that asks who may come, and what has no caller.
    private static let routers: Set<String> = [
        "Shared/Bootstrap/GuardedRouter.swift", "Shared/Bootstrap/HealthRoutes.swift",
        "Shared/Bootstrap/HTTPService.swift",
    ]
    /// How routes are added to it, each with what comes behind the name.
    private static let additions = [
        ".get(\"/", ".post(\"/", ".put(\"/", ".patch(\"/", ".delete(\"/", ".head(\"/", ".ws(\"/", ".on(\"/", ".get {",
        ".post {",
        ".group(", ".addRoutes(", "RouteCollection(", ".get(RouterPath", ".post(RouterPath", ".on(RouterPath",
        ", method:",
    ]

    /// No route stands without its row in the table: none is added but through the guarded router.
    static func routes(_ file: Checkout.File) -> [String] {
        guard file.path.hasPrefix("Shared/") || file.path.hasPrefix("Services/"), !routers.contains(file.path),
            imported(file).contains("Hummingbird")
        else { return [] }
        return file.lines.indices.filter { index in
            let line = file.lines[index]
            return !line.drop { $0 == " " }.hasPrefix("//") && additions.contains { line.contains($0) }
        }.map { "\(file.path):\($0 + 1): a route beside the guarded router" }
    }

    static func callsToC(_ file: Checkout.File) -> [String] {
        guard file.path.hasPrefix("Shared/") || file.path.hasPrefix("Services/") else { return [] }
        return imported(file).filter { callers[$0].map { !$0.contains(file.path) } ?? false }.map {
            "\(file.path): calls \($0)"
        }
    }

    static func names(_ file: Checkout.File) -> [String] {
        let stem = file.name.split(separator: ".").first.map(String.init) ?? ""
        let words = emptyWords.filter {
            stem == $0 || stem == $0 + "s" || stem.hasSuffix($0) || stem.hasSuffix($0 + "s")
        }
        return words.map { "\(file.path): \($0) says nothing" }
    }

    /// What every contract has and its protocol explains, and operators, which say it themselves.
    private static let explained = [
        "package static let name", "package static let owner", "package static let summary", "package static func ==",
        "package static func <",
    ]

    /// Every `package` declaration of the shared modules and services has a comment.
    static func comments(_ file: Checkout.File) -> [String] {
        guard file.path.hasPrefix("Shared/") || file.path.hasPrefix("Services/") else { return [] }
        let lines = file.lines.map { $0.drop { $0 == " " } }
        return lines.indices.filter { index in
            let line = lines[index]
            guard line.hasPrefix("package "), !line.hasPrefix("package import") else { return false }
            guard !explained.contains(where: { line.hasPrefix($0) }) else { return false }
            let before = lines[..<index].last { !$0.hasPrefix("@") && !$0.hasPrefix(")") } ?? ""
            return !before.hasPrefix("///")
        }.map { "\(file.path):\($0 + 1): no comment" }
    }

    /// What the compiler is told to trust, and what leaves structured concurrency, has its reason on the line above.
    static func reasons(_ file: Checkout.File) -> [String] {
        guard !file.path.hasPrefix("Tests/") else { return [] }
        let marks = [
            "@unchecked " + "Sendable", "nonisolated(" + "unsafe)", " Task " + "{", "Task." + "detached", "try" + "!",
        ]
        let lines = file.lines.map { $0.drop { $0 == " " } }
        return lines.indices.filter { index in
            !lines[index].hasPrefix("//") && marks.contains { " \(lines[index])".contains($0) }
                && !(index > 0 && lines[index - 1].hasPrefix("//"))
        }.map { "\(file.path):\($0 + 1): no reason on the line above" }
    }

    /// Tests wait for what they wait for; one file knows how.
    static func idling(_ file: Checkout.File) -> [String] {
        guard file.path.hasPrefix("Tests/"), file.path.contains("Tests/Support/") || file.path.contains("Tests.swift")
        else {
            return []
        }
        let marks = ["Task." + "sleep", "Thread." + "sleep", "us" + "leep("]
        return marks.filter { file.text.contains($0) }.map { "\(file.path): \($0)" }
    }

    static func leftovers(_ file: Checkout.File) -> [String] {
        ["TO" + "DO", "FIX" + "ME", "XX" + "X"].filter { file.text.contains($0) }.map { "\(file.path): \($0)" }
    }

    private static func imported(_ file: Checkout.File) -> [String] {
        file.lines.compactMap { line in
            let words = line.split(separator: " ")
            guard let index = words.firstIndex(of: "import"), index <= 2, words.indices.contains(index + 1) else {
                return nil
            }
            guard words[..<index].allSatisfy({ $0 == "package" || $0 == "@testable" }) else { return nil }
            return String(words[index + 1])
        }
    }
}
