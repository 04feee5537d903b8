import Contracts
import Foundation

/// All units together: who stands below whom, and what may be made of them.
struct UnitBook: Sendable, Hashable {
    /// Characters of a name: the longest real one has some 30.
    private static let nameRule = TextRule(limit: 60, isOneLine: true)
    /// Characters of a document's word: real ones have three to eight.
    private static let wordRule = TextRule(limit: 20, isOneLine: true)

    private(set) var units: [String: Unit]

    init(_ units: [Unit] = []) {
        self.units = Dictionary(units.map { ($0.code, $0) }) { first, _ in first }
    }

    subscript(code: String) -> Unit? { units[code] }

    /// By code.
    var sorted: [Unit] { units.values.sorted { $0.code < $1.code } }

    /// Whether a unit is another one or stands somewhere below it.
    func contains(_ code: String, within root: String) -> Bool {
        var current: String? = code
        // No chain is longer than there are units.
        for _ in 0...units.count {
            guard let code = current, let unit = units[code] else { return false }
            if code == root { return true }
            current = unit.parent
        }
        return false
    }

    /// A unit and all below it, by code; none when there is no such unit.
    func codes(within root: String) -> [String] {
        units.keys.filter { contains($0, within: root) }.sorted()
    }

    /// What became of a form.
    enum Outcome: Sendable, Hashable { case made, changed, same }

    /// Makes or changes a unit as a form says; the faults when it must not be so.
    mutating func put(_ form: UnitForm, at moment: Timestamp) throws(FieldFaults) -> Outcome {
        let known = units[form.code]
        let unit = try checked(form, over: known, at: moment)
        guard let known else {
            units[unit.code] = unit
            return .made
        }
        var asBefore = unit
        (asBefore.version, asBefore.changedAt) = (known.version, known.changedAt)
        guard asBefore != known else { return .same }
        units[unit.code] = unit
        return .changed
    }

    private func checked(_ form: UnitForm, over known: Unit?, at moment: Timestamp) throws(FieldFaults) -> Unit {
        var faults: [FieldFault] = []
        if UnitCode(form.code) == nil {
            faults.append(FieldFault("code", "code", "应为1至32个字母、数字或连字符 · must be 1 to 32 letters, digits, hyphens"))
        }
        let (name, breaches) = Self.nameRule.read(form.name)
        faults += breaches.map { FieldFault("name", $0) }
        func listed<Value: Listed>(_ text: String?, _ field: String, _: Value.Type) -> Value? {
            guard let text else { return nil }
            guard let value = Value(rawValue: text) else {
                let all = Value.allCases.map(\.rawValue).joined(separator: ", ")
                faults.append(FieldFault(field, "unknown", "不支持 · must be one of \(all)"))
                return nil
            }
            return value
        }
        let category = listed(form.category, "category", StationCategory.self)
        let state = listed(form.state, "state", UnitChanged.State.self) ?? .active
        guard let kind = listed(form.kind, "kind", UnitKind.self) else { throw FieldFaults(faults: faults) }
        let unit = Unit(
            code: form.code,
            id: known?.id ?? .make(),
            version: (known?.version ?? 0) + 1,
            kind: kind,
            name: name,
            parent: form.parent,
            category: category,
            joinedTo: form.joinedTo,
            documentWord: form.documentWord,
            state: state,
            changedAt: moment
        )
        if let known, known.kind != kind {
            faults.append(FieldFault("kind", "fixed", "单位类型不能改变 · a unit's kind does not change"))
        }
        faults += placeFaults(of: unit) + stationFaults(of: unit) + wordFaults(of: unit)
        if state == .ended, units.values.contains(where: { $0.parent == unit.code && $0.state == .active }) {
            faults.append(FieldFault("state", "has-units", "还有下级单位 · there are units below it"))
        }
        guard faults.isEmpty else { throw FieldFaults(faults: faults) }
        return unit
    }

    private func wordFaults(of unit: Unit) -> [FieldFault] {
        guard let word = unit.documentWord else { return [] }
        guard unit.kind.answers else {
            return [FieldFault("document_word", "kind", "仅用于承办单位 · only a unit that answers has it")]
        }
        // What stands behind the word in a number begins with the bracket.
        guard !word.contains("〔") else {
            return [FieldFault("document_word", "characters", "不含年份 · must not contain the year")]
        }
        return Self.wordRule.read(word).breaches.map { FieldFault("document_word", $0) }
    }

    private func placeFaults(of unit: Unit) -> [FieldFault] {
        guard let code = unit.parent else {
            guard !unit.kind.parents.contains(nil) else { return [] }
            return [FieldFault("parent", TextRule.missing)]
        }
        guard let parent = units[code] else {
            return [FieldFault("parent", "unknown", "没有这个单位 · there is no such unit")]
        }
        var faults: [FieldFault] = []
        // A grassroots station stands below a central one, and nothing below it.
        let isTooDeep = unit.kind == .station && parent.kind == .station && units[parent.parent ?? ""]?.kind == .station
        if !unit.kind.parents.contains(parent.kind) || isTooDeep {
            faults.append(
                FieldFault(
                    "parent",
                    "kind",
                    "\(unit.kind.chinese)不能隶属于该单位 · a \(unit.kind.rawValue) cannot stand below this one"
                )
            )
        }
        if unit.state == .active, parent.state == .ended {
            faults.append(FieldFault("parent", "ended", "该单位已撤销 · this unit has ended"))
        }
        if contains(code, within: unit.code) {
            faults.append(FieldFault("parent", "cycle", "不能隶属于自己或下级 · must not stand below itself"))
        }
        return faults
    }

    private func stationFaults(of unit: Unit) -> [FieldFault] {
        guard unit.kind == .station else {
            let fields = [("category", unit.category != nil), ("joined_to", unit.joinedTo != nil)]
            return fields.filter(\.1).map { FieldFault($0.0, "station-only", "仅用于联络站 · only a station has it") }
        }
        guard let code = unit.joinedTo else { return [] }
        guard code != unit.code, let other = units[code], other.kind == .station, other.state == .active else {
            return [FieldFault("joined_to", "unknown", "没有这个站点 · must be another station")]
        }
        // One step leads to the station where people are received.
        guard other.joinedTo == nil, !units.values.contains(where: { $0.joinedTo == unit.code }) else {
            return [FieldFault("joined_to", "chain", "融合站不能再融合 · a joined station cannot be joined to")]
        }
        return []
    }
}
