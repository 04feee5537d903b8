/// What a broker may say, written out by hand from the protocol (AMQP 0-9-1, amqp0-9-1.xml and §4.2), so that no code of
/// the client or its library takes part in it.
struct ScriptedFrame: Sendable {
    /// Class and method numbers.
    struct Method: Sendable, Hashable {
        let group: UInt16
        let number: UInt16

        static let connectionStartOK = Self(group: 10, number: 11)
        static let connectionTuneOK = Self(group: 10, number: 31)
        static let connectionOpen = Self(group: 10, number: 40)
        static let connectionClose = Self(group: 10, number: 50)
        static let channelOpen = Self(group: 20, number: 10)
        static let confirmSelect = Self(group: 85, number: 10)
        static let basicQos = Self(group: 60, number: 10)
        static let basicConsume = Self(group: 60, number: 20)
        static let basicPublish = Self(group: 60, number: 40)
        static let basicAck = Self(group: 60, number: 80)
    }

    /// Frame types: 1 method, 2 header, 3 body, 8 heartbeat.
    var type: UInt8
    var channel: UInt16
    var payload: [UInt8]
    /// The octet that ends every frame.
    var end: UInt8 = 0xCE

    /// Class and method of a method frame.
    var method: Method? {
        guard type == 1, payload.count >= 4 else { return nil }
        return Method(
            group: UInt16(payload[0]) << 8 | UInt16(payload[1]),
            number: UInt16(payload[2]) << 8 | UInt16(payload[3])
        )
    }

    /// The frame as it travels.
    var bytes: [UInt8] {
        var writer = Writer()
        writer.put(type)
        writer.put(channel)
        writer.put(UInt32(payload.count))
        return writer.bytes + payload + [end]
    }

    private init(_ type: UInt8, _ channel: UInt16, _ payload: [UInt8] = []) {
        (self.type, self.channel, self.payload) = (type, channel, payload)
    }

    init(type: UInt8, channel: UInt16, payload: [UInt8]) { self.init(type, channel, payload) }

    private static func method(_ group: UInt16, _ number: UInt16, channel: UInt16, _ fill: (inout Writer) -> Void)
        -> Self
    {
        var writer = Writer()
        writer.put(group)
        writer.put(number)
        fill(&writer)
        return Self(1, channel, writer.bytes)
    }

    static let heartbeat = Self(8, 0)

    static let start = method(10, 10, channel: 0) {
        $0.put(UInt8(0))
        $0.put(UInt8(9))
        $0.put(UInt32(0))
        $0.putLong("PLAIN")
        $0.putLong("en_US")
    }

    static func tune(heartbeat: UInt16) -> Self {
        method(10, 30, channel: 0) {
            $0.put(UInt16(2_047))
            $0.put(UInt32(131_072))
            $0.put(heartbeat)
        }
    }

    static let connectionOpened = method(10, 41, channel: 0) { $0.putShort("") }
    static let channelOpened = method(20, 11, channel: 1) { $0.putLong("") }
    static let confirmsSelected = method(85, 11, channel: 1) { _ in }
    static let qosDone = method(60, 11, channel: 1) { _ in }
    static let consuming = method(60, 21, channel: 1) { $0.putShort("tag") }
    static let cancel = method(60, 30, channel: 1) {
        $0.putShort("tag")
        $0.put(UInt8(1))
    }
    static let unblocked = method(10, 61, channel: 0) { _ in }

    static func blocked(_ reason: String) -> Self { method(10, 60, channel: 0) { $0.putShort(reason) } }

    static func connectionClose(_ code: UInt16, _ text: String) -> Self { close(10, 50, 0, code, text) }
    static func channelClose(_ code: UInt16, _ text: String) -> Self { close(20, 40, 1, code, text) }

    private static func close(_ group: UInt16, _ number: UInt16, _ channel: UInt16, _ code: UInt16, _ text: String)
        -> Self
    {
        method(group, number, channel: channel) {
            $0.put(code)
            $0.putShort(text)
            $0.put(UInt16(0))
            $0.put(UInt16(0))
        }
    }

    static func acknowledged(_ tag: UInt64, multiple: Bool = false) -> Self {
        method(60, 80, channel: 1) {
            $0.put(tag)
            $0.put(UInt8(multiple ? 1 : 0))
        }
    }

    static func deliver(_ tag: UInt64, exchange: String = "", key: String = "q") -> Self {
        method(60, 60, channel: 1) {
            $0.putShort("tag")
            $0.put(tag)
            $0.put(UInt8(0))
            $0.putShort(exchange)
            $0.putShort(key)
        }
    }

    /// A content header with one property, the message's id (flag bit 7).
    static func header(size: Int, messageID: String) -> Self {
        var writer = Writer()
        writer.put(UInt16(60))
        writer.put(UInt16(0))
        writer.put(UInt64(size))
        writer.put(UInt16(1 << 7))
        writer.putShort(messageID)
        return Self(2, 1, writer.bytes)
    }

    static func body(_ text: String) -> Self { Self(3, 1, Array(text.utf8)) }

    /// A whole delivery, its body in two frames.
    static func delivery(_ tag: UInt64, _ first: String, _ second: String) -> [Self] {
        [
            deliver(tag), header(size: first.utf8.count + second.utf8.count, messageID: "m\(tag)"), body(first),
            body(second),
        ]
    }

    /// Integers big-endian, short and long strings.
    private struct Writer {
        var bytes: [UInt8] = []

        mutating func put(_ value: some FixedWidthInteger & UnsignedInteger) {
            withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
        }

        mutating func putShort(_ text: String) {
            put(UInt8(text.utf8.count))
            bytes += text.utf8
        }

        mutating func putLong(_ text: String) {
            put(UInt32(text.utf8.count))
            bytes += text.utf8
        }
    }
}
