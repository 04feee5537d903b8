import Bootstrap
import Calendar
import Contracts
import Foundation
import Rules

/// What Intake reads of its configuration, beside what every service does (`http`, `database`, `broker`, `log`). Keys, in
/// the section `intake`:
///
/// - `rulesFile` (text, required): the routing data, for the stations that there are until others are told.
/// - `packFile` (text, required): the rule pack, whose way of counting explains the owners' dates to authors.
/// - `receiptKey` (secret, required): 32 bytes in hexadecimal, from which receipts' secrets are derived, and the keys of floods' names
///   and of requests' digests.
/// - `contactKey` (secret, required): 32 bytes in hexadecimal, which seal contacts.
/// - `limits.pair` (number, `200`), `limits.address` (`1000`), `limits.entrance` (`3000`): what flows in an hour from one address
///   through one entrance, from one address, through one entrance; what is more is taken and held back. `limits.account` (`600`):
///   by one account. `limits.uploads` (`300`): files from one address. `limits.guesses` (`300`): receipts from one address that are
///   none.
/// - `uploads.capacity` (number of MiB, `4096`): files that nothing handed in has named yet, of all together.
/// - `retentionFile` (text, none): how long what is personal is kept (`Deploy/Rules/retention.json`): with it what is kept longer goes
///   once a day by itself; without it by `ebinda privacy retention` alone. `retentionHour` (number, `3`): from which hour of the day, in
///   Chinese time.
/// - `contactKeyRetired` (secret): the key before it, likewise, which opens what `intake contacts reseal` has not come to yet.
struct Configuration: Sendable {
    let stations: Stations
    let rule: CountingRule
    let receipts: Receipt.Maker
    let contacts: ContactSeal
    let limits: Allowance.Measures
    let floods: FloodNames
    let digests: RequestDigests
    /// How long what is personal is kept, and from which hour of the day on it is looked at; nil where only a command does.
    let retention: (rules: Retention, hour: Int)?
    /// Bytes of files that belong to nothing yet.
    let uploadCapacity: Int

    init(settings: Settings) async throws {
        stations = try await settings.file("rulesFile") { try Stations(json: $0) }
        rule = try await settings.file("packFile") { try RulePack(json: $0) }.terms.rule
        let receiptKey = try await settings.key("receiptKey")
        receipts = Receipt.Maker(key: receiptKey)
        floods = FloodNames(secret: receiptKey)
        digests = RequestDigests(secret: receiptKey)
        let (own, bounds) = (settings.scoped(to: "limits"), 0...1_000_000_000)
        var limits = Allowance.Measures()
        limits.pair = try await own.number("pair", in: bounds, default: limits.pair)
        limits.address = try await own.number("address", in: bounds, default: limits.address)
        limits.entrance = try await own.number("entrance", in: bounds, default: limits.entrance)
        limits.account = try await own.number("account", in: bounds, default: limits.account)
        limits.uploads = try await own.number("uploads", in: bounds, default: limits.uploads)
        limits.guesses = try await own.number("guesses", in: bounds, default: limits.guesses)
        self.limits = limits
        // Up to a tebibyte; 4 GiB are some ten thousand photographs.
        uploadCapacity =
            try await settings.scoped(to: "uploads").number("capacity", in: 1...1_048_576, default: 4_096) << 20
        let hour = try await settings.number("retentionHour", in: 0...23, default: 3)
        retention =
            try await settings.text("retentionFile") == nil
            ? nil : (try await settings.file("retentionFile") { try Retention(json: $0) }, hour)
        let retired = try await settings.secret("contactKeyRetired") == nil ? nil : settings.key("contactKeyRetired")
        contacts = ContactSeal(key: try await settings.key("contactKey"), retired: retired.map { [$0] } ?? [])
    }
}
