import CRabbitMQ
import Glibc

/// Headers and properties in the library's own structures; what is made here lives in the pool that is passed in.
enum TableCoding {
    static func bytes(_ text: String, in arena: inout amqp_pool_t) -> amqp_bytes_t {
        var text = text
        return text.withUTF8 { bytes(UnsafeRawBufferPointer($0), in: &arena) }
    }

    private static func bytes(_ source: UnsafeRawBufferPointer, in arena: inout amqp_pool_t) -> amqp_bytes_t {
        guard source.count > 0, let base = source.baseAddress else { return amqp_empty_bytes }
        var result = amqp_bytes_t()
        amqp_pool_alloc_bytes(&arena, source.count, &result)
        memcpy(result.bytes, base, source.count)
        return result
    }

    static func table(_ headers: [Header], in arena: inout amqp_pool_t) -> amqp_table_t {
        guard !headers.isEmpty,
            let raw = amqp_pool_alloc(&arena, headers.count * MemoryLayout<amqp_table_entry_t>.stride)
        else { return amqp_empty_table }
        let entries = raw.bindMemory(to: amqp_table_entry_t.self, capacity: headers.count)
        for (index, header) in headers.enumerated() {
            entries[index].key = bytes(header.name, in: &arena)
            entries[index].value = field(header.value, in: &arena)
        }
        return amqp_table_t(num_entries: Int32(headers.count), entries: entries)
    }

    private static func field(_ value: HeaderValue, in arena: inout amqp_pool_t) -> amqp_field_value_t {
        var field = amqp_field_value_t()
        func kind(_ kind: amqp_field_value_kind_t) { field.kind = UInt8(kind.rawValue) }
        switch value {
        case .string(let text):
            kind(AMQP_FIELD_KIND_UTF8)
            field.value.bytes = bytes(text, in: &arena)
        case .int(let number):
            kind(AMQP_FIELD_KIND_I64)
            field.value.i64 = number
        case .bool(let truth):
            kind(AMQP_FIELD_KIND_BOOLEAN)
            field.value.boolean = truth ? 1 : 0
        case .double(let number):
            kind(AMQP_FIELD_KIND_F64)
            field.value.f64 = number
        case .timestamp(let seconds):
            kind(AMQP_FIELD_KIND_TIMESTAMP)
            field.value.u64 = seconds
        case .bytes(let raw):
            kind(AMQP_FIELD_KIND_BYTES)
            field.value.bytes = raw.withUnsafeBytes { bytes($0, in: &arena) }
        case .table(let headers):
            kind(AMQP_FIELD_KIND_TABLE)
            field.value.table = table(headers, in: &arena)
        case .array(let values):
            kind(AMQP_FIELD_KIND_ARRAY)
            let raw = amqp_pool_alloc(&arena, max(1, values.count) * MemoryLayout<amqp_field_value_t>.stride)
            let entries = raw?.bindMemory(to: amqp_field_value_t.self, capacity: max(1, values.count))
            for (index, value) in values.enumerated() { entries?[index] = Self.field(value, in: &arena) }
            field.value.array = amqp_array_t(num_entries: Int32(values.count), entries: entries)
        case .null: kind(AMQP_FIELD_KIND_VOID)
        }
        return field
    }

    static func properties(_ source: MessageProperties, in arena: inout amqp_pool_t) -> amqp_basic_properties_t {
        var result = amqp_basic_properties_t()
        var flags = UInt32(AMQP_BASIC_DELIVERY_MODE_FLAG)
        // Delivery modes of AMQP 0-9-1: 1 transient, 2 persistent.
        result.delivery_mode = source.isPersistent ? 2 : 1
        func set(_ text: String?, _ flag: Int32, _ path: WritableKeyPath<amqp_basic_properties_t, amqp_bytes_t>) {
            guard let text else { return }
            flags |= UInt32(flag)
            result[keyPath: path] = bytes(text, in: &arena)
        }
        set(source.contentType, AMQP_BASIC_CONTENT_TYPE_FLAG, \.content_type)
        set(source.correlationID, AMQP_BASIC_CORRELATION_ID_FLAG, \.correlation_id)
        set(source.messageID, AMQP_BASIC_MESSAGE_ID_FLAG, \.message_id)
        set(source.type, AMQP_BASIC_TYPE_FLAG, \.type)
        set(source.userID, AMQP_BASIC_USER_ID_FLAG, \.user_id)
        set(source.appID, AMQP_BASIC_APP_ID_FLAG, \.app_id)
        if let timestamp = source.timestamp {
            flags |= UInt32(AMQP_BASIC_TIMESTAMP_FLAG)
            result.timestamp = timestamp
        }
        if !source.headers.isEmpty {
            flags |= UInt32(AMQP_BASIC_HEADERS_FLAG)
            result.headers = table(source.headers, in: &arena)
        }
        result._flags = flags
        return result
    }

