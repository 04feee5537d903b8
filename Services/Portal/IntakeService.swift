import Bootstrap
import Foundation
import NIOCore

/// Intake as the pages use it.
struct IntakeService: Sendable {
    let neighbour: Neighbour

    /// What is handed in; members that were not given are left out.
    struct Submission: Encodable, Sendable {
        struct Contact: Encodable, Sendable {
            var name: String?
            var phone: String?
        }
        struct OnBehalf: Encodable, Sendable {
            let manner: String
        }
        let kind = "opinion"
        var submitter: String?
        var station: String
        var title: String
        var text: String
        var contact: Contact?
        var mode: String?
        var code: String?
        var onBehalf: OnBehalf?
        var attachments: [Photo]?

        enum CodingKeys: CodingKey {
            case kind, submitter, station, title, text, contact, mode, code, onBehalf, attachments
        }
    }

    /// A photo that Intake has taken.
    struct Photo: Codable, Sendable, Hashable {
        let id: String
        let secret: String
    }

    /// What somebody takes home.
    struct Receipt: Codable, Sendable, Hashable {
        let number: String
        let secret: String
    }

    /// Hands in, for oneself or for somebody else.
    ///
    /// - Parameters:
    ///   - key: under which the same may be sent again.
    ///   - token: of a person who has signed in.
    ///   - address: of the browser, for Intake's limits.
    func submit(
        _ submission: Submission,
        key: String,
        token: String?,
        address: String?
    ) async throws -> Neighbour.Answer {
        try await neighbour.send(
            "POST",
            Self.address(of: submission),
            token: token,
            headers: [("Idempotency-Key", key)] + Self.forwarded(address),
            json: submission
        )
    }

    /// Uploads one photo.
    func attach(_ file: Form.File, address: String?) async throws -> Neighbour.Answer {
        try await neighbour.send(
            "POST",
            "/v1/attachments",
            token: nil,
            headers: [("Content-Type", Self.type(of: file))] + Self.forwarded(address),
            bytes: ByteBuffer(bytes: file.bytes),
            // Ten megabytes, looked at and made anew by a child process.
            within: max(neighbour.deadline, .seconds(30))
        )
    }

    /// Where an item stands, for who has its receipt.
    func status(number: String, secret: String, address: String?) async throws -> Neighbour.Answer {
        try await neighbour.send(
            "GET",
            "/v1/suggestions/\(Percent.encoded(number))",
            headers: [("Receipt-Secret", secret)] + Self.forwarded(address)
        )
    }

    /// What somebody has handed in, for who has its receipt.
    func copy(number: String, secret: String, address: String?) async throws -> Neighbour.Answer {
        try await neighbour.send(
            "GET",
            "/v1/suggestions/\(Percent.encoded(number))/copy",
            headers: [("Receipt-Secret", secret)] + Self.forwarded(address)
        )
    }

    /// Erases it.
    func erase(number: String, secret: String, address: String?) async throws -> Neighbour.Answer {
        try await neighbour.send(
            "POST",
            "/v1/suggestions/\(Percent.encoded(number))/erasure",
            headers: [("Receipt-Secret", secret)] + Self.forwarded(address)
        )
    }

    /// Whoever hands in in a role of theirs has an address for it, where the token says who they are.
    private static func address(of submission: Submission) -> String {
        if submission.onBehalf != nil { return "/v1/suggestions/on-behalf" }
        return submission.submitter == nil ? "/v1/suggestions" : "/v1/suggestions/report"
    }

    /// What a browser says of a file, if it can stand in a header; Intake looks at the bytes anyway.
    private static func type(of file: Form.File) -> String {
        file.contentType.wholeMatch(of: /[a-z]+\/[a-z0-9.+-]+/) == nil ? "application/octet-stream" : file.contentType
    }

    private static func forwarded(_ address: String?) -> [(String, String)] {
        address.map { [("X-Forwarded-For", $0)] } ?? []
    }
}

/// An item as its author sees it (Intake's `Status`).
struct ItemStatus: Decodable, Sendable {
    struct Refusal: Decodable, Sendable {
        let explanation: String
        let basis: String
        let whereToGo: String
    }
    struct Clock: Decodable, Sendable {
        let dueAt: String
        let basis: String
        /// Set while it rests on a year without a notice of days off.
        let provisional: Bool?
        let pauses: [Pause]?
        let fixed: Fixed?

        /// A stretch in which it does not run; one without an end lasts.
        struct Pause: Decodable, Sendable {
            let until: String?
        }
        /// Set when its end was set by hand.
        struct Fixed: Decodable, Sendable {
            let dueAt: String
        }

        /// Whether it stands still.
        var isPaused: Bool { fixed == nil && (pauses ?? []).contains { $0.until == nil } }
    }
    struct Leg: Decodable, Sendable {
        let department: String
        let role: String
        let round: Int
        let clock: Clock
        let state: String
        let outcome: String?
        let reply: String?
        let repliedAt: String?
        let documentNumber: String?
        let reasons: [Reason]?
    }
    /// Why an answer is due when it is, in both languages.
    struct Reason: Decodable, Sendable {
        let zh: String
        let en: String
    }
    struct Line: Decodable, Sendable {
        let event: String
        let at: String
    }
    let number: String
    let title: String
    let station: String
    let receivedAt: String
    let state: String
    let committee: String?
    let refusal: Refusal?
    let legs: [Leg]
    let outcome: String?
    let history: [Line]
}
