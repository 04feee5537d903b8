// swift-tools-version: 6.1
import PackageDescription

/// Settings of every Swift target; each flag with the proposal that defines it.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
    .enableUpcomingFeature("ExistentialAny"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
    .enableUpcomingFeature("InternalImportsByDefault"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
    .enableUpcomingFeature("MemberImportVisibility"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0461-async-function-isolation.md
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let metricsKit = Target.Dependency.product(name: "MetricsTestKit", package: "swift-metrics")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let context = Target.Dependency.product(name: "ServiceContextModule", package: "swift-service-context")
let types = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let client = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let hummingbirdTesting = Target.Dependency.product(name: "HummingbirdTesting", package: "hummingbird")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let csv = Target.Dependency.product(name: "SwiftCSV", package: "SwiftCSV")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let jwt = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")

/// A library module of `Shared/`.
func shared(
    _ name: String,
    _ dependencies: [Target.Dependency] = [],
    exclude: [String] = [],
    resources: [Resource] = []
) -> Target {
    .target(
        name: name,
        dependencies: dependencies,
        path: "Shared/\(name)",
        exclude: exclude,
        resources: resources,
        swiftSettings: settings
    )
}

/// An executable of `Services/`: every service stands on the same modules.
func service(_ name: String, _ more: [Target.Dependency] = []) -> Target {
    .executableTarget(
        name: name,
        dependencies: [
            "Bootstrap", "Contracts", "Messaging", "PostgreSQL", arguments, configuration, hummingbird, lifecycle,
            logging,
            types,
        ] + more,
        path: "Services/\(name)",
        exclude: ["README.md", "openapi.yaml"],
        resources: [.embedInCode("Migrations")],
        swiftSettings: settings
    )
}

/// A test target of `Tests/`.
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: settings)
}

let package = Package(
    name: "eBinda",
    products: [
        // The command that operators type; every other program is named after its target.
        .executable(name: "ebinda", targets: ["Operator"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-service-context", from: "1.5.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftcsv/SwiftCSV", from: "0.10.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        .systemLibrary(name: "CRabbitMQ", path: "Shared/CRabbitMQ", pkgConfig: "librabbitmq"),
        .systemLibrary(name: "CLibPQ", path: "Shared/CLibPQ", pkgConfig: "libpq"),
        .systemLibrary(name: "CThreads", path: "Shared/CThreads"),
        .systemLibrary(name: "CQREncode", path: "Shared/CQREncode", pkgConfig: "libqrencode"),
        shared("QRCodes", ["CQREncode"]),
        shared("Threads", ["CThreads"]),
        shared("RabbitMQ", ["CRabbitMQ", "Threads", logging]),
        shared("PostgreSQL", ["CLibPQ", "Threads", logging]),
        shared("Contracts", exclude: ["Examples", "asyncapi.json", "rights.md"]),
        shared(
            "Messaging",
            ["Contracts", "PostgreSQL", "RabbitMQ", "Threads", crypto, logging, metrics],
            resources: [.embedInCode("Migrations")]
        ),
        .executableTarget(
            name: "Operator",
            // The services' programs, which it runs and does not import: building it builds them.
            dependencies: [
                "Bootstrap", "Calendar", "Contracts", "Messaging", "PostgreSQL", "Rules", arguments, logging,
                "Dashboard", "Directory", "Intake", "Portal", "Reminders", "Replies", "Routing",
            ],
            path: "Services/Operator",
            exclude: ["README.md"],
            swiftSettings: settings
        ),
        service(
            "Directory",
            ["Calendar", "QRCodes", "Rules", client, crypto, cryptoExtras, csv, jwt, nio, nioHTTP1]
        ),
        service("Intake", ["Calendar", "Rules", crypto]),
        service("Routing", ["Calendar", "Rules"]),
        service("Reminders", ["Calendar", "Rules", client, crypto, nio, nioHTTP1]),
        service("Replies", ["Calendar", "Rules"]),
        service("Dashboard", ["Calendar", "Rules", crypto]),
        // The pages: neither tables nor messages, so neither database nor broker.
        .executableTarget(
            name: "Portal",
            dependencies: [
                "Bootstrap", "Contracts", "QRCodes", arguments, client, configuration, context, crypto, hummingbird,
                lifecycle, logging, mustache, nio, types,
                .product(name: "NIOFoundationCompat", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            path: "Services/Portal",
            exclude: ["README.md", "openapi.yaml"],
            resources: [.embedInCode("Catalogue"), .embedInCode("Templates"), .embedInCode("Styles")],
            swiftSettings: settings
        ),
        shared("Calendar", ["Contracts"], resources: [.embedInCode("Years")]),
        shared("Rules", ["Calendar", "Contracts"]),
        shared(
            "Bootstrap",
            [
                "Calendar", "Contracts", "Messaging", "PostgreSQL", "RabbitMQ", "Rules", arguments, configuration,
                context,
                crypto,
                hummingbird, hummingbirdCore, hummingbirdTLS, jwt, lifecycle, logging, metrics, nio, nioSSL, nioTypes,
                signals,
                types,
            ]
        ),
        .target(
            name: "Support",
            dependencies: ["Bootstrap", "Contracts", "Messaging", "PostgreSQL", "RabbitMQ", crypto, jwt, logging],
            path: "Tests/Support",
            swiftSettings: settings
        ),
        .target(
            name: "Fleet",
            dependencies: [
                "Bootstrap", "Contracts", "Messaging", "PostgreSQL", "RabbitMQ", "Support", client, crypto, nio,
                nioHTTP1,
            ],
            path: "Tests/Fleet",
            swiftSettings: settings
        ),
        .target(
            name: "HTTPSupport",
            dependencies: [
                "Bootstrap", "Contracts", hummingbird, hummingbirdTesting, lifecycle, logging, nio, types,
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Yams", package: "Yams"),
            ],
            path: "Tests/HTTPSupport",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "ToyService",
            dependencies: ["Bootstrap", "Contracts", arguments, hummingbird, lifecycle, logging],
            path: "Tests/ToyService",
            swiftSettings: settings
        ),
        .executableTarget(name: "BareHop", dependencies: ["CLibPQ", "CRabbitMQ"], path: "Tests/BareHop"),
        .executableTarget(
            name: "Bench",
            dependencies: [
                "Calendar", "Contracts", "Fleet", "Messaging", "PostgreSQL", "RabbitMQ", "Support", "Threads", client,
                nio,
            ],
            path: "Tests/Bench",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "Documents",
            dependencies: ["Contracts", "Support"],
            path: "Tests/Documents",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "ToyProcess",
            dependencies: ["Contracts", "Messaging", "RabbitMQ", "Support"],
            path: "Tests/ToyProcess",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "Soak",
            dependencies: ["Contracts", "Fleet", "PostgreSQL", "Support"],
            path: "Tests/Soak",
            swiftSettings: settings
        ),
        tests(
            "BootstrapTests",
            [
                "Bootstrap", "Contracts", "HTTPSupport", "Messaging", "PostgreSQL", "RabbitMQ", "Support", "ToyService",
                configuration, context, hummingbird, jwt, lifecycle, logging, metrics, nio, signals, types,
                hummingbirdTesting,
            ]
        ),
        tests(
            "MessagingTests",
            ["Bootstrap", "Contracts", "Messaging", "PostgreSQL", "RabbitMQ", "Support", "ToyProcess", metricsKit]
        ),
        tests("ArchitectureTests", []),
        tests(
            "DirectoryTests",
            [
                "Bootstrap", "Calendar", "Contracts", "Directory", "HTTPSupport", "Messaging", "PostgreSQL", "QRCodes",
                "RabbitMQ",
                "Support", client, crypto, jwt, logging, nio, nioHTTP1, types,
            ]
        ),
        tests(
            "IntakeTests",
            [
                "Bootstrap", "Calendar", "Contracts", "HTTPSupport", "Intake", "Messaging", "PostgreSQL", "RabbitMQ",
                "Rules",
                "Support", crypto, types,
            ]
        ),
        tests(
            "RoutingTests",
            [
                "Bootstrap", "Calendar", "Contracts", "HTTPSupport", "Messaging", "PostgreSQL", "RabbitMQ", "Routing",
                "Rules",
                "Support", types,
            ]
        ),
        tests(
            "RepliesTests",
            [
                "Bootstrap", "Calendar", "Contracts", "HTTPSupport", "Messaging", "PostgreSQL", "RabbitMQ", "Replies",
                "Rules",
                "Support", types,
            ]
        ),
        tests(
            "RemindersTests",
            [
                "Bootstrap", "Calendar", "Contracts", "HTTPSupport", "Messaging", "PostgreSQL", "RabbitMQ", "Reminders",
                "Rules",
                "Support", hummingbird, logging, types, hummingbirdTesting, client, crypto, nio,
            ]
        ),
        tests(
            "DashboardTests",
            [
                "Bootstrap", "Contracts", "Dashboard", "HTTPSupport", "Messaging", "PostgreSQL", "RabbitMQ", "Rules",
                "Support", types,
            ]
        ),
        // The services' programs lie beside the operators' one, which starts them.
        tests(
            "OperatorTests",
            [
                "Bootstrap", "Calendar", "Contracts", "Dashboard", "Directory", "HTTPSupport", "Intake", "Messaging",
                "Operator", "PostgreSQL", "RabbitMQ", "Reminders", "Replies", "Routing", "Support",
            ]
        ),
        tests(
            "PortalTests",
            [
                "Bootstrap", "Calendar", "Contracts", "HTTPSupport", "Intake", "Messaging", "Portal", "PostgreSQL",
                "Rules",
                "Support",
                client, hummingbird, logging, nio, types,
            ]
        ),
        tests("CalendarTests", ["Calendar", "Contracts", "Support"]),
        tests("RulesTests", ["Calendar", "Contracts", "Rules", "Support"]),
        tests("ContractsTests", ["Contracts", "Support"]),
        tests(
            "FleetTests",
            ["Bench", "Calendar", "Contracts", "Fleet", "Messaging", "PostgreSQL", "RabbitMQ", "Support"]
        ),
        tests("FaultTests", ["Contracts", "Messaging", "PostgreSQL", "RabbitMQ", "Reminders", "Support"]),
        tests("LongFaultTests", ["Contracts", "Messaging", "PostgreSQL", "RabbitMQ", "Support"]),
        tests("PostgreSQLTests", ["PostgreSQL", "Support"]),
        tests("RabbitMQTests", ["RabbitMQ", "Support", "Threads"]),
        tests("ThreadsTests", ["CThreads", "Support", "Threads"]),
    ]
)
