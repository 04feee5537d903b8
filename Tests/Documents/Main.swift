import Contracts
import Foundation
import Support

/// Writes the generated documents; `make documents`.
@main
enum Main {
    static func main() throws {
        try Documents.writtenAsyncAPI().write(to: Documents.asyncAPI, atomically: true, encoding: .utf8)
        try RightsTable.markdown.write(to: Documents.rights, atomically: true, encoding: .utf8)
        print("written: Shared/Contracts/asyncapi.json, Shared/Contracts/rights.md")
    }
}
