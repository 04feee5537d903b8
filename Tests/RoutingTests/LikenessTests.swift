import Contracts
import Foundation
import Support
import Testing

@testable import Routing

/// How much two texts are alike, and what both have.
struct LikenessTests {
    private static let lamp = "江陵路地铁口往南的路灯坏了3盏，晚上走路看不清，希望尽快修。"

    private func passages(_ here: [String], _ there: [String]) -> [Likeness.Passage] {
        Likeness(here).passages(with: FoldedText(there))
    }

    @Test func `a text is wholly like itself and not at all like a stranger, and both ways alike`() throws {
        #expect(Likeness([Self.lamp]).similarity(to: FoldedText([Self.lamp])) == 1)
        #expect(Likeness([Self.lamp]).similarity(to: FoldedText(["食堂的菜太咸"])) == 0)
        #expect(Likeness([]).similarity(to: FoldedText([])) == 0 && passages([], []) == [])
        // 上中下一, 上中下二: two trigrams each, one of them shared, three in all.
        #expect(Likeness(["上中下一"]).similarity(to: FoldedText(["上中下二"])) == 1.0 / 3)
        let samples = try LabelledSample.all().prefix(30).map(\.body)
        var edits = PlantedEdits(seed: 3)
        for (one, filling) in zip(samples, samples.reversed()) {
            let other = edits.copy(of: one, filling: filling)
            let (there, back) = (
                Likeness([one]).similarity(to: FoldedText([other])), Likeness([other]).similarity(to: FoldedText([one]))
            )
            #expect(there == back && there > 0.2)
        }
    }

    @Test func `a passage is told where it stands in both, with the punctuation in it`() throws {
        let other = "您好：江陵路地铁口往南的路灯坏了１２盏。晚上走路看不清！还有一处井盖松动。"
        let found = try #require(passages([Self.lamp], [other]).first)
        #expect(passages([Self.lamp], [other]).count == 1)
        let (here, there) = (Array(Self.lamp.unicodeScalars), Array(other.unicodeScalars))
        func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String { String(String.UnicodeScalarView(scalars)) }
        #expect(text(here[found.here.range]) == "江陵路地铁口往南的路灯坏了3盏，晚上走路看不清")
        // Figures are one: a passage that ends in them ends with the first.
        #expect(text(there[found.there.range]) == "江陵路地铁口往南的路灯坏了１２盏。晚上走路看不清")
        #expect(found.here.range == 0..<23 && found.there.range == 3..<27)
    }

    @Test func `nothing reaches from one part into the next, and idioms are no passages`() {
        #expect(passages(["江陵路地", "铁口往南的路灯"], ["江陵路地铁口往南的路灯"]).map(\.here.part) == [1])
        #expect(passages(["希望有关部"], ["希望有关部"]) == [])
        #expect(passages(["希望有关部门"], ["希望有关部门"]).count == 1)
    }

    @Test func `passages are the longest, at least so long, and in the other they do not overlap`() throws {
        let samples = try LabelledSample.all()
        var edits = PlantedEdits(seed: 17)
        for (index, sample) in samples.enumerated() {
            let one = [sample.title, sample.body]
            let other = [sample.title, edits.copy(of: sample.body, filling: samples[(index + 5) % samples.count].body)]
            let found = passages(one, other)
            // Of a sentence in whose middle others stand nothing may be left that is long enough.
            #expect(found.count <= Likeness.most && (!found.isEmpty || one[1].count < 40), "\(sample.id)")
            for passage in found {
                func folded(_ parts: [String], _ place: Likeness.Passage.Place) -> [UInt32] {
                    let scalars = Array(parts[place.part].unicodeScalars)[place.range]
                    return FoldedText.characters(of: [String(String.UnicodeScalarView(scalars))])
                }
                let (here, there) = (folded(one, passage.here), folded(other, passage.there))
                #expect(here == there && here.count >= Likeness.shortest, "\(sample.id)")
            }
            let places = found.map(\.there).sorted { ($0.part, $0.range.lowerBound) < ($1.part, $1.range.lowerBound) }
            for (place, next) in zip(places, places.dropFirst()) where place.part == next.part {
                #expect(place.range.upperBound <= next.range.lowerBound, "\(sample.id)")
            }
            #expect(found.map(\.here.part) == found.map(\.here.part).sorted(), "in the order of the text")
        }
    }

    @Test func `a text that says the same over and over takes no longer`() {
        let text = String(repeating: "修路灯修路灯", count: 3_000)
        let time = ContinuousClock().measure { _ = passages([text], [text]) }
        #expect(passages([text], [text]).first?.here.range == 0..<18_000)
        #expect(time < .seconds(20), "each place is compared with few others")
    }

    @Test func `five are shown, the most alike first, and none that only begins and ends as everybody does`() {
        func candidate(_ number: Int, _ text: String) -> SimilarMatter.Candidate {
            .init(
                id: .make(),
                number: "BJ-\(number)",
                title: "t",
                state: .waiting,
                committee: nil,
                words: .plain(["", text])
            )
        }
        let words = MatterWords.plain(["", Self.lamp])
        // Half of it is what everybody says.
        let polite = "我是本小区的居民，想反映一个问题。电梯坏了没人修。希望有关部门尽快处理，谢谢代表。"
        let alike = (0..<7).map { candidate($0, Self.lamp + String(repeating: "另有别处也不亮", count: $0 % 3)) }
        let shown = SimilarMatter.among(alike + [candidate(9, polite)], of: words)
        #expect(shown.map(\.similarity) == shown.map(\.similarity).sorted(by: >) && shown.count == SimilarMatter.most)
        #expect(Set(shown.prefix(3).map(\.candidate.number)) == ["BJ-6", "BJ-3", "BJ-0"])
        #expect(shown.allSatisfy { $0.passages.first?.here.member == .text })
        let other = "我是本小区的居民，想反映一个问题。楼下的狗夜里叫。希望有关部门尽快处理，谢谢代表。"
        #expect(Likeness([polite]).similarity(to: FoldedText([other])) > 0.5)
        #expect(SimilarMatter.among([candidate(9, polite)], of: .plain(["", other])).isEmpty)
    }

    @Test func `members without words are named by nobody`() {
        let mark = "〔已删除〕"
        let words = MatterWords(title: mark, text: "路灯不亮", analysis: nil, proposal: mark + "sha256:00", without: mark)
        #expect(words.members == [.text] && words.parts == ["路灯不亮"])
        #expect(MatterWords(title: mark, text: mark, analysis: nil, proposal: nil, without: mark).fingerprint == nil)
    }
}
