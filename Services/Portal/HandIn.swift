/// What somebody is writing, as their form holds it: nothing typed is lost when it comes back.
struct HandIn: Sendable, Hashable {
    /// How the author wants to be known to those who handle it.
    enum Mode: String, Sendable, CaseIterable {
        case named, confidential, anonymous
    }

    /// Of what somebody hands in for another.
    enum Manner: String, Sendable, CaseIterable {
        case spoken, paper
    }

    /// A field of the form, by the name that it has there and in the form's order; what is wrong is said beside it.
    enum Field: String, Sendable, CaseIterable {
        case station, title, text, mode, name, phone, manner, photos

        /// The field that a pointer of Intake's problem is about; nil for what has none, such as the code.
        init?(pointer: String) {
            switch pointer.split(separator: "/").map(String.init).prefix(2) {
            case ["station"]: self = .station
            case ["title"]: self = .title
            case ["text"]: self = .text
            case ["mode"]: self = .mode
            case ["contact", "name"], ["contact"]: self = .name
            case ["contact", "phone"]: self = .phone
            case let path where path.first == "attachments": self = .photos
            case let path where path.first == "onBehalf": self = .manner
            default: return nil
            }
        }
    }

    /// Photos an item may have.
    static let photoLimit = 9

    var station = ""
    var title = ""
    var text = ""
    var mode = Mode.confidential
    var name = ""
    var phone = ""
    var manner: Manner?
    /// The token of the code that led here.
    var code: String?
    /// Under which it is handed in, however often it is sent.
    var key: String
    /// Photos that Intake has already.
    var photos: [IntakeService.Photo] = []

    /// An empty one.
    init(station: String = "", code: String? = nil, key: String) {
        (self.station, self.code, self.key) = (station, code, key)
    }

    /// What came back; what cannot be one of ours is as if it were not there.
    init(form: Form, photos: [IntakeService.Photo]) {
        station = form["station"]
        title = form["title"]
        text = form["text"]
        mode = Mode(rawValue: form["mode"]) ?? .confidential
        name = form["name"]
        phone = form["phone"]
        manner = Manner(rawValue: form["manner"])
        code = form.given("code").flatMap { EntranceToken.isOne($0) ? $0 : nil }
        key = form["key"]
        self.photos = photos
    }

    /// As Intake wants it.
    ///
    /// An anonymous one takes no contact along, even if one was typed.
    ///
    /// - Parameter role: in which a person who has signed in acts.
    func submission(role: String?) -> IntakeService.Submission {
        func given(_ text: String) -> String? { text.isEmpty ? nil : text }
        let leavesContact = !(name.isEmpty && phone.isEmpty)
        let isReachable = mode != .anonymous && leavesContact
        let mayStandIn = role == "liaison" || role == "observer"
        let manner = mayStandIn ? manner : nil
        return IntakeService.Submission(
            submitter: role == "observer" && manner == nil ? "observer" : nil,
            station: station,
            title: title,
            text: text,
            contact: isReachable ? .init(name: given(name), phone: given(phone)) : nil,
            mode: (mode == .confidential && !leavesContact ? .anonymous : mode).rawValue,
            code: code,
            onBehalf: manner.map { .init(manner: $0.rawValue) },
            attachments: photos.isEmpty ? nil : photos
        )
    }
}

/// The token of a code (二维码) as it stands in an address.
enum EntranceToken {
    /// Letters of an address, at most 200: anything else is not asked about.
    static func isOne(_ text: String) -> Bool { text.wholeMatch(of: /[A-Za-z0-9._~-]{1,200}/) != nil }
}
