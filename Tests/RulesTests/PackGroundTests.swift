import Calendar
import Contracts
import Foundation
import Rules
import Support
import Testing

/// The grounds of a pack, how two packs differ, and how a pack is explained.
struct PackGroundTests {
    private static let packs = ["zhejiang-hangzhou", "chongqing"]

    @Test(arguments: packs) func `every ground of the file is found once, where its pointer says`(name: String) throws {
        let json = try ChangedPack.shipped(name)
        let grounds = try PackGround.all(of: json).filter { $0.basis != nil }
        let text = String(decoding: json, as: UTF8.self)
        #expect(grounds.count == text.matches(of: /"basis":/).count && grounds.count >= 50)
        #expect(Set(grounds.map(\.pointer)).count == grounds.count && Set(grounds.map(\.path)).count == grounds.count)
        let pack = try JSONSerialization.jsonObject(with: json)
        for ground in grounds {
            var place: Any? = pack
            for key in ground.pointer.split(separator: "/").map(String.init) {
                if let list = place as? [Any], let index = Int(key) {
                    place = list[index]
                } else {
                    place = (place as? [String: Any])?[key]
                }
            }
            let basis = (place as? [String: Any])?["basis"] as? [String: Any]
            #expect(basis?["text"] as? String == ground.basis?.text, "\(ground.pointer)")
        }
    }

    @Test func `numbers, flags and lists stand beside their ground as they are written`() throws {
        let grounds = try PackGround.all(of: ChangedPack.shipped("zhejiang-hangzhou"))
        func line(_ path: String) -> String? { grounds.first { $0.path == path }?.line }
        #expect(line("/terms/formal+assisting+first") == "term P2M")
        #expect(line("/clocks/opinion+lead+first/extension") == "asks committee, by P30D, times 1")
        #expect(line("/returns/formal/gives") == "members reason")
        #expect(line("/letters/B/solved") == "counts false" && line("/letters/A/solved") == "counts true")
        #expect(line("/evaluation/opinion/silence") == "counts false, reminders 1")
        #expect(line("/rates/onTime") == "denominator reply.inTime reply.late, numerator reply.inTime")
        #expect(line("/counting/hours") == "windows 08:30-12:00 14:00-17:30")
    }

    @Test func `two packs differ by path, whatever the order of their entries, with both grounds`() throws {
        let (ours, theirs) = (try ChangedPack.shipped("zhejiang-hangzhou"), try ChangedPack.shipped("chongqing"))
        #expect(try PackDifference.all(of: ours, and: ours) == [])
        let differences = try PackDifference.all(of: ours, and: theirs)
        func found(_ path: String) -> PackDifference? { differences.first { $0.path == path } }
        let assisting = try #require(found("/terms/formal+assisting+first/term"))
        #expect(assisting.first?.text == "P2M" && assisting.second?.text == "30wd")
        #expect(assisting.first?.basis?.text.contains("浙江省") == true)
        #expect(assisting.second?.basis?.text.contains("重庆市") == true)
        #expect(found("/terms/formal+lead+first/term") == nil, "the law that both are under")
        #expect(found("/returns/formal/within/term")?.second?.text == "10wd")
        let fourth = try #require(found("/letters/D/solved/counts"))
        #expect(fourth.first == nil && fourth.second?.text == "false")
        #expect(found("/stages/before/30wd/term")?.second == nil)
        var pack = try #require(try JSONSerialization.jsonObject(with: ours) as? [String: Any])
        for section in ["terms", "clocks", "returns", "letters", "evaluation", "rates"] {
            pack[section] = Array(try #require(pack[section] as? [Any]).reversed())
        }
        #expect(try PackDifference.all(of: ours, and: JSONSerialization.data(withJSONObject: pack)) == [])
    }

    @Test(arguments: packs) func `an explanation has every ground of the pack, in both languages`(name: String) throws {
        let json = try ChangedPack.shipped(name)
        let items = PackExplanation(of: try RulePack(json: json)).items
        let told = Set(items.flatMap(\.bases).map(\.text))
        let grounds = Set(try PackGround.all(of: json).compactMap(\.basis?.text))
        #expect(grounds.subtracting(told) == [] && told.subtracting(grounds) == [])
        for item in items {
            #expect(!item.words.zh.isEmpty && !item.words.en.isEmpty)
            #expect(item.words.zh.unicodeScalars.contains { $0.value > 0x3000 }, "\(item.words.zh)")
            #expect(item.words.en.unicodeScalars.allSatisfy { $0.isASCII }, "\(item.words.en)")
        }
        let formal = PackExplanation(of: try RulePack(json: json), kinds: [.formal]).items
        #expect(formal.count < items.count && !formal.contains { $0.words.en == "opinions" })
    }
}
