import Foundation
import Support

/// Writes the generated documents; `make documents`.
@main
enum Main {
    static func main() throws {
        try Documents.writtenAsyncAPI().write(to: Documents.asyncAPI, atomically: true, encoding: .utf8)
        print("written: Shared/Contracts/asyncapi.json")
    }
}
