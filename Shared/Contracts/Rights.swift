/// What may be done over HTTP, action by action (权限).
///
/// Every endpoint stands under one of these, and each has its row in ``grants``: an endpoint without a right, or a right without
/// a row, does not compile. The name is also what an act records as the right it was done under.
package enum Right: String, Sendable, CaseIterable, Hashable {
    /// See an author's contact, with a reason.
    case revealContacts = "contact.reveal"
    /// See what was written before personal data in it was masked, with a reason.
    case revealTexts = "text.reveal"
    /// See the files that go with an item.
    case readAttachments = "attachment.read"
    /// Let departments see a file of an author who is not named.
    case releaseAttachments = "attachment.release"
    /// Hand in a formal suggestion in one's own name (代表建议).
    case handInFormal = "suggestion.hand-in-formal"
    /// Hand in an opinion as the observer that one is (观察员反映).
    case reportAsObserver = "suggestion.report"
    /// Hand in for somebody who has spoken or written on paper.
    case handInForAnother = "suggestion.hand-in-for-another"
    /// See what is held back as a flood.
    case readQuarantine = "quarantine.read"
    /// Release what is held back, or refuse it.
    case decideQuarantine = "quarantine.decide"
    /// See a committee's matters.
    case readMatters = "matter.read"
    /// Accept a matter and assign it.
    case acceptMatters = "matter.accept"
    /// Refuse a matter with the lawful reason.
    case refuseMatters = "matter.refuse"
    /// Give a matter's legs to others.
    case reassignMatters = "matter.reassign"
    /// See a department's legs.
    case readAssignments = "assignment.read"
    /// Sign for a leg.
    case receiveAssignments = "assignment.receive"
    /// Give a leg back.
    case returnAssignments = "assignment.return"
    /// Record a contact with the author or a deputy (面商).
    case recordContacts = "contact.record"
    /// Issue a reply.
    case issueReplies = "reply.issue"
    /// See the matters that await a verdict.
    case readAwaiting = "reply.await-verdict"
    /// See a matter with its legs and replies.
    case readHandling = "handling.read"
    /// Judge the replies.
    case evaluateReplies = "reply.evaluate"
    /// See running clocks and what was told of them.
    case readClocks = "clock.read"
    /// Let a running clock stand still or run again, grant more time, or set its end.
    case changeClocks = "clock.change"
    /// Say beside a missed end why it was missed.
    case excuseBreaches = "breach.excuse"
    /// See who has an address at which a unit's clocks are read without signing in.
    case readFeeds = "feed.read"
    /// End such an address.
    case endFeeds = "feed.end"
    /// See the figures of the screen.
    case readScreen = "screen.read"
    /// See the state of items and what has happened to each, without what was written.
    case readItems = "item.read"
    /// Read every act of a service.
    case exportActs = "act.export"
    /// See which systems have accounts.
    case readAccounts = "account.read"
    /// See the units.
    case readUnits = "unit.read"
    /// See people with the roles they hold or have asked for.
    case readPeople = "person.read"
    /// Add a person with a role.
    case registerPeople = "person.register"
    /// Confirm or refuse a role that was asked for.
    case decideRegistrations = "registration.decide"
    /// End a role.
    case endHoldings = "holding.end"
    /// Let somebody act for a holder who is away.
    case appointSubstitutes = "substitute.appoint"
    /// Invite a person to set a password.
    case invitePeople = "person.invite"
    /// Hand a person what is held of them, at their request (查阅、复制).
    case exportPeople = "person.export"
    /// Erase a person's name and all they sign in with, at their request (删除).
    case erasePeople = "person.erase"
    /// See a station's codes, how often they were scanned, and print them.
    case readCodes = "code.read"
    /// Make a code, or give it another token.
    case issueCodes = "code.issue"
    /// End a code.
    case revokeCodes = "code.revoke"
    /// Fetch messages to phones, each once, to send them.
    case sendMessages = "message.send"
}

