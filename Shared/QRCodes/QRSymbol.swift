import CQREncode
import Foundation

/// A QR symbol (ISO/IEC 18004) of a text: a square of dark and light modules, error correction level M, which reads with an
/// eighth of it gone.
package struct QRSymbol: Sendable, Hashable {
    /// The text cannot be encoded.
    package enum Failure: Error, Hashable {
        /// There is nothing to encode, or a zero byte in it.
        case unreadable
        /// It is longer than the largest symbol holds.
        case tooLong
        /// The library has no memory.
        case outOfMemory
    }

    /// Light modules that must stand around the symbol (ISO/IEC 18004 §6.3.8).
    package static let quietZone = 4

    /// The symbol's version, 1 to 40; each adds four modules to a side.
    package let version: Int
    /// Modules of a side, without the quiet zone.
    package let width: Int
    /// Row by row from the top left: whether the module is dark.
    package let modules: [Bool]

    /// Encodes a text in the smallest symbol that holds it.
    ///
    /// Capital letters, digits and a few signs take 5.5 bits each, everything else a byte.
    ///
    /// - Throws: ``Failure``.
    package init(_ text: String) throws(Failure) {
        guard !text.isEmpty, !text.utf8.contains(0) else { throw .unreadable }
        // Version 0: the smallest that fits. 1: letters keep their case.
        guard let symbol = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1) else {
            switch errno {
            case ERANGE: throw .tooLong
            case ENOMEM: throw .outOfMemory
            default: throw .unreadable
            }
        }
        defer { QRcode_free(symbol) }
        version = Int(symbol.pointee.version)
        width = Int(symbol.pointee.width)
        // The lowest bit of each byte says dark; the others are the library's own.
        modules = UnsafeBufferPointer(start: symbol.pointee.data, count: width * width).map { $0 & 1 == 1 }
    }

    /// The dark modules as data of an SVG path, one unit a module, the symbol's top left at the origin: a rectangle for each run
    /// of a row.
    package var path: String {
        var path = ""
        for row in 0..<width {
            var column = 0
            while column < width {
                let start = column
                while column < width, modules[row * width + column] { column += 1 }
                if column > start { path += "M\(start) \(row)h\(column - start)v1h-\(column - start)z" }
                column += 1
            }
        }
        return path
    }

    /// An SVG document of the symbol with its quiet zone, dark on white.
    ///
    /// - Parameter millimetres: the side, quiet zone included.
    package func svg(millimetres: Int) -> String {
        let side = width + 2 * Self.quietZone
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(millimetres)mm" height="\(millimetres)mm" \
            viewBox="-\(Self.quietZone) -\(Self.quietZone) \(side) \(side)" shape-rendering="crispEdges">\
            <rect x="-\(Self.quietZone)" y="-\(Self.quietZone)" width="\(side)" height="\(side)" fill="#fff"/>\
            <path d="\(path)" fill="#000"/></svg>

            """
    }
}
