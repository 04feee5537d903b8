import Bootstrap
import Contracts
import Foundation
import Rules

/// What Intake reads of its configuration, beside what every service does (`http`, `database`, `broker`, `log`). Keys, in
/// the section `intake`:
///
/// - `rulesFile` (text, required): the routing data, for the stations that exist.
/// - `receiptKey` (secret, required): 32 bytes in hexadecimal, from which receipts' secrets are derived.
/// - `contactKey` (secret, required): 32 bytes in hexadecimal, which seal contacts.
/// - `contactKeyRetired` (secret): the key before it, likewise, which opens what `intake contacts reseal` has not come to yet.
struct Configuration: Sendable {
    let stations: Stations
    let receipts: Receipt.Maker
    let contacts: ContactSeal

    init(settings: Settings) async throws {
        stations = try await settings.file("rulesFile") { try Stations(json: $0) }
        receipts = Receipt.Maker(key: try await settings.key("receiptKey"))
        let retired = try await settings.secret("contactKeyRetired") == nil ? nil : settings.key("contactKeyRetired")
        contacts = ContactSeal(key: try await settings.key("contactKey"), retired: retired.map { [$0] } ?? [])
    }
}