/// How far a right goes.
package enum Scope: String, Sendable, Hashable, CaseIterable {
    /// What is the caller's by name or by office, whatever their unit: a deputy's matters (decision 0042).
    case own
    /// What belongs to the caller's unit; what is foreign is as if it were not there.
    case unit
    /// Everything.
    case all

    /// In Chinese.
    package var chinese: String {
        switch self {
        case .own: "本人"
        case .unit: "本单位"
        case .all: "全部"
        }
    }
}

extension Right {
    /// Who has it, and how far it goes with them: the table that services enforce.
    package var grants: [Role: Scope] {
        switch self {
        case .readMatters, .acceptMatters, .refuseMatters, .reassignMatters, .releaseAttachments, .revealTexts:
            [.committee: .unit]
        // A department's are the matters of which it has a leg that is not over.
        case .revealContacts: [.committee: .unit, .clerk: .unit, .signer: .unit, .department: .unit]
        case .readAttachments:
            [.committee: .unit, .clerk: .unit, .reviewer: .unit, .signer: .unit, .department: .unit]
        // Between sessions and in them a deputy's alone (代表法): whatever their level, at any station.
        case .handInFormal: [.deputy: .all]
        case .reportAsObserver: [.observer: .all]
        // An observer meets people anywhere in the district; a liaison officer sits at a station.
        case .handInForAnother: [.liaison: .unit, .observer: .all]
        case .readQuarantine, .decideQuarantine: [.liaison: .unit, .operator: .all]
        case .readAssignments: [.clerk: .unit, .reviewer: .unit, .signer: .unit, .department: .unit]
        case .receiveAssignments, .returnAssignments, .recordContacts:
            [.clerk: .unit, .signer: .unit, .department: .unit]
        // A reply is a department's word: who drafts it does not issue it.
        case .issueReplies: [.signer: .unit, .department: .unit]
        // Whose matter it is judges it; beside them the committee that answers for its handling.
        case .readAwaiting, .evaluateReplies: [.deputy: .own, .committee: .unit]
        case .readHandling:
            [
                .deputy: .own, .committee: .unit, .clerk: .unit, .reviewer: .unit, .signer: .unit, .department: .unit,
            ]
        case .readClocks:
            [
                .committee: .all, .office: .all, .director: .all, .operator: .all, .clerk: .unit, .reviewer: .unit,
                .signer: .unit, .department: .unit,
            ]
        case .changeClocks: [.committee: .unit]
        // Who answers for the department's word: a clerk drafts, and excuses nothing.
        case .excuseBreaches: [.reviewer: .unit, .signer: .unit, .department: .unit]
        // Of their own unit alone: which units lie below it Directory knows.
        case .readFeeds, .endFeeds: [.registrar: .unit, .operator: .all]
        case .readScreen:
            [
                .deputy: .all, .liaison: .all, .committee: .all, .office: .all, .clerk: .all, .reviewer: .all,
                .signer: .all, .department: .all, .director: .all, .operator: .all, .screen: .all,
            ]
        case .readItems:
            [
                .deputy: .own, .liaison: .all, .committee: .all, .office: .all, .clerk: .all, .reviewer: .all,
                .signer: .all, .department: .all, .director: .all, .operator: .all, .screen: .all,
            ]
        case .exportActs, .readAccounts: [.auditor: .all, .operator: .all]
        case .readUnits: Dictionary(uniqueKeysWithValues: Role.allCases.map { ($0, .all) })
        // A registrar's unit is their own with all units below it; so with codes.
        case .readPeople: [.registrar: .unit, .director: .all, .auditor: .all, .operator: .all]
        // Which roles is for Directory to say: an operator's are operators and registrars alone.
        case .registerPeople, .endHoldings: [.registrar: .unit, .director: .all, .operator: .all]
        // Operators make what runs; who acts in a unit's name is for its officers.
        case .decideRegistrations, .appointSubstitutes: [.registrar: .unit, .director: .all]
        case .invitePeople: [.registrar: .unit, .operator: .all]
        // A registrar for those whose roles were all below their unit; for others, and for voters without a role, operators.
        case .exportPeople, .erasePeople: [.registrar: .unit, .operator: .all]
        case .readCodes, .issueCodes, .revokeCodes: [.liaison: .unit, .registrar: .unit, .operator: .all]
        // Nobody else ever sees a voter's number, operators neither.
        case .sendMessages: [.gateway: .all]
        }
    }

