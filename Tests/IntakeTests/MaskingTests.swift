import Testing

@testable import Intake

/// What has the form of personal data is hidden, what has not is left.
struct MaskingTests {
    @Test(arguments: [
        ("请打13800001234联系", "请打＊＊＊＊＊＊＊＊＊＊＊联系"),
        ("138 0000 1234", "＊＊＊＊＊＊＊＊＊＊＊＊＊"),
        ("电话：138-0000-1234 2024年", "电话：＊＊＊＊＊＊＊＊＊＊＊＊＊ 2024年"),
        ("+86 13800001234", "+＊＊＊＊＊＊＊＊＊＊＊＊＊＊"),
        ("身份证33010819900101123X。", "身份证＊＊＊＊＊＊＊＊＊＊＊＊＊＊＊＊＊＊。"),
        ("卡号6222 0000 1111 2222 333", "卡号＊＊＊＊＊＊＊＊＊＊＊＊＊＊＊＊＊＊＊＊＊＊＊"),
        ("0571-87654321", "＊＊＊＊＊＊＊＊＊＊＊＊＊"),
        ("车牌浙A12345违停", "车牌＊＊＊＊＊＊＊违停"), ("浙A·D12345", "＊＊＊＊＊＊＊＊＊"),
    ])
    func `personal data is hidden, as many characters as before`(text: String, hidden: String) {
        #expect(Masking.masked(text) == hidden)
        #expect(Masking.masked(text).count == text.count)
    }

    @Test(arguments: [
        "2026年3月2日", "江南大道1088号", "共1200000元", "每天早上7-9点", "12345热线", "10000000000", "G60高速", "浙A路口", "没有数字",
        "面积12000.5平方米", "2024-2025学年 3 个班",
    ])
    func `what only looks a little like it stays`(text: String) {
        #expect(Masking.masked(text) == text)
    }
}
