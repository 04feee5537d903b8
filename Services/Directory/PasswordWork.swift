import Bootstrap
import Dispatch
import Foundation
import Synchronization

/// Hashes passwords and looks them up in the dictionary, one at a time on a thread of its own.
///
/// A hash takes a core and 64 MiB for a fifth of a second: on the cooperative pool a handful of sign-ins would stop every other
/// request, and all at once they would take the memory. Those that come meanwhile wait, up to a number.
final class PasswordWork: Sendable {
    /// Too many wait.
    struct Overloaded: ProblemDescribing {
        // 64 hashes of a fifth of a second.
        var problem: Problem { .unavailable(retryAfter: 13) }
    }

    /// The dictionary's program has failed.
    struct Unchecked: Error, SafelyDescribed, CustomStringConvertible {
        let description: String
    }

    /// Who may wait: somebody at the end of the queue is answered after 13 s, within the edge's patience of 30.
    private static let waitingLimit = 64

    /// What a new hash costs.
    let cost: PasswordHash.Cost
    private let dictionary: URL
    private let queue = DispatchQueue(label: "passwords")
    private let waiting = Mutex(0)

    /// Works at this cost.
    ///
    /// - Parameter dictionary: the program `cracklib-check` (Debian's cracklib-runtime).
    init(cost: PasswordHash.Cost = .standard, dictionary: String) {
        (self.cost, self.dictionary) = (cost, URL(fileURLWithPath: dictionary))
    }

    /// Whether a password is the one that was hashed; for a login that has none it takes as long to say no.
    ///
    /// - Throws: ``Overloaded``.
    func isRight(_ password: String, _ stored: PasswordHash?) async throws -> Bool {
        let hash = stored ?? .nobodys(cost: cost)
        return try await perform { try hash.isOf(password) } && stored != nil
    }

    /// The hash of a new password.
    ///
    /// - Throws: ``Overloaded``.
    func hash(_ password: String) async throws -> PasswordHash {
        try await perform { [cost] in try PasswordHash(password, cost: cost) }
    }

    /// Whether a password is a word, or like one, by cracklib.
    ///
    /// A program of its own and not the library: what parses strangers' bytes in C, with one state for the whole process, does
    /// not share a process with the keys that sign tokens.
    ///
    /// - Throws: ``Unchecked``, ``Overloaded``.
    func isGuessable(_ password: String) async throws -> Bool {
        let dictionary = dictionary
        return try await perform {
            let process = Process()
            let (input, output) = (Pipe(), Pipe())
            process.executableURL = dictionary
            // Messages in English, which is what is read below; nothing else of our environment, which has secrets' names.
            process.environment = ["LC_ALL": "C"]
            (process.standardInput, process.standardOutput) = (input, output)
            process.standardError = FileHandle.nullDevice
            do {
                try process.run()
                try input.fileHandleForWriting.write(contentsOf: Data((password + "\n").utf8))
                try input.fileHandleForWriting.close()
            } catch {
                throw Unchecked(description: "\(dictionary.path) cannot be run")
            }
            let answer = output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            // «password: OK», or what is wrong with it.
            let prefix = Data((password + ": ").utf8)
            guard process.terminationStatus == 0, answer.starts(with: prefix) else {
                throw Unchecked(description: "\(dictionary.path) has failed")
            }
            return String(decoding: answer.dropFirst(prefix.count), as: UTF8.self) != "OK\n"
        }
    }

    private func perform<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        let isAdmitted = waiting.withLock { waiting in
            guard waiting < Self.waitingLimit else { return false }
            waiting += 1
            return true
        }
        guard isAdmitted else { throw Overloaded() }
        defer { waiting.withLock { $0 -= 1 } }
        return try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try work() }) }
        }
    }
}
