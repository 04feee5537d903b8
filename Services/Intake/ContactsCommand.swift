import ArgumentParser
import Bootstrap
import Contracts
import Foundation
import Messaging
import PostgreSQL

/// `intake contacts …`: what operators do with sealed contacts, none of which shows one.
///
/// Whose items are whose is an act to ask.
struct ContactsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "contacts",
        abstract: "Contacts of authors: seal them, and their words, under the new key; find a person's items.",
        subcommands: [Reseal.self, Find.self]
    )

    /// Seals whatever another key seals under the present one, and words that lie open from before they were sealed, while everything
    /// runs.
    struct Reseal: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Seal every contact, and words with personal data, under the present key; again is harmless."
        )
        @OptionGroup var options: ConfigurationOptions
        /// Contacts a transaction: short enough for nobody to wait.
        private static let batch = 500

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                let seal = try await Configuration(settings: runtime.own).contacts
                let database = Database(configuration: try await runtime.database(), logger: runtime.logger)
                var sealed = 0
                while case let count = try await Self.reseal(seal, in: database), count > 0 { sealed += count }
                let words = try await Self.resealWords(seal, in: database)
                await database.close()
                print("\(sealed) contacts and the words of \(words) items sealed under the key \(seal.activeKey)")
            }
        }

        /// Seals words that another key seals, or none and that are not as they may be shown; by a walk through all items, a batch a
        /// transaction.
        ///
        /// - Returns: of how many items.
        static func resealWords(_ seal: ContactSeal, in database: Database) async throws -> Int {
            var (count, last) = (0, SuggestionID?.none)
            repeat {
                let after = last
                let (sealed, end) = try await database.transaction { transaction in
                    let items = try await IntakeStore.words(
                        notUnder: seal.activeKey,
                        after: after,
                        limit: batch,
                        in: transaction
                    )
                    let sealed = try items.compactMap { item -> IntakeStore.ResealedWords? in
                        let written = try item.sealed.map { try seal.open($0, of: item.id) } ?? item.shown
                        let shown = written.masked
                        return shown == written ? nil : (item.id, shown, try seal.seal(written, of: item.id))
                    }
                    IntakeStore.put(sealed, in: transaction)
                    return (sealed.count, items.last?.id)
                }
                (count, last) = (count + sealed, end)
            } while last != nil
            return count
        }

        /// Seals a batch.
        ///
        /// - Returns: how many; 0 when none is left.
        static func reseal(_ seal: ContactSeal, in database: Database) async throws -> Int {
            try await database.transaction { transaction in
                let old = try await IntakeStore.contacts(notUnder: seal.activeKey, limit: batch, in: transaction)
                IntakeStore.put(
                    try old.map { id, contact in (id, try seal.seal(seal.open(contact, of: id), of: id)) },
                    in: transaction
                )
                return old.count
            }
        }
    }

    /// Finds a person's items by their number, which is read from standard input and never from the command line.
    struct Find: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the receipt numbers of the items with the number on standard input, an act of each."
        )
        @OptionGroup var options: ConfigurationOptions
        @Option(help: "Why; stands in the acts.") var reason: String

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                let reason = try PrivacyCommand.reason(reason)
                guard let phone = readLine(strippingNewline: true), phone.contains(where: \.isWholeNumber) else {
                    throw WrongArgument("standard input", "must be a telephone number")
                }
                let seal = try await Configuration(settings: runtime.own).contacts
                let indexes = seal.indexes(of: phone)
                let numbers = try await runtime.operate { try await Self.find(indexes, reason: reason, in: $0) }
                for number in numbers { print(number) }
            }
        }

        /// The numbers of the items with one of these hashes, oldest first; of each an act says that it was looked for, as of a look at
        /// its contact: whoever knows the number knows the author now.
        static func find(
            _ indexes: [[UInt8]],
            reason: String,
            in transaction: EventTransaction
        ) async throws -> [String] {
            let found = try await IntakeStore.items(withContact: indexes, in: transaction)
            for item in found {
                try transaction.publish(
                    ContactRevealed(number: item.number, revealedAt: .now),
                    about: item.id,
                    version: item.version,
                    act: Act(actor: "operator:command-line", authority: "contact.find: \(reason)")
                )
            }
            return found.map(\.number)
        }
    }
}
