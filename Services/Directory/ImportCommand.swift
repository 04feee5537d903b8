import ArgumentParser
import Bootstrap
import Contracts
import Foundation
import Messaging
import SwiftCSV

/// `directory units …`: the units, from a file; telling them anew.
struct UnitsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "units",
        abstract: "The units: made and changed from a file, told anew.",
        subcommands: [Import.self, Tell.self]
    )

    /// For a service whose copy was lost.
    struct Tell: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tell every unit anew, as it is, to the services that keep a copy."
        )
        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                let act = Act(actor: ImportedFile.actor, authority: "units.tell")
                let count = try await Operation.perform(runtime) { _, transaction in
                    try await UnitsDesk.tellAnew(act, in: transaction)
                }
                print("\(count) units told")
            }
        }
    }

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make and change units as a CSV file says; prints a line for each of its lines.",
            discussion:
                "Columns: code, kind, name; optional: parent, category, joined_to, state. Exit status 2 when lines were refused."
        )
        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "The file: CSV in UTF-8 with a header; - for standard input.") var file: String
        @Flag(help: "Write nothing; say what would become of each line.") var dryRun = false

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                let lines = try UnitsFile.read(file)
                let outcomes = try await Operation.perform(runtime) { _, transaction in
                    try await UnitsFile.take(lines.map(\.form), isDry: dryRun, in: transaction)
                }
                try ImportedFile.report(Array(zip(lines.map(\.number), outcomes)), isDry: dryRun)
            }
        }
    }
}

/// `directory people …`: people with their roles, from a file.
struct PeopleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "people",
        abstract: "People and the roles they hold; letting them sign in.",
        subcommands: [
            Import.self, End.self, InvitationsCommand.Invite.self, InvitationsCommand.Unlock.self,
            InvitationsCommand.Link.self,
        ]
    )

    /// Ends one who has left: no sign-in, no role.
    struct End: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a person and all roles they hold; a token they have lasts minutes at most."
        )
        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "What they sign in with.") var login: String

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                let act = Act(actor: ImportedFile.actor, authority: "person.end")
                try await Operation.perform(runtime) { _, transaction in
                    guard try await PeopleDesk.end(login: login, act, in: transaction) != nil else {
                        throw WrongArgument("LOGIN", "nobody signs in with it")
                    }
                }
            }
        }
    }

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make and change people and their roles as a CSV file says; prints a line for each of its lines.",
            discussion: """
                A line is a person with one role. Columns: login, name, role, unit; optional: from, until, delegation, level, stations, \
                deputies (several in a cell separated by ;). Exit status 2 when lines were refused.
                """
        )
        @OptionGroup var options: ConfigurationOptions
        @Argument(help: "The file: CSV in UTF-8 with a header; - for standard input.") var file: String
        @Flag(help: "Write nothing; say what would become of each line.") var dryRun = false

        func run() async throws {
            try await options.perform(for: Main.self) { runtime in
                let lines = try PeopleFile.read(file)
                let outcomes = try await Operation.perform(runtime) { _, transaction in
                    try await PeopleFile.take(lines.map(\.form), isDry: dryRun, in: transaction)
                }
                try ImportedFile.report(Array(zip(lines.map(\.number), outcomes)), isDry: dryRun)
            }
        }
    }
}

/// A file of units.
enum UnitsFile {
    static func read(_ path: String) throws(WrongArgument) -> [(number: Int, form: UnitForm)] {
        let file = try ImportedFile(
            path,
            required: ["code", "kind", "name"],
            optional: ["parent", "category", "joined_to", "document_word", "state"]
        )
        return file.lines.map { line in
            let form = UnitForm(
                code: line["code"] ?? "",
                kind: line["kind"] ?? "",
                name: line["name"] ?? "",
                parent: line["parent"],
                category: line["category"],
                joinedTo: line["joined_to"],
                documentWord: line["document_word"],
                state: line["state"]
            )
            return (line.number, form)
        }
    }

    /// Takes lines; nobody else changes units meanwhile.
    static func take(_ forms: [UnitForm], isDry: Bool, in transaction: EventTransaction) async throws -> [ImportOutcome]
    {
        DirectoryStore.lockUnits(in: transaction)
        var plan = UnitsPlan(
            try await DirectoryStore.units(in: transaction),
            peopled: try await DirectoryStore.peopledUnits(in: transaction),
            at: .now
        )
        let outcomes = ImportOutcome.all(of: forms) { form throws(FieldFaults) in try plan.take(form) }
        guard !isDry else { return outcomes }
        DirectoryStore.put(plan.changes, in: transaction)
        let act = Act(actor: ImportedFile.actor, authority: "units.import")
        for unit in plan.changes {
            try transaction.publish(unit.event, about: unit.id, version: unit.version, act: act)
        }
        return outcomes
    }
}

/// A file of people with their roles.
enum PeopleFile {
    static func read(_ path: String) throws(WrongArgument) -> [(number: Int, form: HoldingForm)] {
        let file = try ImportedFile(
            path,
            required: ["login", "name", "role", "unit"],
            optional: ["from", "until", "delegation", "level", "stations", "deputies"]
        )
        return file.lines.map { line in
            let form = HoldingForm(
                login: line["login"] ?? "",
                name: line["name"] ?? "",
                role: line["role"] ?? "",
                unit: line["unit"] ?? "",
                from: line["from"],
                until: line["until"],
                delegation: line["delegation"],
                level: line["level"],
                stations: line.list("stations"),
                deputies: line.list("deputies")
            )
            return (line.number, form)
        }
    }

