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

    /// Lends the files of a certificate and its key for a client or for `localhost`, which an authority has signed.
    ///
    /// - Parameters:
    ///   - name: the common name, which is the account's where a certificate logs in.
    ///   - authority: the authority's certificate; its key lies beside it, as `key.pem` or `authority.key`.
    package static func certificate(
        for name: String,
        by authority: String,
        _ body: (_ certificate: String, _ key: String) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: TestStack.uniqueName())
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let beside = URL(fileURLWithPath: authority).deletingLastPathComponent()
        let keys = ["key.pem", "authority.key"].map { beside.appending(path: $0).path }
        guard let signer = keys.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
            throw TookTooLong(description: "no key beside \(authority)")
        }
        func path(_ file: String) -> String { folder.appending(path: file).path }
        try "subjectAltName=DNS:localhost\n".write(toFile: path("names"), atomically: true, encoding: .utf8)
        for arguments in [
            [
                "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=\(name)",
                "-keyout", path("client.key"), "-out", path("client.csr"),
            ],
            [
                "x509", "-req", "-in", path("client.csr"), "-CA", authority, "-CAkey", signer, "-set_serial",
                String(Int.random(in: 1...Int.max)), "-days", "2", "-out", path("client.pem"), "-extfile",
                path("names"),
            ],
        ] {
            let status = try await run("/usr/bin/openssl", arguments)
            guard status == 0 else { throw TookTooLong(description: "openssl failed: \(status)") }
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path("client.key"))
        try await body(path("client.pem"), path("client.key"))
    }

    private static func run(_ program: String, _ arguments: [String]) async throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
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
