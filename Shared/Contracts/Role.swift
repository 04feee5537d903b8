/// In what capacity somebody acts (角色).
///
/// A person has one or more, each in a unit and for a term; a system has one.
package enum Role: String, Listed, Comparable {
    /// A voter with an account of their own (选民); most have none and need none.
    case voter
    /// Reports for a grid or a building to the deputies fixed to them (民情观察员).
    case observer
    /// A people's deputy (人大代表).
    case deputy
    /// Runs a station's inbox (联络员).
    case liaison
    /// An officer of a working committee (工委干部).
    case committee
    /// The government office that hands over and coordinates (政府办).
    case office
    /// Handles a matter in a department (承办人).
    case clerk
    /// Checks a reply before it is signed (审核人).
    case reviewer
    /// Signs and issues a reply for the department (签发人).
    case signer
    /// A department's own system, on our pages' interfaces or over its queue (承办单位系统).
    case department
    /// The deputy director who sees escalations and the ranking (分管副主任).
    case director
    /// Confirms the people of a unit (本单位人员管理员).
    case registrar
    /// Looks for what was done by whom (审计员).
    case auditor
    /// Deploys, watches, replays (运维).
    case `operator`
    /// A screen or another system that polls figures (大屏).
    case screen
    /// A system that brings short messages to phones (短信网关).
    case gateway

    /// In Chinese, for pages and documents.
    package var chinese: String {
        switch self {
        case .voter: "选民"
        case .observer: "民情观察员"
        case .deputy: "人大代表"
        case .liaison: "联络员"
        case .committee: "工委干部"
        case .office: "政府办"
        case .clerk: "承办人"
        case .reviewer: "审核人"
        case .signer: "签发人"
        case .department: "承办单位系统"
        case .director: "分管副主任"
        case .registrar: "人员管理员"
        case .auditor: "审计员"
        case .operator: "运维"
        case .screen: "大屏"
        case .gateway: "短信网关"
        }
    }

    /// In the order of their declaration, as the table is printed.
    package static func < (first: Self, second: Self) -> Bool {
        (allCases.firstIndex(of: first) ?? 0) < (allCases.firstIndex(of: second) ?? 0)
    }
}
