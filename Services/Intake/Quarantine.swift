import Contracts

/// Why something is held back, and with what.
struct Held: Sendable, Hashable {
    let flood: FloodID
    let reason: Allowance.Reason
}

/// What came together and waits for an officer (一批待核查件).
struct FloodSummary: Encodable, Sendable {
    let flood: FloodID
    let station: StationCode
    /// Which measure was full.
    let reason: String
    let count: Int
    let firstAt: Timestamp
    let lastAt: Timestamp
    /// The first of them, to judge by.
    var samples: [HeldItem]
}

/// Something that waits, with personal data masked.
struct HeldItem: Encodable, Sendable {
    let id: SuggestionID
    let title: String
    let text: String
    let receivedAt: Timestamp
}

/// What an officer decides about: one flood, or items by their ids, at their own station or at any.
struct QuarantineChoice: Sendable {
    enum Which: Sendable {
        case flood(FloodID)
        case items([SuggestionID])
    }

    /// The most ids of one request.
    static let limit = 1_000

    let which: Which
    /// The station whose items alone are the caller's; nil for all.
    let station: StationCode?

    /// One item, wherever its station is.
    init(only item: SuggestionID) { (which, station) = (.items([item]), nil) }

    /// Reads a request's choice: exactly one of the two.
    init(flood: FloodID?, items: [SuggestionID]?, station: StationCode?) throws(Submission.Unacceptable) {
        self.station = station
        switch (flood, items) {
        case (let flood?, nil): which = .flood(flood)
        case (nil, let items?):
            guard (1...Self.limit).contains(items.count) else {
                let words = "1至\(Self.limit)件 · 1 to \(Self.limit) items"
                throw Submission.Unacceptable(faults: [.init(pointer: "/items", rule: "count", words: words)])
            }
            which = .items(items)
        default:
            let words = "须指定一批或若干件之一 · one of flood and items must be given"
            throw Submission.Unacceptable(faults: [.init(pointer: "", rule: "one-of", words: words)])
        }
    }
}
