import Foundation

/// The script that holds the tests' servers.
package struct StackControl: Sendable {
    /// A command of the script that failed.
    package struct Failure: Error, CustomStringConvertible {
        /// The command and how it ended.
        package let description: String
    }

    /// Creates the control of the stack that the environment names.
    package init() {}

    /// Runs a command of the script.
    ///
    /// - Returns: what it has printed.
    /// - Throws: ``Failure``, ``TestStack/Missing``.
    @discardableResult
    package func run(_ arguments: String...) async throws -> String {
        let name = try TestStack().variable("EBINDA_STACK")
        let process = Process()
        process.executableURL = Documents.root.appending(path: "Deploy/stack")
        process.arguments = arguments + ["--name", name]
        let output = FileManager.default.temporaryDirectory.appending(path: "\(TestStack.uniqueName()).out")
        // A file and no pipe: a server that is started must not hold the reader up.
        guard FileManager.default.createFile(atPath: output.path, contents: nil) else {
            throw Failure(description: "\(output.path) cannot be written")
        }
        defer { try? FileManager.default.removeItem(at: output) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = FileHandle.nullDevice
        try process.run()
        await process.ended()
        guard process.terminationStatus == 0 else {
            let command = arguments.joined(separator: " ")
            throw Failure(description: "Deploy/stack \(command) failed: \(process.terminationStatus)")
        }
        return try String(contentsOf: output, encoding: .utf8)
    }

    /// Runs `body`, then `undo` however it ended.
    ///
    /// - Throws: what `body` throws, before what `undo` does.
    package func undoing<Result>(
        _ undo: () async throws -> Void,
        after body: () async throws -> Result
    ) async throws -> Result {
        let result: Result
        do {
            result = try await body()
        } catch {
            try? await undo()
            throw error
        }
        try await undo()
        return result
    }

    /// Evaluates an Erlang expression in the broker.
    package func evaluate(_ expression: String) async throws { try await run("broker-ctl", "eval", expression) }
}
