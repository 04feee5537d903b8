import ArgumentParser
import Bootstrap
import Contracts
import Foundation

/// `ebinda seed`: tokens for every unit of the routing data, as long as people do not sign in themselves.
///
/// Each token is made once; a second run changes nothing. The services read the one file of hashes.
struct Seed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make a token for every unit that has none yet.")

    @OptionGroup var options: Options

    @Option(help: "The routing data: committees and departments.")
    var rules: String

    @Option(help: "The folder that gets a file with each unit's token.")
    var tokens: String

    @Option(help: "The file of hashes that the services read (EBINDA_TOKENS_FILE).")
    var hashes: String

    private struct Units: Decodable {
        struct Unit: Decodable { let code: String }
        let committees: [Unit]
        let departments: [Unit]
    }

    private struct Holder: Encodable {
        let unit: String
        let role: String
    }

    func run() async throws {
        try await options.perform { _ in
            // Nobody else reads any of it, not even while it is being written.
            umask(0o077)
            let units = try units()
            let holders =
                units.committees.map { Holder(unit: $0.code, role: "committee") }
                + units.departments.map { Holder(unit: $0.code, role: "department") }
                + ["deputy", "operator", "screen"].map { Holder(unit: $0, role: $0) }
            do {
                try FileManager.default.createDirectory(atPath: tokens, withIntermediateDirectories: true)
            } catch {
                throw WrongArgument("--tokens", "\(tokens) is no folder and cannot be made")
            }
            var hashed: [String: Holder] = [:]
            var made = 0
            for holder in holders {
                let (token, isNew) = try token(of: holder.unit)
                hashed[BearerTokens.hash(token)] = holder
                made += isNew ? 1 : 0
            }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
            try write(try encoder.encode(hashed), to: hashes, "--hashes")
            print("\(holders.count) units have a token, \(made) of them new")
        }
    }

    private func units() throws(WrongArgument) -> Units {
        guard let data = FileManager.default.contents(atPath: rules) else {
            throw WrongArgument("--rules", "\(rules) cannot be read")
        }
        do {
            return try JSONDecoder().decode(Units.self, from: data)
        } catch {
            throw WrongArgument("--rules", "\(rules) is no routing data with committees and departments")
        }
    }

    private func token(of unit: String) throws -> (token: String, isNew: Bool) {
        let path = tokens + "/" + unit
        if let text = try? String(contentsOfFile: path, encoding: .utf8) {
            return (text.trimmingCharacters(in: .newlines), false)
        }
        // 24 random bytes: nobody can try out 192 bits.
        let token = (0..<24).map { _ in
            let byte = UInt8.random(in: .min ... .max)
            return String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
        try write(Data((token + "\n").utf8), to: path, "--tokens")
        return (token, true)
    }

    /// There as a whole or not at all.
    private func write(_ data: Data, to path: String, _ option: String) throws {
        do {
            try data.write(to: URL(fileURLWithPath: path), options: .atomic)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        } catch {
            throw WrongArgument(option, "\(path) cannot be written")
        }
    }
}