    /// What it allows, in Chinese.
    package var chinese: String {
        switch self {
        case .revealContacts: "查看联系方式"
        case .revealTexts: "查看原文"
        case .readAttachments: "查看附件"
        case .releaseAttachments: "转交附件"
        case .handInFormal: "提出代表建议"
        case .reportAsObserver: "以观察员身份反映"
        case .handInForAnother: "代他人提交"
        case .readQuarantine: "查看待核查件"
        case .decideQuarantine: "处理待核查件"
        case .readMatters: "查看本工委的件"
        case .acceptMatters: "受理并交办"
        case .refuseMatters: "不予受理"
        case .reassignMatters: "改派"
        case .readAssignments: "查看承办件"
        case .receiveAssignments: "签收"
        case .returnAssignments: "退回"
        case .recordContacts: "记录面商"
        case .issueReplies: "答复"
        case .readAwaiting: "查看待评价件"
        case .readHandling: "查看办理情况"
        case .evaluateReplies: "评价答复"
        case .readClocks: "查看期限与催办"
        case .changeClocks: "变更期限"
        case .excuseBreaches: "说明逾期原因"
        case .readFeeds: "查看日历订阅"
        case .endFeeds: "停用日历订阅"
        case .readScreen: "查看一屏数据"
        case .readItems: "查看各件进度"
        case .exportActs: "导出办理记录"
        case .readAccounts: "查看服务账号"
        case .readUnits: "查看单位"
        case .readPeople: "查看人员与任职"
        case .registerPeople: "登记人员"
        case .decideRegistrations: "确认或驳回注册"
        case .endHoldings: "终止任职"
        case .appointSubstitutes: "指定代理"
        case .invitePeople: "邀请设置密码"
        case .exportPeople: "提供个人信息副本"
        case .erasePeople: "删除个人信息"
        case .readCodes: "查看与打印二维码"
        case .issueCodes: "制发与更换二维码"
        case .revokeCodes: "停用二维码"
        case .sendMessages: "发送短信"
        }
    }
}

/// The table as people read it.
package enum RightsTable {
    /// Markdown: a row a right, a column a role, in each cell how far it goes.
    package static var markdown: String {
        let roles = Role.allCases
        var lines = [
            "# Rights (权限表)", "",
            "Generated from `Shared/Contracts/Rights.swift` by `make documents`; each `openapi.yaml` names an operation's right in",
            "`x-right`. `unit` (本单位): what belongs to the caller's unit; `own` (本人): a deputy's own matters, by name or by station",
            "(`Shared/Decisions/0042`); what is foreign to either is refused or as if it were not there.",
            "`all` (全部): everything. An empty cell is refused with 403. Operations without a right are open to everyone, to",
            "whoever has an item's receipt, or to every person who has signed in, about what is their own (`x-right: anyone`,",
            "`x-right: receipt`, `x-right: person`).", "",
            "| right | " + roles.map { "\($0.rawValue) \($0.chinese)" }.joined(separator: " | ") + " |",
            "| --- |" + String(repeating: " --- |", count: roles.count),
        ]
        lines += Right.allCases.map { right in
            let cells = roles.map { right.grants[$0]?.rawValue ?? "" }
            return "| `\(right.rawValue)` \(right.chinese) | " + cells.joined(separator: " | ") + " |"
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
