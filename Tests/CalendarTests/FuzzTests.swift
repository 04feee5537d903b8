import Calendar
import Foundation
import Support
import Testing

/// Periods, with changed bytes.
struct FuzzTests {
    @Test func `periods are read in one form or not at all`() {
        let terms = Fuzzing("periods", texts: ["P3M", "P30D", "P3650D"]).run(texts: { text in
            guard let term = Term(text) else { return .refused }
            return Term(term.description) == term && (1...3_650).contains(term.count)
                ? .taken : .wrong(term.description)
        })
        #expect(terms.failures == [] && terms.taken > 10)
    }

    @Test func `a notice's file is read whole, its skipped events named, or it is refused`() {
        let event =
            "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260215\r\nDTEND;VALUE=DATE:20260224\r\nSUMMARY:春节（休）\r\nEND:VEVENT\r\n"
        let calendar = "\u{FEFF}BEGIN:VCALENDAR\r\n\(event)END:VCALENDAR\r\n"
        let json = #"{"year":2026,"papers":["a"],"days":[{"name":"元旦","date":"2026-01-01","isOffDay":true}]}"#
        let words = ["BEGIN:VEVENT\n", "END:VEVENT\n", "X-APPLE-SPECIAL-DAY:WORK-HOLIDAY\n", "20261231", "20270101"]
        let notices = Fuzzing("notices of days off", texts: [calendar, json], words: words).run { bytes in
            guard let read = try? NoticeFile.read(Data(bytes), year: 2026, paper: "a notice") else { return .refused }
            let notice = read.notice
            guard notice.days.map(\.date) == Set(notice.days.map(\.date)).sorted() else { return .wrong("a day twice") }
            return notice.days.isEmpty ? .wrong("a year without a day") : .taken
        }
        #expect(notices.failures == [] && notices.taken > 20)
    }
}
