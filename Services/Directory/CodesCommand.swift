import ArgumentParser
import Bootstrap
import Contracts
import Foundation
import Messaging

/// `directory codes …`: the codes that lead people in.
struct CodesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "codes",
        abstract: "The codes that lead people in (二维码).",
        subcommands: [List.self, Issue.self, Rotate.self, Revoke.self, Sheet.self],
        defaultSubcommand: List.self
    )

    private static let actor = "operator:command-line"

    /// Prints them, a line each.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print all, a line each: code, kind, station, state, scans, scans while not good."
        )
        @OptionGroup var options: ConfigurationOptions
        @Option(help: "The station, by code; all unless given.") var unit: String?

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                let codes = try await Operation.perform(runtime) { _, transaction in
                    var codes: [CodeStore.Counted] = []
                    var cursor = Cursor(nil)
                    while let after = cursor {
                        let page = try await CodeStore.codes(
                            of: unit.map { [$0] },
                            after: after,
                            limit: CodeStore.pageLimit,
                            in: transaction
                        )
                        codes += page
                        cursor = page.last.flatMap { Cursor(Cursor.text($0.code.issuedAt, $0.code.aggregate)) }
                    }
                    return codes
                }
                for found in codes {
                    let code = found.code
                    let state = code.state(at: .now)
                    print("\(code.id) \(code.kind) \(code.station) \(state.rawValue) \(found.good) \(found.stale)")
                }
            }
        }
    }

    /// Makes one, or one for each station that has none.
    struct Issue: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a code; prints its id and the address that it leads to."
        )
        @OptionGroup var options: ConfigurationOptions
        @Flag(help: "One for every station that has no good one.") var stations = false
        @Option(help: "station, deputy or activity.") var kind: CodeKind?
        @Option(help: "The station's code, the deputy's id, the activity's title.") var of: String?
        @Option(help: "Of an activity, or of a deputy with several: the station, by code.") var station: String?
        @Option(help: "Where it hangs.") var place: String?
        @Option(help: "From when on it is good (RFC 3339).") var from: Timestamp?
        @Option(help: "Until when it is good (RFC 3339).") var until: Timestamp?

        func validate() throws {
            guard stations ? kind == nil && of == nil : kind != nil && of != nil else {
                throw ValidationError("--kind and --of, or --stations alone")
            }
        }

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                let lines = try await Operation.perform(runtime) { configuration, transaction in
                    let desk = CodeDesk(mint: configuration.mint)
                    var lines: [String] = []
                    for draft in try await drafts(in: transaction) {
                        let issued = try await worded {
                            try await desk.issue(draft, in: nil, by: CodesCommand.actor, in: transaction)
                        }
                        lines.append("\(issued.code.id) \(configuration.codeAddress.symbol(issued.token))")
                    }
                    return lines
                }
                for line in lines { print(line) }
            }
        }

        private func drafts(in transaction: EventTransaction) async throws -> [CodeDraft] {
            if let kind, let of {
                return [
                    try await worded {
                        try CodeDraft(
                            kind,
                            of: of,
                            station: station,
                            place: place,
                            validFrom: from,
                            validUntil: until,
                            at: .now
                        )
                    }
                ]
            }
            let have = Set(try await CodeStore.stationCodes(of: nil, in: transaction).map(\.station))
            return try await CodeStore.stations(nil, in: transaction).filter { !have.contains($0.code) }
                .map { try CodeDraft(.station, of: $0.code.rawValue, at: .now) }
        }
    }

    /// Gives one another token.
    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a code another token; prints the address that it leads to now."
        )
        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "The code, by id.") var code: CodeID
        @Option(help: "For how many days the token before it stays good.") var graceDays = 0

        func validate() throws {
            guard (0...EntryCode.graceLimit).contains(graceDays) else {
                throw ValidationError("--grace-days must be from 0 to \(EntryCode.graceLimit)")
            }
        }

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                let address = try await Operation.perform(runtime) { configuration, transaction in
                    let issued = try await worded {
                        try await CodeDesk(mint: configuration.mint).rotate(
                            code,
                            grace: .seconds(graceDays * 86_400),
                            in: nil,
                            by: CodesCommand.actor,
                            in: transaction
                        )
                    }
                    return configuration.codeAddress.symbol(issued.token)
                }
                print(address)
            }
        }
    }

    /// Ends one.
    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End a code for good.")
        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "The code, by id.") var code: CodeID
        @Option(help: "Why; stands in the record.") var reason: String?

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                try await Operation.perform(runtime) { configuration, transaction in
                    try await worded {
                        try await CodeDesk(mint: configuration.mint).revoke(
                            code,
                            reason: reason,
                            in: nil,
                            by: CodesCommand.actor,
                            in: transaction
                        )
                    }
                }
            }
        }
    }

    /// Prints the sheets of one station or of all.
    struct Sheet: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write the sheets to hang up, a page a station, as one PDF."
        )
        @OptionGroup var options: ConfigurationOptions
        @Option(help: "The station, by code; all that have a code unless given.") var station: String?
        @Option(help: "A4 or A6.") var size: SheetLayout.Size = .a4
        @Option(help: "The file to write.") var output: String

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                let pdf = try await Operation.perform(runtime) { configuration, transaction in
                    let codes = try await SheetPrinter.codes(of: station.map { [$0] }, in: transaction)
                    guard !codes.isEmpty else {
                        throw WrongArgument("--station", "no station has a good code; make it with codes issue")
                    }
                    let printer = SheetPrinter(
                        desk: CodeDesk(mint: configuration.mint),
                        address: configuration.codeAddress,
                        typesetter: Typesetter()
                    )
                    return try await worded { try await printer.sheets(codes, size) }
                }
                do {
                    try Data(pdf).write(to: URL(filePath: output), options: .atomic)
                } catch {
                    throw WrongArgument("--output", "\(output) cannot be written")
                }
            }
        }
    }
}

/// Does what is asked for, and says in an argument's words why it could not be done.
private func worded<Value>(_ work: () async throws -> Value) async throws -> Value {
    do {
        return try await work()
    } catch let error as CodeDraft.Unacceptable {
        // What the pages call validUntil is --until here.
        let lines = error.faults.map {
            ($0.pointer.replacing("/", with: "--").replacing("validU", with: "u"), $0.words)
        }
        throw WrongArgument(
            lines[0].0,
            ([lines[0].1] + lines.dropFirst().map { "\($0): \($1)" }).joined(separator: "; ")
        )
    } catch is CodeDesk.NotFound {
        throw WrongArgument("CODE", "there is no such code")
    } catch is CodeDesk.Ended {
        throw WrongArgument("CODE", "it has been revoked; make another")
    } catch let error as SheetPrinter.Unprintable {
        throw WrongArgument("--station", "\(error.code) was made under another master key: rotate it first")
    }
}

extension CodeKind: ExpressibleByArgument {}
extension SheetLayout.Size: ExpressibleByArgument {}
extension CodeID: ExpressibleByArgument {
    /// Reads the hyphenated form.
    init?(argument: String) { self.init(argument) }
}
extension Timestamp: ExpressibleByArgument {
    /// Reads RFC 3339.
    init?(argument: String) { self.init(argument) }
}
