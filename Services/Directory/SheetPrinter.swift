import Contracts
import Foundation
import PostgreSQL
import QRCodes

/// Makes what is printed of codes: symbols and sheets.
struct SheetPrinter: Sendable {
    /// The code's token was made under another master key, so that it cannot be printed again: it wants another token.
    struct Unprintable: Error {
        let code: CodeID
    }

    /// Pixels of a module of a picture: a whole number, so that no edge is blurred.
    private static let pixels = 24
    /// The side of a symbol that is lent as a document, quiet zone included, in millimetres.
    private static let symbolSide = 50

    let desk: CodeDesk
    let address: CodeAddress
    let typesetter: Typesetter

    /// A code's symbol.
    ///
    /// - Throws: ``Unprintable``.
    func symbol(_ code: EntryCode) throws -> QRSymbol {
        try QRSymbol(address.symbol(try token(of: code)))
    }

    /// A code's symbol as an SVG document.
    ///
    /// - Throws: ``Unprintable``.
    func svg(_ code: EntryCode) throws -> String { try symbol(code).svg(millimetres: Self.symbolSide) }

    /// A code's symbol as a PNG picture.
    ///
    /// - Throws: ``Unprintable``, as ``Typesetter/png(of:width:)``.
    func png(_ code: EntryCode) async throws -> [UInt8] {
        let symbol = try symbol(code)
        return try await typesetter.png(
            of: symbol.svg(millimetres: Self.symbolSide),
            width: (symbol.width + 2 * QRSymbol.quietZone) * Self.pixels
        )
    }

    /// The sheets of stations, a page each in the order given.
    ///
    /// - Throws: ``Unprintable``, as ``Typesetter/pdf(of:)``.
    func sheets(_ codes: [(code: EntryCode, name: String)], _ size: SheetLayout.Size) async throws -> [UInt8] {
        let pages = try codes.map { code, name in
            let (token, symbol) = (try token(of: code), try symbol(code))
            return SheetLayout(
                station: name,
                symbol: SheetLayout.Symbol(path: symbol.path, width: symbol.width),
                address: address.typed(token),
                code: code.id.description
            ).svg(size)
        }
        return try await typesetter.pdf(of: pages)
    }

    /// The codes to print, with the names of their stations: the newest of each station that has one.
    ///
    /// - Parameter stations: nil for all.
    static func codes(of stations: [String]?, in transaction: Transaction) async throws -> [(
        code: EntryCode, name: String
    )] {
        let codes = try await CodeStore.stationCodes(of: stations, in: transaction)
        let names = try await CodeStore.stations(codes.map(\.station.rawValue), in: transaction)
        return names.compactMap { name in
            codes.first { $0.station == name.code }.map { ($0, name.name) }
        }
    }

    private func token(of code: EntryCode) throws -> String {
        guard let token = desk.token(of: code) else { throw Unprintable(code: code.id) }
        return token
    }
}
