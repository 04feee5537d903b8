/// Why a page cannot be what was asked for; each has its own words and its own way on.
enum Trouble: Error, Sendable, Hashable {
    /// There is no such page, or nothing that this person may know of.
    case notFound
    /// There is a page, but not for this method.
    case wrongMethod
    /// A service behind the pages does not answer.
    case away
    /// Too many requests; come back later.
    case crowded
    /// The form was not made by this browser's page, or comes from another site.
    case forged
    /// The form is larger than the page takes.
    case tooLarge
    /// The form did not arrive in time.
    case tooSlow
    /// The form cannot be read.
    case malformed
    /// Signed in, but not entitled.
    case forbidden
    /// Signed in, but the role that was chosen cannot be acted in.
    case otherRole
    /// Not signed in, or no longer.
    case signedOut
    /// Our own fault.
    case broken

    /// The HTTP status.
    var status: Int {
        switch self {
        case .notFound: 404
        case .wrongMethod: 405
        case .away: 503
        case .crowded: 429
        case .forged, .forbidden, .otherRole: 403
        case .tooLarge: 413
        case .tooSlow: 408
        case .malformed: 400
        case .signedOut: 401
        case .broken: 500
        }
    }

    /// The catalogue's keys of what is said: a title and a text.
    var words: (title: String, text: String) {
        switch self {
        case .notFound, .wrongMethod: ("troubleNotFoundTitle", "troubleNotFoundText")
        case .away: ("troubleAwayTitle", "troubleAwayText")
        case .crowded: ("troubleCrowdedTitle", "troubleCrowdedText")
        case .forged: ("troubleForgedTitle", "troubleForgedText")
        case .tooLarge: ("troubleTooLargeTitle", "troubleTooLargeText")
        case .tooSlow: ("troubleTooSlowTitle", "troubleTooSlowText")
        case .malformed: ("troubleMalformedTitle", "troubleMalformedText")
        case .forbidden: ("troubleForbiddenTitle", "troubleForbiddenText")
        case .otherRole: ("troubleOtherRoleTitle", "troubleOtherRoleText")
        case .signedOut: ("troubleSignedOutTitle", "troubleSignedOutText")
        case .broken: ("troubleBrokenTitle", "troubleBrokenText")
        }
    }
}