    /// Takes lines; nobody else changes people meanwhile.
    static func take(_ forms: [HoldingForm], isDry: Bool, in transaction: EventTransaction) async throws
        -> [ImportOutcome]
    {
        let book = try await DirectoryStore.units(in: transaction)
        var plan = PeoplePlan(
            try await DirectoryStore.allDossiers(in: transaction),
            in: book,
            at: .now,
            by: ImportedFile.actor
        )
        let outcomes = ImportOutcome.all(of: forms) { form throws(FieldFaults) in try plan.take(form) }
        guard !isDry else { return outcomes }
        try await PeopleDesk.tell(
            plan.changes,
            since: plan.before,
            Act(actor: ImportedFile.actor, authority: "people.import"),
            in: transaction
        )
        return outcomes
    }
}

/// A CSV file (RFC 4180) in UTF-8, with or without a byte order mark, whose first line names the columns.
struct ImportedFile {
    /// One line: what stands in each column, without white space around it; an empty cell is none.
    struct Line {
        /// As a spreadsheet counts: the header is 1.
        let number: Int
        fileprivate let cells: [String: String]

        subscript(column: String) -> String? { cells[column] }

        /// Several in a cell.
        func list(_ column: String) -> [String]? {
            cells[column].map { $0.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) } }
        }
    }

    static let actor = "operator:command-line"
    /// Bytes: some hundred thousand lines, all of which are in memory at once and in one transaction.
    private static let limit = 16 << 20

    let lines: [Line]

    /// - Throws: `WrongArgument` when it is no such file or a column is missing or unknown.
    init(_ path: String, required: [String], optional: [String]) throws(WrongArgument) {
        let standardInput = path == "-" ? FileHandle.standardInput.readDataToEndOfFile() : nil
        guard let data = standardInput ?? FileManager.default.contents(atPath: path) else {
            throw WrongArgument("FILE", "\(path) cannot be read")
        }
        guard data.count <= Self.limit else { throw WrongArgument("FILE", "\(path) has more than \(Self.limit) bytes") }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw WrongArgument("FILE", "\(path) is not in UTF-8")
        }
        // The parser takes the end of the file for the end of a quotation.
        guard data.count(where: { $0 == UInt8(ascii: "\"") }).isMultiple(of: 2) else {
            throw WrongArgument("FILE", "\(path): a quotation mark is not closed")
        }
        var records: [[String]] = []
        do {
            let csv = try EnumeratedCSV(string: text, delimiter: .comma, loadColumns: false, rowLimit: 0)
            try csv.enumerateAsArray(startAt: 0, rowLimit: nil) { records.append($0) }
        } catch {
            throw WrongArgument("FILE", "\(path) is no CSV: text beside a quotation")
        }
        let header = (records.first ?? []).map { $0.trimmingCharacters(in: .whitespaces) }
        let missing = required.filter { !header.contains($0) }
        guard missing.isEmpty else {
            throw WrongArgument("FILE", "columns are missing: \(missing.joined(separator: ", "))")
        }
        guard header.allSatisfy((required + optional).contains), Set(header).count == header.count else {
            throw WrongArgument(
                "FILE",
                "columns must be of \((required + optional).joined(separator: ", ")), each once"
            )
        }
        var lines: [Line] = []
        for (index, record) in records.enumerated().dropFirst() where record.contains(where: { !$0.isEmpty }) {
            guard record.count <= header.count else {
                throw WrongArgument("FILE", "line \(index + 1) has more cells than there are columns")
            }
            let cells = zip(header, record).map { ($0, $1.trimmingCharacters(in: .whitespaces)) }
            let filled = cells.filter { !$0.1.isEmpty }
            lines.append(Line(number: index + 1, cells: Dictionary(uniqueKeysWithValues: filled)))
        }
        self.lines = lines
    }

    /// Prints what became of each line and how many there are of each.
    ///
    /// - Throws: `ExitCode` 2 when some were refused.
    static func report(_ outcomes: [(number: Int, outcome: ImportOutcome)], isDry: Bool) throws {
        for (number, outcome) in outcomes { print("\(number) \(outcome)") }
        print(summary(outcomes.map(\.outcome)) + (isDry ? "; nothing written" : ""))
        if outcomes.contains(where: \.outcome.isRefused) { throw ExitCode(ConfigurationError.exitStatus) }
    }

    /// How many there are of each.
    static func summary(_ outcomes: [ImportOutcome]) -> String {
        let refused = outcomes.count(where: \.isRefused)
        let counts: [(String, Int)] = [
            ("made", outcomes.count { $0 == .made }), ("changed", outcomes.count { $0 == .changed }),
            ("same", outcomes.count { $0 == .same }), ("refused", refused),
        ]
        return counts.map { "\($0.1) \($0.0)" }.joined(separator: ", ")
    }
}
