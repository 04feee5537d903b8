import Contracts
import Crypto
import Foundation

/// A contact as it is stored: nobody reads it without a key that is not in the database.
struct SealedContact: Sendable, Hashable {
    /// The id of the key that seals it; nil for what was sealed before keys had ids.
    let key: String?
    /// AES-256-GCM: nonce, text, tag.
    let box: [UInt8]
    /// A keyed hash of the normalised telephone number, which finds a person's items; nil without a number.
    let index: [UInt8]?
}

/// Seals contacts, and words with personal data in them, so that the database and its backups do not show them (个人信息保护法 §51).
///
/// One key seals; others open what they sealed until it is sealed anew (`intake contacts reseal`).
struct ContactSeal: Sendable {
    /// No key that is configured has sealed it.
    struct KeyMissing: Error, CustomStringConvertible {
        /// The id of the key that is wanted; nil when it is not known.
        let key: String?
        var description: String { "no key that is configured has sealed a contact (wanted: \(key ?? "unknown"))" }
    }

    private struct Key: Sendable {
        let id: String
        let sealing: SymmetricKey
        let indexing: SymmetricKey

        init(_ bytes: [UInt8]) {
            let master = SymmetricKey(data: bytes)
            sealing = master
            // From the same secret, and yet neither helps to find the other (RFC 5869).
            indexing = HKDF<SHA256>.deriveKey(
                inputKeyMaterial: master,
                info: Array("ebinda contact index".utf8),
                outputByteCount: 32
            )
            id = SHA256.hash(data: Array("ebinda contact key".utf8) + bytes).prefix(4)
                .map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        }
    }

    private let active: Key
    private let all: [Key]

    /// Creates a seal.
    ///
    /// - Parameters:
    ///   - key: 32 random bytes, which seal.
    ///   - retired: keys that only open.
    init(key: [UInt8], retired: [[UInt8]] = []) {
        active = Key(key)
        all = [active] + retired.map(Key.init)
    }

    /// The id of the key that seals.
    var activeKey: String { active.id }

    /// Seals a contact, bound to its item: it opens in no other row.
    func seal(_ contact: Submission.Contact, of id: SuggestionID) throws -> SealedContact {
        SealedContact(
            key: active.id,
            box: try box(JSONEncoder().encode(contact), boundTo: id.description),
            index: contact.phone.map { Self.index($0, active) }
        )
    }

    /// What was sealed.
    ///
    /// - Throws: ``KeyMissing``; `CryptoKitError` when it was changed or belongs to another item.
    func open(_ sealed: SealedContact, of id: SuggestionID) throws -> Submission.Contact {
        try JSONDecoder().decode(
            Submission.Contact.self,
            from: plain(sealed.box, under: sealed.key, boundTo: id.description)
        )
    }

    /// Bytes under the present key: nonce, text, tag.
    ///
    /// They open where they are bound to alone.
    func box(_ plain: Data, boundTo place: String) throws -> [UInt8] {
        let box = try AES.GCM.seal(plain, using: active.sealing, authenticating: Array(place.utf8))
        return Array(box.combined ?? Data())
    }

    /// What a box holds.
    ///
    /// - Parameter key: the id of the key that has sealed it; nil when it is not known.
    /// - Throws: ``KeyMissing``; `CryptoKitError` when it was changed or is bound elsewhere.
    func plain(_ box: [UInt8], under key: String?, boundTo place: String) throws -> Data {
        let keys = key.map { wanted in all.filter { $0.id == wanted } } ?? all
        var last: any Error = KeyMissing(key: key)
        for key in keys {
            do {
                return try AES.GCM.open(
                    try AES.GCM.SealedBox(combined: box),
                    using: key.sealing,
                    authenticating: Array(place.utf8)
                )
            } catch {
                last = error
            }
        }
        throw last
    }

    /// The hashes under which a number may be stored: one a key.
    func indexes(of phone: String) -> [[UInt8]] { all.map { Self.index(phone, $0) } }

    private static func index(_ phone: String, _ key: Key) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(normalised(phone).utf8), using: key.indexing))
    }

    /// Digits alone, without the mainland's country code before a mobile number: the same person writes it in many ways.
    static func normalised(_ phone: String) -> String {
        let digits = phone.filter(\.isWholeNumber)
        return digits.count == 13 && digits.hasPrefix("86") ? String(digits.dropFirst(2)) : digits
    }
}
