import Foundation
import Logging
import PostgreSQL

/// Writes the newest head of every chain of acts into a folder once a day, for whatever takes it off the machine.
///
/// The day is the database's. What a day's file says is fixed by the first replica that looks on that day, so that all write the same
/// bytes, whether they share the folder or not. A file that is there is left as it is.
struct HeadsExport: Sendable {
    /// Between two looks: a day's file is a minute late at most.
    private static let pause: Duration = .seconds(60)

    let database: Database
    let folder: URL
    let logger: Logger

    /// Looks until cancelled, at once for the first time.
    func run() async {
        var failure: String?
        while !Task.isCancelled {
            do {
                if let file = try await export() {
                    logger.info("heads of acts exported", metadata: ["file": "\(file.path)"])
                }
                failure = nil
            } catch {
                let words = "\(error)"
                // Said once, and not each minute.
                if failure != words && !Task.isCancelled {
                    logger.error("heads of acts not exported", metadata: ["error": "\(words)"])
                }
                failure = words
            }
            // A cancelled sleep ends the loop by its condition.
            try? await Task.sleep(for: Self.pause)
        }
    }

    /// Writes today's file, unless it is there.
    ///
    /// - Returns: the file; nil where none was written, as one was there or no head is kept yet.
    /// - Throws: `DatabaseError`; what writing throws.
    func export() async throws -> URL? {
        guard let today = try await database.transaction({ try await HeadsStore.today(in: $0) }) else { return nil }
        let file = folder.appending(path: "heads-\(today.day).json")
        guard !FileManager.default.fileExists(atPath: file.path) else { return nil }
        try write(today.document, to: file)
        return file
    }

    /// Complete or not there: what is written is renamed at the end.
    private func write(_ document: String, to file: URL) throws {
        let files = FileManager.default
        try files.createDirectory(at: folder, withIntermediateDirectories: true)
        let draft = folder.appending(path: ".\(file.lastPathComponent).\(UUID().uuidString)")
        do {
            try Data().write(to: draft)
            try files.setAttributes([.posixPermissions: 0o640], ofItemAtPath: draft.path)
            let handle = try FileHandle(forWritingTo: draft)
            try handle.write(contentsOf: Data(document.utf8))
            // A name that outlives a power cut must not lead to nothing.
            try handle.synchronize()
            try handle.close()
            guard rename(draft.path, file.path) == 0 else { throw CocoaError(.fileWriteUnknown) }
        } catch {
            try? files.removeItem(at: draft)
            throw error
        }
    }
}
