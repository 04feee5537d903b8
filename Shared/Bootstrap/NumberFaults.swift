import Foundation

/// Finds the numbers that do not fit their type: a fraction or 300 where a small whole number is asked for.
///
/// Foundation's decoder reports them as if the whole text were no JSON, without their place.
enum NumberFaults {
    /// The most numbers that are tried.
    private static let limit = 64

    private struct Index: CodingKey {
        let stringValue: String
        let intValue: Int?
        init(stringValue: String) { (self.stringValue, intValue) = (stringValue, nil) }
        init(intValue: Int) { (stringValue, self.intValue) = (String(intValue), intValue) }
    }

    /// The numbers at fault, the tree with zeros in their place, and what the decoder then complains of; nil when no
    /// number is at fault.
    static func find<Value: Decodable>(
        in tree: Any,
        decoding type: Value.Type
    ) -> (faults: [Problem.Fault], tree: Any, next: DecodingError?)? {
        let all = Array(numbers(in: tree, at: []).prefix(limit))
        // With the others out of the way a number is at fault by itself or not at all.
        let wrong = all.filter { path in
            let others = all.filter { Problem.Fault.pointer($0) != Problem.Fault.pointer(path) }
            return zeroed(tree, others).map { complaint($0, type).map { BodyFaults.path(of: $0).isEmpty } ?? false }
                ?? false
        }
        guard !wrong.isEmpty, let tree = zeroed(tree, wrong) else { return nil }
        let next = complaint(tree, type)
        if let next, BodyFaults.path(of: next).isEmpty { return nil }
        let faults = wrong.map {
            Problem.Fault(
                pointer: Problem.Fault.pointer($0),
                rule: "value",
                message: "must be a number that fits, whole where no fraction is allowed"
            )
        }
        return (faults, tree, next)
    }

    private static func numbers(in tree: Any, at path: [any CodingKey]) -> [[any CodingKey]] {
        switch tree {
        case let object as [String: Any]:
            object.sorted { $0.key < $1.key }.flatMap { numbers(in: $0.value, at: path + [Index(stringValue: $0.key)]) }
        case let array as [Any]:
            array.enumerated().flatMap { numbers(in: $0.element, at: path + [Index(intValue: $0.offset)]) }
        case is Bool: []
        case is NSNumber: [path]
        default: []
        }
    }

    private static func zeroed(_ tree: Any, _ paths: [[any CodingKey]]) -> Any? {
        paths.reduce(tree as Any?) { tree, path in tree.flatMap { BodyFaults.replaced($0, path[...], 0) } }
    }

    private static func complaint<Value: Decodable>(_ tree: Any, _ type: Value.Type) -> DecodingError? {
        guard let data = try? JSONSerialization.data(withJSONObject: tree, options: .fragmentsAllowed) else {
            return nil
        }
        do {
            _ = try JSONDecoder().decode(type, from: data)
        } catch {
            return error as? DecodingError
        }
        return nil
    }
}
