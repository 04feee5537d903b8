package import Foundation

/// Debian's programs, with which tests look at what we make by other eyes than our own.
package enum Program {
    /// It has failed.
    package struct Failed: Error, CustomStringConvertible {
        package let description: String
    }

    /// A program's standard output.
    ///
    /// - Throws: ``Failed`` when it ends with another status than 0; what starting it throws.
    package static func output(_ name: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/\(name)")
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failed(description: "\(name) \(arguments): \(process.terminationStatus)")
        }
        return String(decoding: data, as: UTF8.self)
    }

    /// Lends a folder of its own.
    package static func inFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ebinda-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }
}
