import Contracts
import Crypto
import Foundation
import Messaging
import PostgreSQL

/// Looks codes up by their tokens; those that arrive together share one statement.
///
/// Needs no key and asks nobody: a token whose hash was told is genuine, and nobody can find another.
struct CodeBook: Sendable {
    private let gathering: Gathering<[UInt8], KnownCode?>

    /// Creates the book.
    init(database: Database) {
        gathering = Gathering { hashes in
            await Gathering<[UInt8], KnownCode?>.together(hashes) { hashes in
                let known = try await database.transaction { try await CodeStore.codes(hashes, in: $0) }
                return hashes.map { .success(known[$0]) }
            }
        }
    }

    /// The code that a token was printed for; nil when nobody has told of one.
    ///
    /// - Throws: `Gathering.Overloaded`, `DatabaseError`.
    func code(of token: String) async throws -> KnownCode? {
        guard let token = CodeText.canonical(token) else { return nil }
        return try await gathering.submit(Array(SHA256.hash(data: Array(token.utf8))))
    }
}
