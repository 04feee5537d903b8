/// What somebody has handed in, as Intake gives it back to them (Intake's `OwnCopy`).
struct OwnItem: Decodable, Sendable {
    struct Contact: Decodable, Sendable {
        let name: String?
        let phone: String?
    }
    struct File: Decodable, Sendable {
        let name: String
    }
    let number: String
    let station: String
    let receivedAt: String
    let title: String
    let text: String
    let analysis: String?
    let proposal: String?
    let mode: String?
    let contact: Contact?
    let attachments: [File]?
}
