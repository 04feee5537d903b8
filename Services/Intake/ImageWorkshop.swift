import Foundation

/// Makes pictures anew: what is kept was written by us, turned upright, at most 2,560 pixels a side, without the place and the
/// camera that a telephone writes into it, and without whatever else somebody has hidden in it.
///
/// libvips does it, in a process of its own that may use little memory, little time, few files and no network. Its arguments are
/// ours alone: no name and no option comes from outside.
struct ImageWorkshop: Sendable {
    /// The picture cannot be read.
    struct Unreadable: Error {}
    /// libvips cannot be run here.
    struct Missing: Error {}

    /// The longest side that is kept, in pixels: a page of A4 at some 220 dots an inch stays readable.
    static let side = 2_560
    /// What a process may have: 768 MiB of address space (a picture of 50 million pixels takes 90 MiB of it, libraries 300), 15 s
    /// of processor, files of 32 MiB.
    private static let limits = [
        "/usr/bin/prlimit", "--as=805306368", "--cpu=15", "--fsize=33554432", "--nofile=64", "--core=0", "--",
    ]
    /// By the clock on the wall, after which it is killed.
    private static let patience = ["/usr/bin/timeout", "--signal=KILL", "30"]
    private static let alone = ["/usr/bin/unshare", "--map-root-user", "--net"]
    private static let vips = "/usr/bin/vips"

    private let prefix: [String]

    /// Looks whether this host lets a process have a network of its own, which has nothing in it.
    ///
    /// Where it does not, as in a
    /// container without rights, the limits stand alone.
    static func open() async -> Self {
        let isAllowed = (try? await run(alone + ["/bin/true"], in: FileManager.default.temporaryDirectory)) == 0
        return Self(prefix: patience + (isAllowed ? alone : []) + limits)
    }

    /// Makes a picture anew.
    ///
    /// - Parameters:
    ///   - folder: holds the picture as `in`, and then `out.<ending>`; nobody else's.
    /// - Returns: where it is.
    /// - Throws: ``Unreadable``, ``Missing``.
    func makeAnew(_ kind: FileKind, in folder: URL) async throws -> URL {
        let out = "out.\(kind.ending)"
        // Quality 85 is where a photograph and its original are told apart no more; the rest is left out.
        let options = kind == .png ? "[strip]" : "[Q=85,strip]"
        let arguments = [
            Self.vips, "thumbnail", "in", out + options, String(Self.side), "--height", String(Self.side), "--size",
            "down",
            // Colours of a telephone's own space are brought into the one that every screen has, since profiles go too.
            "--export-profile", "srgb", "--fail-on", "error",
        ]
        guard FileManager.default.isExecutableFile(atPath: Self.vips) else { throw Missing() }
        guard try await Self.run(prefix + arguments, in: folder) == 0 else { throw Unreadable() }
        return folder.appending(path: out)
    }

    /// Runs a program with nothing of ours but a folder, and waits for its end.
    private static func run(_ words: [String], in folder: URL) async throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: words[0])
        process.arguments = Array(words.dropFirst())
        process.currentDirectoryURL = folder
        process.environment = [
            "PATH": "/usr/bin:/bin", "HOME": folder.path, "TMPDIR": folder.path,
            // The loaders that libvips itself does not trust with strangers' files.
            "VIPS_BLOCK_UNTRUSTED": "1",
            // One thread: others want the processors too.
            "VIPS_CONCURRENCY": "1", "MALLOC_ARENA_MAX": "2",
        ]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        return try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { ended in
                continuation.resume(
                    returning: ended.terminationReason == .exit
                        ? ended.terminationStatus : 128 + ended.terminationStatus
                )
            }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
    }
}
