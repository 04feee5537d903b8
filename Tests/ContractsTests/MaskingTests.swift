import Contracts
import Support
import Testing

/// What has the form of personal data is hidden, what has not is left.
struct MaskingTests {
    private static func stars(_ count: Int) -> String { String(repeating: "＊", count: count) }

    @Test(arguments: [
        // Mobile numbers.
        ("请打13800001234联系", "请打", 11, "联系"), ("138 0000 1234", "", 13, ""), ("138-0000-1234", "", 13, ""),
        ("电话：138-0000-1234 2024年", "电话：", 13, " 2024年"), ("+86 13800001234", "+", 14, ""),
        ("+8613800001234", "+", 13, ""),
        ("0086-138-0000-1234", "", 18, ""), ("１３８００００１２３４", "", 11, ""), ("１３８－００００－１２３４", "", 13, ""),
        ("138　0000　1234", "", 13, ""), ("1 3 8 0 0 0 0 1 2 3 4", "", 21, ""), ("138.0000.1234", "", 13, ""),
        ("微信同号13800001234，晚上打", "微信同号", 11, "，晚上打"), ("打13800001234x两遍", "打", 12, "两遍"),
        // Land lines.
        ("0571-87654321", "", 13, ""), ("057187654321", "", 12, ""), ("(0571)87654321", "(", 13, ""),
        ("（0571）8765 4321", "（", 14, ""), ("+86 571 8765 4321", "+", 16, ""), ("010-62345678", "", 12, ""),
        ("０５７１－８７６５４３２１", "", 13, ""),
        // Identity cards: right, mistyped, in pieces, of full width, of fifteen digits.
        ("身份证330108199001011232。", "身份证", 18, "。"), ("身份证33010819900101123X。", "身份证", 18, "。"),
        ("330108 19900101 123x", "", 20, ""), ("３３０１０８１９９００１０１１２３Ｘ", "", 18, ""), ("330108900101123", "", 15, ""),
        // Bank cards.
        ("卡号6222 0000 1111 2222 337", "卡号", 23, ""), ("6225880123456783", "", 16, ""),
        // Plates.
        ("车牌浙A12345违停", "车牌", 7, "违停"), ("浙A·D12345", "", 9, ""), ("浙a12345", "", 7, ""), ("浙Ａ１２３４５", "", 7, ""),
        ("浙A-D12345", "", 9, ""), ("浙A1234警停在路口", "", 7, "停在路口"),
        // Mail.
        ("写信到wang.li@example.com.cn谢谢", "写信到", 22, "谢谢"), ("１２３＠ｑｑ．ｃｏｍ", "", 10, ""),
    ])
    func `personal data is hidden, as many characters as before`(
        text: String,
        before: String,
        count: Int,
        after: String
    ) {
        #expect(Masking.masked(text) == before + Self.stars(count) + after)
        #expect(Masking.masked(text).count == text.count)
    }

    @Test(arguments: [
        "2026年3月2日", "江南大道1088号", "共1200000元", "每天早上7-9点", "12345热线", "10000000000", "G60高速", "浙A路口", "没有数字",
        "面积12000.5平方米", "2024-2025学年 3 个班", "2026-03-02 01:15:30", "编号2024031500012345678901", "@小区群", "3@4",
        "单号6225880123456784", "12 13 14 15 16 17 18 19 号楼", "00000000000000000", "京ABCDEFG超市", "浙江A座10楼", "0.123456789",
        "第1380期",
    ])
    func `what only looks a little like it stays`(text: String) {
        #expect(Masking.masked(text) == text)
    }

    @Test func `no text makes it fail, or changes its length`() {
        var generator = SeededGenerator(seed: 7)
        let alphabet = Array("0123456789０１９ 　-－.·()（）xXＸ@＠浙京A警元\u{1F600}\u{301}\r\n")
        var changed = 0
        for _ in 0..<5_000 {
            let text = String(
                (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                    alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
                }
            )
            let masked = Masking.masked(text)
            #expect(masked.unicodeScalars.count == text.unicodeScalars.count)
            #expect(Masking.masked(masked) == masked, "what is hidden gives rise to nothing new")
            changed += masked == text ? 0 : 1
        }
        #expect(changed > 50, "the texts were worth trying")
    }
}
