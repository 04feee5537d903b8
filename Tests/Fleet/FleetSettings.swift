import Contracts
import Foundation
import Support

/// The environment of a fleet's processes, and the folder with their secrets and logs.
struct FleetSettings: Sendable {
    /// Where this program and the services' programs lie.
    static var programs: URL {
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        if FileManager.default.fileExists(atPath: own.appending(path: "Intake").path) { return own }
        // The test runner is the toolchain's; its bundle lies in the build folder.
        return Bundle.main.bundleURL.pathExtension.isEmpty
            ? URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            : Bundle.main.bundleURL.deletingLastPathComponent()
    }

    /// The root of the checkout.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Logs, secrets, outputs.
    let folder: URL
    /// Where each replica listens.
    let ports: [Fleet.Member: Int]
    private let shared: [String: String]

    init(
        stack: TestStack,
        database: String,
        namespace: String,
        departments: [DepartmentCode],
        members: [Fleet.Member],
        adding: [String: String]
    ) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "ebinda-fleet-\(database)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        ports = Dictionary(uniqueKeysWithValues: zip(members, try FreePorts.take(members.count)))
        let rules = Self.root.appending(path: "Deploy/Rules")
        var shared = try [
            "EBINDA_NAMESPACE": namespace,
            "EBINDA_DATABASE_HOSTS":
                "\(stack.variable("EBINDA_DATABASE_HOST")):\(stack.variable("EBINDA_DATABASE_PORT"))",
            "EBINDA_DATABASE_NAME": database,
            "EBINDA_DATABASE_USER": stack.variable("EBINDA_DATABASE_USER"),
            "EBINDA_DATABASE_PASSWORD": stack.variable("EBINDA_DATABASE_PASSWORD"),
            "EBINDA_BROKER_ADDRESSES":
                "\(stack.variable("EBINDA_BROKER_HOST")):\(stack.variable("EBINDA_BROKER_PORT"))",
            "EBINDA_BROKER_USER": stack.variable("EBINDA_BROKER_USER"),
            "EBINDA_BROKER_PASSWORD": stack.variable("EBINDA_BROKER_PASSWORD"),
            "EBINDA_BROKER_SHARED_ACCOUNT": "true",
            "EBINDA_MANAGEMENT_ADDRESS": "http://127.0.0.1:\(stack.variable("EBINDA_BROKER_MANAGEMENT_PORT"))",
            "EBINDA_MANAGEMENT_USER": stack.variable("EBINDA_BROKER_USER"),
            "EBINDA_MANAGEMENT_PASSWORD": stack.variable("EBINDA_BROKER_PASSWORD"),
            "EBINDA_DEPARTMENTS_QUEUED": departments.map(\.rawValue).joined(separator: ","),
            "EBINDA_ROUTING_APPLIED": "opinion,formal",
            // Players and generators send for thousands of people from one address, which only a flood does elsewhere. What is
            // measured is the way of what flows: each hand-in is judged all the same, by measures that are never full.
            "EBINDA_INTAKE_LIMITS_PAIR": "1000000000",
            "EBINDA_INTAKE_LIMITS_ADDRESS": "1000000000",
            "EBINDA_INTAKE_LIMITS_ENTRANCE": "1000000000",
            "EBINDA_INTAKE_LIMITS_GUESSES": "1000000000",
            "EBINDA_INTAKE_LIMITS_ACCOUNT": "1000000000",
            // Secrets of a world that lasts minutes.
            "EBINDA_INTAKE_RECEIPT_KEY": String(repeating: "5a", count: 32),
            "EBINDA_INTAKE_CONTACT_KEY": String(repeating: "a5", count: 32),
            "EBINDA_DIRECTORY_MASTER_KEY": String(repeating: "3c", count: 32),
            // As long as a measurement, so that its players sign in once.
            "EBINDA_DIRECTORY_TOKEN_LIFETIME": "3600",
            "PATH": "/usr/bin:/bin",
        ]
        for (key, file) in [
            "INTAKE_RULES": "routing", "ROUTING_RULES": "routing", "ROUTING_PACK": "zhejiang-hangzhou",
            "REPLIES_PACK": "zhejiang-hangzhou", "REMINDERS_PACK": "zhejiang-hangzhou",
            "INTAKE_PACK": "zhejiang-hangzhou", "INTAKE_RETENTION": "retention",
            "DASHBOARD_PACK": "zhejiang-hangzhou",
        ] {
            shared["EBINDA_\(key)_FILE"] = rules.appending(path: "\(file).json").path
        }
        for service in [ServiceName.intake, .directory, .portal] {
            let port = ports[Fleet.Member(service: service, replica: 0)] ?? 0
            let name = service == .portal ? "PUBLIC_BASE" : service.rawValue.uppercased()
            shared["EBINDA_PORTAL_\(name)"] = "http://127.0.0.1:\(port)"
        }
        shared["EBINDA_PORTAL_KEY"] = String(repeating: "4b", count: 32)
        shared["EBINDA_PORTAL_RULES_FILE"] = rules.appending(path: "routing.json").path
        self.shared = shared.merging(adding) { $1 }
    }

    /// The variables of a replica's process.
    func environment(of member: Fleet.Member) -> [String: String] {
        var environment = shared
        environment["EBINDA_\(member.service.rawValue.uppercased())_HTTP_PORT"] = String(ports[member] ?? 0)
        return environment
    }

    /// Where a replica writes its log.
    func log(of member: Fleet.Member) -> URL { folder.appending(path: "\(member).log") }

    /// A file to append to.
    func opened(_ url: URL) throws -> FileHandle {
        if !FileManager.default.fileExists(atPath: url.path) {
            _ = FileManager.default.createFile(atPath: url.path, contents: nil)
        }
        let handle = try FileHandle(forWritingTo: url)
        try handle.seekToEnd()
        return handle
    }
}
