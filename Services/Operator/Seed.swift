import ArgumentParser
import Contracts

/// `ebinda seed`: units, people, and accounts for systems, by Directory's own program.
struct Seed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make units and people that are not there yet, and accounts for systems that have none."
    )

    @OptionGroup var options: Options

    @Option(help: "The routing data, with the departments.")
    var rules: String

    @Option(help: "The folder that gets a file with each account's secret.")
    var secrets: String

    @Option(help: "A CSV file of units.")
    var units: String?

    @Option(help: "A CSV file of people.")
    var people: String?

    func run() async throws {
        try await options.perform { _ in
            let files = (units.map { ["--units", $0] } ?? []) + (people.map { ["--people", $0] } ?? [])
            try Sibling(.directory).run(["seed", "--rules", rules, "--secrets", secrets] + files, options)
        }
    }
}
