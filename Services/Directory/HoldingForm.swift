import Calendar
import Contracts
import Foundation

/// A person with a role, as somebody wants it to be: from a form over HTTP or from a line of a file, as it was written.
struct HoldingForm: Sendable, Hashable, Codable {
    var login: String
    var name: String
    var role: String
    var unit: String
    /// Today when nil.
    var from: String?
    /// Until it is ended when nil.
    var until: String?
    /// Of a deputy.
    var delegation: String?
    var level: String?
    var stations: [String]?
    /// Of an observer: the deputies' ids; in a file their logins.
    var deputies: [String]?
}

/// The same, checked against the units and the deputies that there are.
struct HoldingDraft: Sendable, Hashable {
    /// Stations of a deputy, deputies of an observer: more than any has, so that no form and no event grows without end.
    ///
    /// A leader who is a deputy may receive people at every station of a district (领导干部代表进站): 72 here.
    static let listLimit = 100
    /// Characters of a person's name: the longest Chinese and most foreign names.
    private static let nameRule = TextRule(limit: 40, isOneLine: true)
    private static let delegationRule = TextRule(limit: 40, isOneLine: true)

    let login: String
    let name: String
    let role: Role
    let unit: String
    /// nil: from today, or what it was.
    let from: CivilDate?
    let until: CivilDate?
    let delegation: String?
    let level: CongressLevel?
    let stations: [String]
    let deputies: [SuggestionID]

    /// Checks every field and says of each what is wrong.
    ///
    /// - Parameters:
    ///   - today: in Chinese time.
    ///   - allowsPast: whether a term may be over already.
    ///   - owns: whether the person is known to have a number: nobody else may sign in with what looks like it.
    ///   - deputy: the person of a deputy as `form.deputies` names them; nil when there is no such deputy.
    init(
        _ form: HoldingForm,
        in book: UnitBook,
        on today: CivilDate,
        allowsPast: Bool = false,
        owns: (PhoneNumber) -> Bool = { _ in false },
        deputy: (String) -> SuggestionID?
    ) throws(FieldFaults) {
        var check = Check()
        login = form.login
        if !Person.isLogin(form.login) {
            check.note("login", "login", "应为3至64个小写字母、数字或 . - _ · must be 3 to 64 of a-z, 0-9, . - _")
        } else if let number = PhoneNumber(login: form.login), !owns(number) {
            check.note(
                "login",
                "phone",
                "不能用手机号码作登录名，除非是本人已验证的号码 · must not be a mobile number, but the person's own, verified here"
            )
        }
        name = check.text(form.name, "name", Self.nameRule) ?? ""
        let (role, unit) = (check.role(form.role), check.unit(form.unit, in: book))
        if let role, let unit, !role.kinds.contains(unit.kind) {
            check.note("role", "unit", "\(unit.kind.chinese)没有该职务 · this kind of unit has no such role")
        }
        (self.role, self.unit) = (role ?? .voter, form.unit)
        from = check.day(form.from, "from")
        until = check.day(form.until, "until")
        if let until {
            if let from, until < from {
                check.note("until", "order", "不能早于起始日 · must not be before the first day")
            } else if until < today, !allowsPast {
                check.note("until", "over", "任期已满 · this term is over")
            }
        }
        let isDeputy = role == .deputy
        delegation = form.delegation.flatMap { check.text($0, "delegation", Self.delegationRule) }
        level = check.level(form.level, isRequired: isDeputy)
        stations = check.list(form.stations, "stations")
        if !isDeputy {
            let given = [
                ("delegation", form.delegation != nil), ("level", form.level != nil), ("stations", !stations.isEmpty),
            ]
            for (field, _) in given.filter(\.1) {
                check.note(field, "deputy-only", "仅用于代表 · only a deputy has it")
            }
        } else if stations.contains(where: { book[$0].map { $0.kind == .station && $0.state == .active } != true }) {
            check.note("stations", "unknown", "没有这个站点 · there is no such station")
        }
        let names = check.list(form.deputies, "deputies")
        if role != .observer, !names.isEmpty {
            check.note("deputies", "observer-only", "仅用于民情观察员 · only an observer has it")
        }
        let found = names.map(deputy)
        if role == .observer, found.contains(nil) {
            check.note("deputies", "unknown", "没有这位代表 · there is no such deputy")
        }
        deputies = found.compactMap { $0 }
        guard check.faults.isEmpty else { throw FieldFaults(faults: check.faults) }
    }

    /// A new holding as the draft says.
    func holding(of person: SuggestionID, _ state: Holding.State, on today: CivilDate, by actor: String?) -> Holding {
        Holding(
            id: UUIDv7.make(),
            person: person,
            role: role,
            unit: unit,
            state: state,
            validFrom: from ?? today,
            validUntil: until,
            delegation: delegation,
            level: level,
            stations: stations,
            deputies: deputies,
            decidedBy: actor
        )
    }

    /// Whether a holding is as the draft says.
    func agrees(with holding: Holding) -> Bool {
        (from ?? holding.validFrom) == holding.validFrom && until == holding.validUntil
            && delegation == holding.delegation && level == holding.level && stations == holding.stations
            && deputies == holding.deputies
    }
}

/// Collects what is wrong with the fields of a form.
private struct Check {
    private(set) var faults: [FieldFault] = []

    mutating func note(_ field: String, _ rule: String, _ words: String) {
        faults.append(FieldFault(field, rule, words))
    }

    mutating func text(_ value: String, _ field: String, _ rule: TextRule) -> String? {
        let (text, breaches) = rule.read(value)
        faults += breaches.map { FieldFault(field, $0) }
        return breaches.isEmpty ? text : nil
    }

    mutating func role(_ text: String) -> Role? {
        guard let role = Role(rawValue: text), !role.kinds.isEmpty else {
            let all = Role.allCases.filter { !$0.kinds.isEmpty }.map(\.rawValue).joined(separator: ", ")
            note("role", "unknown", "不支持 · must be one of \(all)")
            return nil
        }
        return role
    }

    mutating func unit(_ code: String, in book: UnitBook) -> Unit? {
        guard let unit = book[code], unit.state == .active else {
            note("unit", "unknown", "没有这个单位 · there is no such unit")
            return nil
        }
        return unit
    }

    mutating func day(_ text: String?, _ field: String) -> CivilDate? {
        guard let text else { return nil }
        guard let day = CivilDate(iso: text) else {
            note(field, "date", "应为日期，如2026-03-02 · must be a day such as 2026-03-02")
            return nil
        }
        return day
    }

    mutating func level(_ text: String?, isRequired: Bool) -> CongressLevel? {
        guard let text else {
            if isRequired { faults.append(FieldFault("level", TextRule.missing)) }
            return nil
        }
        guard let level = CongressLevel(rawValue: text) else {
            let all = CongressLevel.allCases.map(\.rawValue).joined(separator: ", ")
            note("level", "unknown", "不支持 · must be one of \(all)")
            return nil
        }
        return level
    }

    mutating func list(_ values: [String]?, _ field: String) -> [String] {
        guard let values else { return [] }
        if values.count > HoldingDraft.listLimit {
            note(field, "length", "最多\(HoldingDraft.listLimit)项 · at most \(HoldingDraft.listLimit)")
        }
        if Set(values).count != values.count { note(field, "duplicate", "有重复 · one stands there twice") }
        return values
    }
}
