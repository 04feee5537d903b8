import Foundation

/// A sheet that hangs at a station, as an SVG document: one page with its code, how to use it, and the address to type.
///
/// Laid out in millimetres of A6; A4 is the same twice as large. Nothing stands within 5 mm of an A6 sheet's edge, so that a
/// printer's margins and a cutter's tolerance take nothing away.
struct SheetLayout: Sendable, Hashable {
    /// A paper size (ISO 216), upright.
    enum Size: String, Sendable, CaseIterable {
        case a4 = "A4"
        case a6 = "A6"

        /// Millimetres.
        var width: Int { self == .a4 ? 210 : 105 }
        /// Millimetres.
        var height: Int { self == .a4 ? 297 : 148 }
    }

    /// A QR symbol as a path of unit squares.
    struct Symbol: Sendable, Hashable {
        let path: String
        /// Modules of a side.
        let width: Int
    }

    /// The side of the symbol on A6, without its quiet zone: a phone reads it from half a metre, ten times its side by the usual
    /// rule, and A4's from a metre.
    static let symbolSide = 54.0
    private static let (pageWidth, margin) = (105.0, 5.0)
    private static let red = "#a8201a"

    let station: String
    let symbol: Symbol
    /// The address to type.
    let address: String
    /// The code's id, for whoever is called because of it.
    let code: String

    /// The document.
    func svg(_ size: Size) -> String {
        let scale = Self.symbolSide / Double(symbol.width)
        let left = (Self.pageWidth - Self.symbolSide) / 2
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(size.width)mm" height="\(size.height)mm" viewBox="0 0 105 148" \
            font-family="Noto Sans CJK SC" text-anchor="middle" xml:lang="zh-Hans">
            <rect x="5.3" y="5.3" width="94.4" height="137.4" rx="3" fill="none" stroke="\(Self.red)" stroke-width="0.6"/>
            \(text("代表联络站", y: 17.5, size: 9.5, limit: 88, fill: Self.red, isBold: true))
            \(text("People's Deputies' Liaison Station", y: 22.6, size: 3.1, limit: 88, fill: Self.red))
            \(stationLines)
            <path transform="translate(\(Self.number(left)) 43) scale(\(Self.number(scale)))" fill="#000" \
            shape-rendering="crispEdges" d="\(symbol.path)"/>
            \(text("扫码说事，件件有回音", y: 109.6, size: 5.6, limit: 88, fill: Self.red, isBold: true))
            \(text("用微信或手机相机扫一扫 → 写下意见建议 → 凭回执查看办理", y: 115.6, size: 3.3, limit: 90))
            \(text("不用注册，不留姓名也可以", y: 120, size: 3.3, limit: 90))
            \(text("Scan with your phone's camera and say what should change.", y: 124.6, size: 2.6, limit: 90))
            \(text("Follow it with your receipt. No account and no name needed.", y: 127.9, size: 2.6, limit: 90))
            \(text("扫不开时，在浏览器输入 · If it does not scan, type:", y: 132, size: 2.3, limit: 90, fill: "#555"))
            \(text(address, y: 135.7, size: 2.9, limit: 90, isBold: true))
            \(text("编号 \(code)", y: 140, size: 2, limit: 90, fill: "#777"))
            </svg>

            """
    }

    /// The station's name on one line, or on two when it would get too small to be read from afar; clear of the quiet zone.
    private var stationLines: String {
        let size = 6.2
        if Self.ems(station) * size <= 88 { return text(station, y: 33, size: size, limit: 88, isBold: true) }
        let (first, second) = Self.halves(of: station)
        return text(first, y: 29, size: 5.2, limit: 88, isBold: true) + "\n"
            + text(second, y: 34.6, size: 5.2, limit: 88, isBold: true)
    }

    /// What stations' names end with; no line breaks inside of it.
    private static let endings = ["人大代表中心联络站", "人大代表联络总站", "人大代表联络站", "代表联络站", "联络站"]

    /// A name in two: before what all names end with, or in the middle.
    private static func halves(of name: String) -> (String, String) {
        if let ending = endings.first(where: { name.hasSuffix($0) }), name.count > ending.count {
            return (String(name.dropLast(ending.count)), ending)
        }
        let half = (name.count + 1) / 2
        return (String(name.prefix(half)), String(name.dropFirst(half)))
    }

    /// A line in the middle of the page, made smaller when it would be wider than the limit.
    private func text(
        _ line: String,
        y: Double,
        size: Double,
        limit: Double,
        fill: String = "#1a1a1a",
        isBold: Bool = false
    ) -> String {
        let fitting = min(size, limit / max(Self.ems(line), 1))
        return """
            <text x="52.5" y="\(Self.number(y))" font-size="\(Self.number(fitting))" fill="\(fill)"\
            \(isBold ? " font-weight=\"bold\"" : "")>\(Self.escaped(line))</text>
            """
    }

    /// How wide a line is, in its own font size: an ideograph is one, and a line of the rest has less than 0.58 each.
    private static func ems(_ line: String) -> Double {
        line.unicodeScalars.reduce(0) { $0 + ($1.value >= 0x2E80 ? 1 : 0.58) }
    }

    /// A number as SVG takes it, to a hundredth of a thousandth.
    private static func number(_ value: Double) -> String { String(format: "%.5g", value) }

    /// A text as a document may hold it: names come from people.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            // XML 1.0 has no place for these at all (§2.2).
            case _ where scalar.properties.generalCategory == .control: break
            case "\u{FFFE}", "\u{FFFF}": break
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
