import Bootstrap
import Contracts
import Foundation
import Rules

/// What Replies reads of its configuration, beside what every service does. Keys:
///
/// - `replies.packFile` (text, required): the rule pack, of which the legal periods are read.
/// - `departments.queued` (text, empty): the codes, separated by commas, of departments with a system and a queue of their
///   own; `migrate` declares their queues.
struct Configuration: Sendable {
    let terms: LegalTerms
    let queued: Set<DepartmentCode>

    init(settings: Settings, own: Settings) async throws {
        terms = try await own.file("packFile") { try RulePack(json: $0) }.terms
        queued = try await Self.queued(settings)
    }

    /// The departments with a queue.
    static func queued(_ settings: Settings) async throws -> Set<DepartmentCode> {
        let section = settings.scoped(to: "departments")
        let words = (try await section.text("queued") ?? "").split(separator: ",").map(String.init)
        let codes = Set(words.compactMap { DepartmentCode($0) })
        guard codes.count == words.count else {
            throw section.fault("queued", "must be department codes separated by commas, each once")
        }
        return codes
    }
}
