import Foundation
import Synchronization

/// Turns SVG documents of ours into PDF and PNG by librsvg's program, in a child process of bounded time, memory and output.
///
/// The child gets file names that are made here, an empty environment and a folder of its own that goes with it. librsvg opens no
/// network connection, and a document of ours refers to nothing.
final class Typesetter: Sendable {
    /// As many are at work as may be; another try in a moment succeeds.
    struct Busy: Error {}

    /// The program has failed; its exit status, 124 when it took too long.
    struct Failed: Error, CustomStringConvertible {
        let status: Int32
        var description: String { "rsvg-convert ended with status \(status)" }
    }

    /// Children at a time: each takes a processor while it works.
    private static let limit = 2
    /// Wall time in seconds: all stations' sheets take four.
    private static let seconds = 30
    /// Address space in bytes: the fonts are mapped, some 20 MB each, beside what is drawn.
    private static let memory = 1 << 30
    /// The largest file that it may write, in bytes.
    private static let fileSize = 64 << 20

    private let folder: URL
    private let atWork = Mutex(0)

    /// Creates one that works below a folder.
    init(folder: URL = FileManager.default.temporaryDirectory) { self.folder = folder }

    /// One PDF of all pages, in their order.
    ///
    /// - Throws: ``Busy``, ``Failed``, `CocoaError`.
    func pdf(of pages: [String]) async throws -> [UInt8] { try await convert(pages, ["--format=pdf"]) }

    /// A picture, that many pixels wide.
    ///
    /// - Throws: ``Busy``, ``Failed``, `CocoaError`.
    func png(of document: String, width: Int) async throws -> [UInt8] {
        try await convert([document], ["--format=png", "--width=\(width)", "--height=\(width)"])
    }

    private func convert(_ documents: [String], _ options: [String]) async throws -> [UInt8] {
        let mayBegin = atWork.withLock { count in
            guard count < Self.limit else { return false }
            count += 1
            return true
        }
        guard mayBegin else { throw Busy() }
        defer { atWork.withLock { $0 -= 1 } }
        let files = FileManager.default
        let folder = self.folder.appending(path: "ebinda-sheet-\(UUID().uuidString)")
        try files.createDirectory(
            at: folder,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
        defer { try? files.removeItem(at: folder) }
        let names = documents.indices.map { "\($0).svg" }
        for (name, document) in zip(names, documents) {
            try Data(document.utf8).write(to: folder.appending(path: name))
        }
        let status = try await Self.run(options + ["--output=out"] + names, in: folder)
        guard status == 0 else { throw Failed(status: status) }
        return Array(try Data(contentsOf: folder.appending(path: "out")))
    }

    /// Runs the program under its limits (timeout(1), prlimit(1)) and gives its exit status.
    private static func run(_ arguments: [String], in folder: URL) async throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/timeout")
        process.arguments =
            [
                "--kill-after=1", "\(seconds)", "/usr/bin/prlimit", "--as=\(memory)", "--cpu=\(seconds)",
                "--fsize=\(fileSize)", "--core=0", "/usr/bin/rsvg-convert",
            ] + arguments
        process.currentDirectoryURL = folder
        // Its fonts' cache is the system's; what it would add of its own goes with the folder.
        process.environment = ["PATH": "/usr/bin:/bin", "HOME": folder.path, "LANG": "C.UTF-8"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        return try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
    }
}
