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
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

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

/// A test target of `Tests/`.
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: settings)
}

let package = Package(
    name: "eBinda",
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CRabbitMQ", path: "Shared/CRabbitMQ", pkgConfig: "librabbitmq"),
        .systemLibrary(name: "CLibPQ", path: "Shared/CLibPQ", pkgConfig: "libpq"),
        .systemLibrary(name: "CThreads", path: "Shared/CThreads"),
        shared("Threads", ["CThreads"]),
        shared("RabbitMQ", ["CRabbitMQ", "Threads", logging]),
        shared("PostgreSQL", ["CLibPQ", "Threads", logging]),
        shared("Contracts", exclude: ["Examples", "asyncapi.json"]),
        shared(
            "Messaging",
            ["Contracts", "PostgreSQL", "RabbitMQ", "Threads", logging, metrics],
            resources: [.embedInCode("Migrations")]
        ),
        shared("Calendar", ["Contracts"]),
        shared("Rules", ["Calendar", "Contracts"]),
        .target(
            name: "Support",
            dependencies: ["Contracts", "Messaging", "PostgreSQL", "RabbitMQ", logging],
            path: "Tests/Support",
            swiftSettings: settings
        ),
        .executableTarget(name: "BareHop", dependencies: ["CLibPQ", "CRabbitMQ"], path: "Tests/BareHop"),
        .executableTarget(
            name: "Bench",
            dependencies: ["Contracts", "Messaging", "PostgreSQL", "RabbitMQ", "Support", "Threads"],
            path: "Tests/Bench",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "Documents",
            dependencies: ["Support"],
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
            dependencies: ["Contracts", "Messaging", "PostgreSQL", "RabbitMQ", "Support", "ToyProcess"],
            path: "Tests/Soak",
            swiftSettings: settings
        ),
        tests("MessagingTests", ["Contracts", "Messaging", "PostgreSQL", "RabbitMQ", "Support", "ToyProcess"]),
        tests("ArchitectureTests", []),
        tests("CalendarTests", ["Calendar", "Contracts"]),
        tests("RulesTests", ["Contracts", "Rules", "Support"]),
        tests("ContractsTests", ["Contracts", "Support"]),
        tests("FaultTests", ["Contracts", "Messaging", "PostgreSQL", "RabbitMQ", "Support"]),
        tests("PostgreSQLTests", ["PostgreSQL", "Support"]),
        tests("RabbitMQTests", ["RabbitMQ", "Support", "Threads"]),
        tests("ThreadsTests", ["CThreads", "Support", "Threads"]),
    ]
)
