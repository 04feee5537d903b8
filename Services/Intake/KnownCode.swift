import Contracts
import Foundation

/// A code as Intake knows it from what Directory has told, shown by one of its tokens.
struct KnownCode: Sendable, Hashable {
    let id: CodeID
    let station: StationCode
    /// Whose code it is.
    let deputy: PersonID?
    /// What bounds its use.
    let term: CodeTerm
}

/// The code that led to a hand-in.
enum ScannedCode: Sendable, Hashable {
    /// It came without one.
    case none
    /// Nobody has told of such a token.
    case unknown
    /// One that there is, good or not.
    case known(KnownCode)

    /// The code, where it may be used now.
    ///
    /// - Throws: the fault that it is in a submission.
    func usable(at now: Timestamp) throws(Submission.Fault) -> KnownCode? {
        switch self {
        case .none: return nil
        case .unknown: throw Self.fault("unknown", "不是有效的二维码 · is no code of ours")
        case .known(let code):
            switch code.term.state(at: now) {
            case .good: return code
            case .notYet: throw Self.fault("not-yet", "二维码尚未启用 · is not good yet")
            case .expired: throw Self.fault("expired", "二维码已过期 · has expired")
            case .revoked: throw Self.fault("revoked", "二维码已停用 · has been revoked")
            case .replaced: throw Self.fault("replaced", "二维码已更换 · has been replaced by another")
            }
        }
    }

    private static func fault(_ rule: String, _ words: String) -> Submission.Fault {
        Submission.Fault(
            pointer: "/code",
            rule: rule,
            words: "\(words)；可不带二维码、选择站点后重新提交 · hand in without it, naming the station"
        )
    }
}
