/// Something was handed in and has its receipt.
package struct SuggestionReceived: Event {
    package static let name: EventName = "suggestion.received"
    package static let owner = ServiceName.intake
    package static let summary =
        "Something was handed in and committed. Carries the text with personal data masked, and never the contact."

    /// The number on the receipt.
    package var number: String
    /// What kind it is.
    package var kind: SuggestionKind
    /// Who handed it in.
    package var submitter: Submitter
    /// One line.
    package var title: String
    /// The matter; of a formal suggestion the situation (情况).
    package var text: String
    /// Of a formal suggestion the analysis (分析).
    package var analysis: String?
    /// Of a formal suggestion the concrete proposal (具体意见).
    package var proposal: String?
    /// The station whose code was scanned.
    package var station: StationCode
    /// When it was handed in.
    package var receivedAt: Timestamp
    /// The code that was scanned; nil when it came without one.
    package var code: CodeID?
    /// The deputy whose code it was, or who has handed a formal suggestion in.
    package var deputy: PersonID?
    /// Who may know the author; nil in what was told before there were modes.
    package var mode: AuthorMode?
    /// Set when somebody else has handed it in for the author.
    package var onBehalf: OnBehalf?
    /// The files that go with it; nil when there are none.
    package var attachments: [AttachedFile]?
    /// Where who is entitled asks for the author's contact: a path of Intake's; nil when none was left, or not for those who handle it.
    package var contact: String?
    /// Of what an observer has brought without a deputy's code: the deputies fixed to that observer (定点联系代表).
    package var deputies: [PersonID]?

    /// The deputies whose matter it is by name, ``deputy`` before ``deputies``; nil where nobody is named.
    package var named: [PersonID]? { deputy.map { [$0] } ?? deputies }

    /// Creates the event.
    package init(
        number: String,
        kind: SuggestionKind,
        submitter: Submitter,
        title: String,
        text: String,
        analysis: String? = nil,
        proposal: String? = nil,
        station: StationCode,
        receivedAt: Timestamp,
        code: CodeID? = nil,
        deputy: PersonID? = nil,
        mode: AuthorMode? = nil,
        onBehalf: OnBehalf? = nil,
        attachments: [AttachedFile]? = nil,
        contact: String? = nil,
        deputies: [PersonID]? = nil
    ) {
        self.number = number
        self.kind = kind
        self.submitter = submitter
        self.title = title
        self.text = text
        self.analysis = analysis
        self.proposal = proposal
        self.station = station
        self.receivedAt = receivedAt
        self.code = code
        (self.deputy, self.deputies) = (deputy, deputies)
        (self.mode, self.onBehalf, self.attachments, self.contact) = (mode, onBehalf, attachments, contact)
    }
}

/// Somebody has looked at the author's contact (查看联系方式).
package struct ContactRevealed: Event {
    package static let name: EventName = "contact.revealed"
    package static let owner = ServiceName.intake
    package static let summary =
        "Somebody entitled has looked at the author's contact; who and why stands in the act. Carries no contact."

    /// The number on the receipt.
    package var number: String
    /// When.
    package var revealedAt: Timestamp

    /// Creates the event.
    package init(number: String, revealedAt: Timestamp) {
        self.number = number
        self.revealedAt = revealedAt
    }
}

/// An officer has looked at what was written before it was masked (查看原文).
package struct TextRevealed: Event {
    package static let name: EventName = "text.revealed"
    package static let owner = ServiceName.intake
    package static let summary =
        "Somebody entitled has looked at an item's words with the personal data in them; who and why stands in the act. Carries no words."

    /// The number on the receipt.
    package var number: String
    /// When.
    package var revealedAt: Timestamp

    /// Creates the event.
    package init(number: String, revealedAt: Timestamp) {
        self.number = number
        self.revealedAt = revealedAt
    }
}

