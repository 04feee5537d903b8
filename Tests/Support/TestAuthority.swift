import Foundation

/// An authority that no server's certificate comes from.
package enum TestAuthority {
    /// Lends the file of a fresh certificate, made with openssl(1) in a folder of its own.
    package static func with(_ body: (_ file: String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: TestStack.uniqueName())
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "authority.pem").path
        let status = try await run(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=somebody else", "-keyout", folder.appending(path: "key.pem").path, "-out", file,
            ]
        )
        guard status == 0 else { throw TookTooLong(description: "openssl failed: \(status)") }
        try await body(file)
    }

    private static func run(_ program: String, _ arguments: [String]) async throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        return try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do {
                try process.run()
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}
