import Crypto
import Foundation

/// The id of a session's event, computed from what it is for, so that a repeated insert is refused instead of doubled.
///
/// This is a file format: calendars hold ids made by it. A new scheme gets a new ``Marker/scheme`` and leaves this one readable.
enum EventID {
    /// - Parameter generation: 0 at first; one more for each id that Google will not give back.
    /// - Returns: `loom` and 28 characters of base32hex, all that Google allows in an id.
    ///   Source: https://developers.google.com/workspace/calendar/api/v3/reference/events/insert
    static func id(of sessionID: String, in calendarID: String, generation: Int) -> String {
        let digest = SHA256.hash(data: Data("\(sessionID)\n\(calendarID)\n\(generation)".utf8))
        return "loom" + base32hex(digest).prefix(28)
    }

    /// RFC 4648, section 7, in lower case and without padding.
    static func base32hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdefghijklmnopqrstuv")
        var text = ""
        var buffer = 0
        var bits = 0
        for byte in bytes {
            buffer = (buffer << 8 | Int(byte)) & 0xFFF
            bits += 8
            while bits >= 5 {
                bits -= 5
                text.append(digits[buffer >> bits & 0b11111])
            }
        }
        if bits > 0 { text.append(digits[buffer << (5 - bits) & 0b11111]) }
        return text
    }
}
