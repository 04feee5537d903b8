import Bootstrap
import Foundation
import Support
import Testing

@testable import Directory

/// CSV files as spreadsheets write them.
struct ImportedFileTests {
    private func read(_ text: String, _ work: (ImportedFile) throws -> Void = { _ in }) throws {
        try read(Array(text.utf8), work)
    }

    private func read(_ bytes: [UInt8], _ work: (ImportedFile) throws -> Void = { _ in }) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: TestStack.uniqueName())
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        try work(try ImportedFile(file.path, required: ["code", "name"], optional: ["more"]))
    }

    @Test(arguments: ["", "\u{FEFF}"], ["\n", "\r\n"])
    func `Chinese, quoted commas, marks and line breaks, with either line end and with or without a mark of order`(
        mark: String,
        end: String
    ) throws {
        let lines = [
            "code,more,name", "a,,区综合行政执法局（城市管理局）", "b,\"一,二\",\"他说\"\"好\"\"\"", "", "c,\"第一行\(end)第二行\", 名 ", "d,,",
        ]
        try read(mark + lines.joined(separator: end) + end) { file in
            #expect(file.lines.map(\.number) == [2, 3, 5, 6])
            #expect(file.lines.map { $0["code"] } == ["a", "b", "c", "d"])
            #expect(file.lines.map { $0["name"] } == ["区综合行政执法局（城市管理局）", "他说\"好\"", "名", nil])
            #expect(file.lines.map { $0["more"] } == [nil, "一,二", "第一行\(end)第二行", nil])
        }
        try read(mark + lines.dropLast().joined(separator: end)) {
            #expect($0.lines.count == 3, "no line end at the end")
        }
    }

    @Test func `several in a cell`() throws {
        try read("code,name,more\na,b,ST-1; ST-2;\nc,d,\n") { file in
            #expect(file.lines.map { $0.list("more") } == [["ST-1", "ST-2"], nil])
        }
    }

    @Test(arguments: [
        ("", "columns are missing: code, name"), ("code\na\n", "columns are missing: name"),
        ("code,name,colour\n", "columns must be of"), ("code,name,name\n", "columns must be of"),
        ("code,name\na,b,c\n", "line 2 has more cells"), ("code,name\na,\"b\n", "a quotation mark is not closed"),
        ("code,name\na,\"b\"c\"\"\n", "text beside a quotation"), ("code;name\n", "columns are missing: code, name"),
    ])
    func `what is no such file is one line that says why`(text: String, words: String) throws {
        let error = #expect(throws: WrongArgument.self) { try read(text) }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }

    @Test func `another encoding, and a file that is not there, are named`() throws {
        // 单位 in GB 18030.
        let error = #expect(throws: WrongArgument.self) {
            try read(Array("code,name\n".utf8) + [0xB5, 0xA5, 0xCE, 0xBB])
        }
        #expect(error?.description.hasSuffix("is not in UTF-8") == true)
        let missing = #expect(throws: WrongArgument.self) { try UnitsFile.read("/nowhere/x") }
        #expect(missing?.description == "FILE: /nowhere/x cannot be read")
    }
}
