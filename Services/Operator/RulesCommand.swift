import ArgumentParser
import Bootstrap
import Calendar
import Contracts
import Foundation
import Rules

/// `ebinda rules …`: what a jurisdiction's rule pack says, whether it can be taken, and how two of them differ.
///
/// Needs no server, but for `items`, which reads what became of past items from the owners' acts.
struct RulesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules",
        abstract: "Rule packs: check, diff, explain, compare, for which no server is needed; items.",
        subcommands: [Check.self, Diff.self, Explain.self, Compare.self, Items.self]
    )

    /// `ebinda rules check FILE…`: every fault of packs, and what of them is not law in force.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Whether packs can be taken; every fault with file and path, and the numbers that are not law in force."
        )

        @OptionGroup var options: Options
        @Argument(help: "Packs, by their files' paths or by name.")
        var files: [String]

        func run() async throws {
            try await options.perform { settings in
                let folders = try await PackArgument.folders(settings)
                var isGood = true
                for file in files {
                    do {
                        try Self.check(file, try PackArgument.content(of: file, in: folders))
                    } catch let error as PackArgument.NotFound {
                        isGood = false
                        Failure.say("\(file): \(error.rule)")
                    } catch let error as RulePack.Faults {
                        isGood = false
                        for line in error.lines { Failure.say("\(file): \(line)") }
                    }
                }
                guard isGood else { throw ExitCode(ConfigurationError.exitStatus) }
            }
        }

        private static func check(_ file: String, _ json: Data) throws {
            let pack = try RulePack(json: json)
            let grounds = try PackGround.all(of: json).filter { $0.basis != nil }
            let open = grounds.filter { $0.basis?.standing != .law }
            print("\(file): \(pack.name) v\(pack.version) 可用 · can be taken")
            print(
                "\(grounds.count)处依据，其中\(open.count)处不是现行法律 · \(grounds.count) grounds, \(open.count) of them not law in force"
            )
            for ground in open {
                guard let basis = ground.basis else { continue }
                let values = ground.values.isEmpty ? "" : " \(ground.line)"
                print(
                    "  \(ground.pointer)\(values)：\(basis.standing.words.zh) · \(basis.standing.words.en)：\(basis.text)"
                )
            }
        }
    }

    /// `ebinda rules diff A B`: the numbers that differ, with what each rests on.
    struct Diff: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The numbers and choices in which two packs differ, with what each rests on."
        )

        @OptionGroup var options: Options
        @Argument(help: "A pack, by its file's path or by name.")
        var first: String
        @Argument(help: "Another.")
        var second: String

        func run() async throws {
            try await options.perform { settings in
                let folders = try await PackArgument.folders(settings)
                let (old, new) = (try Self.read(first, in: folders), try Self.read(second, in: folders))
                for difference in try PackDifference.all(of: old, and: new) {
                    print(difference.path)
                    print("  - \(Self.line(difference.first))")
                    print("  + \(Self.line(difference.second))")
                }
            }
        }

        /// A pack that can be taken: what another says means nothing.
        private static func read(_ name: String, in folders: [String]) throws -> Data {
            do {
                let json = try PackArgument.content(of: name, in: folders)
                _ = try RulePack(json: json)
                return json
            } catch let error as PackArgument.NotFound {
                throw WrongArgument(name, error.rule)
            } catch {
                throw WrongArgument(name, "is no pack: \(error)")
            }
        }

        private static func line(_ side: PackDifference.Side?) -> String {
            guard let side else { return "没有 · nothing" }
            guard let basis = side.basis else { return side.text }
            return "\(side.text)（\(basis.standing.words.zh) · \(basis.standing.words.en)：\(basis.text)）"
        }
    }

    /// `ebinda rules explain`: a pack's procedure for people.
    struct Explain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The procedure that a pack lays down, in Chinese and English, with the ground of each number."
        )

        @OptionGroup var options: Options
        @Option(help: "A pack, by name or by its file's path.")
        var pack = "zhejiang-hangzhou"
        @Option(help: "One kind alone: opinion, formal.")
        var kind: String?

        func run() async throws {
            try await options.perform { settings in
                let kinds = try kinds()
                do {
                    let pack = try PackArgument.find(pack, in: try await PackArgument.folders(settings))
                    for item in PackExplanation(of: pack, kinds: kinds).items { item.lines.forEach { print($0) } }
                } catch let error as PackArgument.NotFound {
                    throw WrongArgument("--pack", error.rule)
                }
            }
        }

        private func kinds() throws -> [SuggestionKind] {
            guard let kind else { return SuggestionKind.allCases }
            guard let known = SuggestionKind(rawValue: kind) else {
                throw WrongArgument(
                    "--kind",
                    "must be one of \(SuggestionKind.allCases.map(\.rawValue).joined(separator: ", "))"
                )
            }
            return [known]
        }
    }
}