/// A committee has taken the matter on (受理).
package struct SuggestionAccepted: Event {
    package static let name: EventName = "suggestion.accepted"
    package static let owner = ServiceName.routing
    package static let summary = "A committee has accepted the matter; the assignment follows."

    /// The number on the receipt.
    package var number: String
    /// The committee that answers for the handling.
    package var committee: CommitteeCode
    /// The subject category.
    package var category: CategoryCode
    /// When.
    package var acceptedAt: Timestamp

    /// Creates the event.
    package init(number: String, committee: CommitteeCode, category: CategoryCode, acceptedAt: Timestamp) {
        self.number = number
        self.committee = committee
        self.category = category
        self.acceptedAt = acceptedAt
    }
}

/// The matter is not for this congress, with the lawful reason and where to go instead (不予受理).
package struct SuggestionRefused: Event {
    package static let name: EventName = "suggestion.refused"
    package static let owner = ServiceName.routing
    package static let summary = "The matter is refused; says why, under which rule, and where to go instead."

    /// The number on the receipt.
    package var number: String
    /// The rule's code for the reason.
    package var reason: String
    /// The reason in words for the author.
    package var explanation: String
    /// The article or rule it rests on.
    package var basis: String
    /// Who can help instead.
    package var whereToGo: String
    /// When.
    package var refusedAt: Timestamp

    /// Creates the event.
    package init(
        number: String,
        reason: String,
        explanation: String,
        basis: String,
        whereToGo: String,
        refusedAt: Timestamp
    ) {
        self.number = number
        self.reason = reason
        self.explanation = explanation
        self.basis = basis
        self.whereToGo = whereToGo
        self.refusedAt = refusedAt
    }
}

/// One department's share of handling: a leg (承办件).
package struct Leg: Codable, Sendable, Hashable {
    /// Its id.
    package var assignment: AssignmentID
    /// Who handles it.
    package var department: DepartmentCode
    /// Its part.
    package var role: AssignmentRole
    /// Its period.
    package var clock: Clock

    /// Creates a leg.
    package init(assignment: AssignmentID, department: DepartmentCode, role: AssignmentRole, clock: Clock) {
        self.assignment = assignment
        self.department = department
        self.role = role
        self.clock = clock
    }
}

/// Departments have been given the matter (交办), at first or anew after a return.
package struct SuggestionAssigned: Event {
    package static let name: EventName = "suggestion.assigned"
    package static let owner = ServiceName.routing
    package static let summary =
        "New legs, each with its clock, and legs that end here; carries everything a department needs but the contact."

    /// The number on the receipt.
    package var number: String
    /// What kind it is.
    package var kind: SuggestionKind
    /// One line.
    package var title: String
    /// The matter.
    package var text: String
    /// The concrete proposal of a formal suggestion.
    package var proposal: String?
    /// The committee that answers for the handling.
    package var committee: CommitteeCode
    /// The legs that begin.
    package var legs: [Leg]
    /// The legs that end without a reply, because others take over.
    package var withdrawn: [AssignmentID]
    /// Why these departments: the rule and the words that matched, or what the officer wrote.
    package var reason: String
    /// When.
    package var assignedAt: Timestamp
    /// The files that go with it; nil when there are none.
    package var attachments: [AttachedFile]?
    /// Where departments ask for the author's contact; nil when there is none for them.
    package var contact: String?
    /// The station that it was handed in at; nil in what was told before matters had their deputies.
    package var station: StationCode?
    /// The deputies whose matter it is by name; nil where nobody is named, and the station's deputies have it.
    package var deputies: [PersonID]?

    /// Creates the event.
    package init(
        number: String,
        kind: SuggestionKind,
        title: String,
        text: String,
        proposal: String? = nil,
        committee: CommitteeCode,
        legs: [Leg],
        withdrawn: [AssignmentID] = [],
        reason: String,
        assignedAt: Timestamp,
        attachments: [AttachedFile]? = nil,
        contact: String? = nil,
        station: StationCode? = nil,
        deputies: [PersonID]? = nil
    ) {
        self.number = number
        self.kind = kind
        self.title = title
        self.text = text
        self.proposal = proposal
        self.committee = committee
        self.legs = legs
        self.withdrawn = withdrawn
        self.reason = reason
        self.assignedAt = assignedAt
        (self.attachments, self.contact) = (attachments, contact)
        (self.station, self.deputies) = (station, deputies)
    }
}
