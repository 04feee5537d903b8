import Contracts
import Foundation
import Rules

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
    struct Fault: Error, Sendable, Hashable {
        /// JSON pointer to the field.
        let pointer: String
        /// The rule's code.
        let rule: String
        /// In words, Chinese first.
        let words: String

        init(pointer: String, rule: String, words: String) {
            (self.pointer, self.rule, self.words) = (pointer, rule, words)
        }

        init(_ pointer: String, _ breach: TextRule.Breach) {
            self.init(pointer: pointer, rule: breach.rule, words: breach.words)
        }
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
    private static let prose = TextRule(limit: textLimit)

    let kind: SuggestionKind
    let submitter: Submitter
    let station: StationCode
    let title: String
    let text: String
    let analysis: String?
    let proposal: String?
    let contact: Contact?
    /// The code that was scanned.
    let code: KnownCode?
    /// The deputy whose matter it is by name: whose code it was, or who hands a formal suggestion in.
    var deputy: PersonID?
    /// Of what an observer brings without a deputy's code: the deputies fixed to them; nil where there are none.
    var deputies: [PersonID]?
    let mode: AuthorMode
    let onBehalf: OnBehalf?
    let attachments: [AttachmentClaim]

    /// Checks every field and says of each what is wrong.
    ///
    /// - Parameters:
    ///   - station: nil to take that of the code.
    ///   - scanned: the code that led to it.
    ///   - standing: whether something can be handed in at a station.
    init(
        kind: SuggestionKind,
        submitter: Submitter,
        station: String?,
        title: String,
        text: String,
        analysis: String? = nil,
        proposal: String? = nil,
        contact: Contact? = nil,
        scanned: ScannedCode = .none,
        at now: Timestamp = .now,
        mode: AuthorMode? = nil,
        onBehalf: OnBehalf? = nil,
        attachments: [AttachmentClaim] = [],
        standing: (StationCode) -> Stations.Standing
    ) throws(Unacceptable) {
        var faults: [Fault] = []
        func checked(_ value: String?, _ pointer: String, _ rule: TextRule, isRequired: Bool = true) -> String? {
            guard let value else {
                if isRequired { faults.append(Fault(pointer, TextRule.missing)) }
                return nil
            }
            let (text, breaches) = rule.read(value)
            faults += breaches.map { Fault(pointer, $0) }
            return text
        }
        self.title = checked(title, "/title", TextRule(limit: Self.titleLimit, isOneLine: true)) ?? ""
        self.text = checked(text, "/text", Self.prose) ?? ""
        let isFormal = kind == .formal
        self.analysis = checked(analysis, "/analysis", Self.prose, isRequired: isFormal)
        self.proposal = checked(proposal, "/proposal", Self.prose, isRequired: isFormal)
        if isFormal, submitter != .deputy {
            faults.append(
                Fault(
                    pointer: "/submitter",
                    rule: "deputy-only",
                    words: "代表建议只能由代表提出 · a formal suggestion is a deputy's"
                )
            )
        }
        (self.station, self.code) = Self.place(station, scanned, at: now, standing, &faults)
        deputy = code?.deputy
        self.contact = Self.reachable(contact, &faults)
        // A deputy answers for a formal suggestion by name, whether or not a telephone number stands beside it.
        self.mode = mode ?? (isFormal || self.contact != nil ? .named : .anonymous)
        faults += Self.faults(of: self.mode, contact, isFormal: isFormal)
        self.onBehalf = onBehalf
        self.attachments = attachments
        faults += AttachmentClaim.faults(attachments)
        self.kind = kind
        self.submitter = submitter
        guard faults.isEmpty else { throw Unacceptable(faults: faults) }
    }

    /// Where it belongs: to the station of the code, which a station that is named beside it must not contradict.
    private static func place(
        _ station: String?,
        _ scanned: ScannedCode,
        at now: Timestamp,
        _ standing: (StationCode) -> Stations.Standing,
        _ faults: inout [Fault]
    ) -> (StationCode, KnownCode?) {
        var code: KnownCode?
        do {
            code = try scanned.usable(at: now)
        } catch {
            faults.append(error)
            // Its fault is enough where nothing else is named.
            if station == nil { return (StationCode(rawValue: ""), nil) }
        }
        // A choice that nobody has made is sent as an empty text.
        guard let name = station.flatMap({ $0.isEmpty ? nil : $0 }) ?? code?.station.rawValue else {
            faults.append(Fault("/station", TextRule.missing))
            return (StationCode(rawValue: ""), code)
        }
        guard let named = StationCode(name) else {
            faults.append(.unknownStation)
            return (StationCode(rawValue: ""), code)
        }
        switch standing(named) {
        case .open: break
        // A code may be of a station of which nobody has told yet.
        case .unknown where named == code?.station: break
        case .unknown:
            faults.append(.unknownStation)
            return (StationCode(rawValue: ""), code)
        case .closed(let instead):
            // Without a station beside it, it is the code that leads there.
            faults.append(.closed(instead, pointer: station == nil ? "/code" : "/station"))
        }
        if let code, code.station != named {
            faults.append(
                Fault(pointer: "/station", rule: "mismatch", words: "与二维码所属的站点不符 · is not the station of the code")
            )
        }
        return (named, code)
    }

    /// Who is named or confidential has left something to be known by; who is anonymous has not.
    private static func faults(of mode: AuthorMode, _ contact: Contact?, isFormal: Bool) -> [Fault] {
        switch mode {
        case .anonymous where isFormal:
            return [
                Fault(
                    pointer: "/mode",
                    rule: "named-only",
                    words: "代表建议须署名 · a formal suggestion is not anonymous"
                )
            ]
        case .anonymous:
            return [(contact?.name, "name"), (contact?.phone, "phone")].compactMap { value, member in
                value.map { _ in
                    Fault(
                        pointer: "/contact/\(member)",
                        rule: "anonymous",
                        words: "匿名提交不能留联系方式 · must not be given in anonymous mode"
                    )
                }
            }
        case .named, .confidential:
            guard contact?.name == nil, contact?.phone == nil, !isFormal else { return [] }
            return [
                Fault(pointer: "/contact", rule: "required", words: "实名或保密提交须留姓名或电话 · must be given in this mode")
            ]
        }
    }

    private static func reachable(_ contact: Contact?, _ faults: inout [Fault]) -> Contact? {
        guard let contact else { return nil }
        if let name = contact.name {
            let breaches = TextRule(limit: contactLimit, isOneLine: true).read(name).breaches
            faults += breaches.map { Fault("/contact/name", $0) }
        }
        if let phone = contact.phone, !isPhone(phone) {
            faults.append(
                Fault(pointer: "/contact/phone", rule: "phone", words: "不是电话号码 · must be a telephone number")
            )
        }
        return contact.name == nil && contact.phone == nil ? nil : contact
    }

    /// Mainland mobiles and land lines, with or without country and area code.
    ///
    /// Perhaps a plus, a digit, then 5 to 19 more digits, spaces and hyphens; by bytes, because every hand-in comes by here.
    private static func isPhone(_ text: String) -> Bool {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let bytes = text.utf8.first == UInt8(ascii: "+") ? text.utf8.dropFirst() : text.utf8[...]
        guard let first = bytes.first, digits.contains(first), (6...20).contains(bytes.count) else { return false }
        return bytes.allSatisfy { digits.contains($0) || $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "-") }
    }
}

extension Submission.Fault {
    fileprivate static let unknownStation = Self(
        pointer: "/station",
        rule: "unknown",
        words: "没有这个站点 · there is no such station"
    )

    /// A station that has ended, and where one can turn to.
    fileprivate static func closed(_ instead: Stations.Entrance?, pointer: String) -> Self {
        guard let instead else {
            return Self(
                pointer: pointer,
                rule: "closed",
                words: "该站点已撤销，请选择其他站点 · has closed; please choose another station"
            )
        }
        return Self(
            pointer: pointer,
            rule: "closed",
            words:
                "该站点已撤销，请改选\(instead.name)（\(instead.code)） · has closed; please choose \(instead.english) (\(instead.code))"
        )
    }
}
