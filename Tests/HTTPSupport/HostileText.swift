/// What strangers write into fields to see whether it is taken for something else than text.
package struct HostileText: Sendable {
    /// What it tries.
    package let name: String
    /// As it stands in JSON between quotation marks: some of it cannot be said otherwise.
    package let json: String
    /// The text; nil for what is none, such as half a character.
    package let text: String?

    private init(_ name: String, _ text: String) {
        (self.name, self.text) = (name, text)
        json = Self.escaped(text)
    }

    private init(_ name: String, json: String) { (self.name, self.json, text) = (name, json, nil) }

    /// All of it.
    package static let all: [HostileText] =
        [
            Self("quotes", "'\"`´’＇"), Self("a backslash at the end", "\\"),
            Self("a table dropped", "'; DROP TABLE outbox; --"),
            Self("always true", "' OR '1'='1' /*"), Self("a table dropped by number", "1); DELETE FROM acts; --"),
            Self("places of binds", "$1 $2::text :name ? %s %n %@ \\(x)"), Self("an escape of COPY", "\\.\tN\\N"),
            Self("an array", "{a,\"b\",NULL}"), Self("JSON", "\",\"role\":\"operator\",\"x\":\""),
            Self("a zero", "a\u{0}b"),
            Self("a header", "x\r\nX-Injected: 1\r\nSet-Cookie: ebinda-session=x\r\n\r\n<html>"),
            Self("a line feed", "a\nX-Injected: 1"), Self("a line of Unicode", "a\u{2028}b\u{2029}c\u{85}d"),
            Self("a template", "{{csrf}}{{{t}}}{{#t}}${7*7}#{7*7}<%= 7*7 %>"),
            Self("a script", "<script>alert(1)</script>"),
            Self("an attribute", "\"><img src=x onerror=alert(1)>"),
            Self("an attribute behind a mark", "\"\u{301}><svg/onload=x>"),
            Self("an address that runs", "javascript:alert(1)//"), Self("an entity", "&lt;b&gt;&#x3c;&amp;"),
            Self("right to left", "\u{202E}gpj.exe\u{202C}\u{2066}x"),
            Self("nothing to see", "a\u{200B}\u{200D}\u{2060}\u{FEFF}b"),
            Self("many marks", "a" + String(repeating: "\u{301}", count: 200)),
            Self("beyond the plane", "😀𠀀\u{10FFFD}"),
            Self("no character", "\u{FFFE}\u{FFFF}\u{FFFD}"), Self("the way out", "../../../../etc/passwd"),
            Self("the way out of Windows", "..\\..\\windows\\system.ini"),
            Self("the way out, escaped", "%2e%2e%2f%00.png"),
            Self("a file", "file:///etc/passwd"), Self("a formula", "=cmd|'/C calc'!A0"),
            Self("a look-up", "${jndi:ldap://127.0.0.1/x}"),
            Self("a command", "; cat /etc/passwd | `id` $(id)"), Self("a routing key", "chengguan.reply.#.*"),
            Self("a list's separator", "a,b;c|d\te"), Self("a wide apostrophe of another width", "ʼ\u{FF07} OR 1=1"),
            // Longer than all but the longest texts may be: more of it would cost time in every place.
            Self("a long one", String(repeating: "长", count: 2_001)),
        ] + [
            Self("half a character", json: #"\ud800"#), Self("the other half", json: #"x\udc00y"#),
            Self("halves the wrong way", json: #"\udfff\ud800"#), Self("an escaped zero", json: #"a\u0000b"#),
            Self("no escape", json: #"\x41"#), Self("a bare control", json: "a\u{1}b"),
        ]

    /// As it stands in JSON between quotation marks, behind a mark of this one time.
    package func json(marked mark: String) -> String { mark + json }

    /// JSON's escapes (RFC 8259 §7).
    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case _ where scalar.value < 0x20:
                "\\u" + String(repeating: "0", count: 4 - String(scalar.value, radix: 16).count)
                    + String(scalar.value, radix: 16)
            default: String(scalar)
            }
        }.joined()
    }
}
