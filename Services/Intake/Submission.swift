import Contracts
import Foundation

/// What somebody hands in, checked: a value of this type is acceptable in every field.
struct Submission: Sendable, Hashable {
    /// How the author can be reached; never leaves this service.
    struct Contact: Codable, Sendable, Hashable {
        /// Optional: an opinion may be anonymous.
        var name: String?
        /// Digits, spaces, `+` and `-`.
        var phone: String?
    }

    /// One field that is not as it must be.
    struct Fault: Sendable, Hashable {
        /// JSON pointer to the field.
        let pointer: String
        /// The rule's code.
        let rule: String
        /// In words, Chinese first.
        let words: String
    }

    /// All faults of a submission at once.
    struct Unacceptable: Error, Sendable, Hashable {
        let faults: [Fault]
    }

    /// Characters of a title: one line on a phone and in a list.
    static let titleLimit = 60
    /// Characters of each text: some ten pages, more than any real one has.
    static let textLimit = 10_000
    /// Characters of a contact's fields.
    static let contactLimit = 40

    let kind: SuggestionKind
    let submitter: Submitter
    let station: StationCode
    let title: String
    let text: String
    let analysis: String?
    let proposal: String?
    let contact: Contact?

    /// Checks every field and says of each what is wrong.
    ///
    /// - Parameter isKnown: whether there is such a station.
    init(
        kind: SuggestionKind,
        submitter: Submitter,
        station: String,
        title: String,
        text: String,
        analysis: String? = nil,
        proposal: String? = nil,
        contact: Contact? = nil,
        isKnown: (StationCode) -> Bool
    ) throws(Unacceptable) {
        var faults: [Fault] = []
        func text(_ value: String?, _ pointer: String, limit: Int, isRequired: Bool = true, lines: Bool = true) -> String? {
            guard let value else {
                if isRequired { faults.append(Fault(pointer: pointer, rule: "required", words: "必填 · must be given")) }
                return nil
            }
            let trimmed = value.trimmingCharacters(in: .whitespacesAndNewlines)
            if trimmed.isEmpty {
                faults.append(Fault(pointer: pointer, rule: "length", words: "不能为空 · must not be empty"))
            } else if trimmed.count > limit {
                faults.append(
                    Fault(pointer: pointer, rule: "length", words: "最多\(limit)字 · at most \(limit) characters")
                )
            }
            // The database takes no U+0000, and no other control character has a meaning in a text.
            if trimmed.unicodeScalars.contains(where: {
                $0.properties.generalCategory == .control && !(lines && ($0 == "\n" || $0 == "\r" || $0 == "\t"))
            }) {
                faults.append(
                    Fault(pointer: pointer, rule: "characters", words: "含有控制字符 · must have no control characters")
                )
            }
            return trimmed
        }
        self.title = text(title, "/title", limit: Self.titleLimit, lines: false) ?? ""
        self.text = text(text, "/text", limit: Self.textLimit) ?? ""
        let isFormal = kind == .formal
        self.analysis = text(analysis, "/analysis", limit: Self.textLimit, isRequired: isFormal)
        self.proposal = text(proposal, "/proposal", limit: Self.textLimit, isRequired: isFormal)
        if isFormal, submitter != .deputy {
            faults.append(
                Fault(
                    pointer: "/submitter",
                    rule: "deputy-only",
                    words: "代表建议只能由代表提出 · a formal suggestion is a deputy's"
                )
            )
        }
        if let code = StationCode(station), isKnown(code) {
            self.station = code
        } else {
            self.station = StationCode(rawValue: "")
            faults.append(Fault(pointer: "/station", rule: "unknown", words: "没有这个站点 · there is no such station"))
        }
        self.contact = Self.checked(contact, &faults)
        self.kind = kind
        self.submitter = submitter
        guard faults.isEmpty else { throw Unacceptable(faults: faults) }
    }

    private static func checked(_ contact: Contact?, _ faults: inout [Fault]) -> Contact? {
        guard let contact else { return nil }
        if let name = contact.name, !(1...contactLimit).contains(name.count) {
            faults.append(
                Fault(
                    pointer: "/contact/name",
                    rule: "length",
                    words: "1至\(contactLimit)字 · 1 to \(contactLimit) characters"
                )
            )
        }
        // Mainland mobiles and land lines, with or without country and area code.
        if let phone = contact.phone, phone.wholeMatch(of: /\+?[0-9][0-9 \-]{5,19}/) == nil {
            faults.append(
                Fault(pointer: "/contact/phone", rule: "phone", words: "不是电话号码 · must be a telephone number")
            )
        }
        return contact.name == nil && contact.phone == nil ? nil : contact
    }
}