    static func text(_ bytes: amqp_bytes_t) -> String {
        String(decoding: UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.len), as: UTF8.self)
    }

    static func properties(_ source: amqp_basic_properties_t, _ names: inout NameCache) -> MessageProperties {
        func has(_ flag: Int32) -> Bool { source._flags & UInt32(flag) != 0 }
        var result = MessageProperties()
        result.isPersistent = has(AMQP_BASIC_DELIVERY_MODE_FLAG) && source.delivery_mode == 2
        if has(AMQP_BASIC_CONTENT_TYPE_FLAG) { result.contentType = names.text(source.content_type) }
        if has(AMQP_BASIC_CORRELATION_ID_FLAG) { result.correlationID = text(source.correlation_id) }
        if has(AMQP_BASIC_MESSAGE_ID_FLAG) { result.messageID = text(source.message_id) }
        if has(AMQP_BASIC_TYPE_FLAG) { result.type = names.text(source.type) }
        if has(AMQP_BASIC_USER_ID_FLAG) { result.userID = names.text(source.user_id) }
        if has(AMQP_BASIC_APP_ID_FLAG) { result.appID = names.text(source.app_id) }
        if has(AMQP_BASIC_TIMESTAMP_FLAG) { result.timestamp = source.timestamp }
        if has(AMQP_BASIC_HEADERS_FLAG) { result.headers = headers(source.headers, &names) }
        return result
    }

    private static func headers(_ table: amqp_table_t, _ names: inout NameCache) -> [Header] {
        UnsafeBufferPointer(start: table.entries, count: Int(table.num_entries)).map {
            Header(names.text($0.key), value($0.value, &names))
        }
    }

    private static func value(_ field: amqp_field_value_t, _ names: inout NameCache) -> HeaderValue {
        let value = field.value
        return switch amqp_field_value_kind_t(UInt32(field.kind)) {
        case AMQP_FIELD_KIND_UTF8: .string(text(value.bytes))
        case AMQP_FIELD_KIND_BYTES:
            .bytes(Array(UnsafeRawBufferPointer(start: value.bytes.bytes, count: value.bytes.len)))
        case AMQP_FIELD_KIND_BOOLEAN: .bool(value.boolean != 0)
        case AMQP_FIELD_KIND_I8: .int(Int64(value.i8))
        case AMQP_FIELD_KIND_U8: .int(Int64(value.u8))
        case AMQP_FIELD_KIND_I16: .int(Int64(value.i16))
        case AMQP_FIELD_KIND_U16: .int(Int64(value.u16))
        case AMQP_FIELD_KIND_I32: .int(Int64(value.i32))
        case AMQP_FIELD_KIND_U32: .int(Int64(value.u32))
        case AMQP_FIELD_KIND_I64: .int(value.i64)
        case AMQP_FIELD_KIND_U64: .int(Int64(clamping: value.u64))
        case AMQP_FIELD_KIND_F32: .double(Double(value.f32))
        case AMQP_FIELD_KIND_F64: .double(value.f64)
        case AMQP_FIELD_KIND_TIMESTAMP: .timestamp(value.u64)
        case AMQP_FIELD_KIND_TABLE: .table(headers(value.table, &names))
        case AMQP_FIELD_KIND_ARRAY:
            .array(
                UnsafeBufferPointer(start: value.array.entries, count: Int(value.array.num_entries)).map {
                    Self.value($0, &names)
                }
            )
        default: .null
        }
    }
}

/// Strings that come with every message, made once.
struct NameCache {
    /// Beyond it nothing more is kept: names are few, and a sender that invents them must not fill the memory.
    private static let limit = 64
    private var texts: [String] = []

    /// The text of bytes, shared with earlier ones that were the same.
    mutating func text(_ bytes: amqp_bytes_t) -> String {
        let buffer = UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.len)
        for index in texts.indices {
            let isSame = texts[index].utf8.withContiguousStorageIfAvailable { known in
                guard known.count == buffer.count else { return false }
                guard let first = known.baseAddress, let second = buffer.baseAddress else { return true }
                return memcmp(first, second, known.count) == 0
            }
            if isSame == true { return texts[index] }
        }
        let text = String(decoding: buffer, as: UTF8.self)
        if texts.count < Self.limit { texts.append(text) }
        return text
    }
}
