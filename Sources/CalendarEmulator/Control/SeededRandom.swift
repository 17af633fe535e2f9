/// SplitMix64: the same seed gives the same ids, tokens and dice.
struct SeededRandom: RandomNumberGenerator, Sendable {
    /// Where the dice stand: another one made with this as its seed goes on alike.
    private(set) var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// - Parameter alphabet: ASCII characters.
    mutating func text(_ count: Int, from alphabet: String) -> String {
        let letters = Array(alphabet.utf8)
        return String(decoding: (0..<count).map { _ in letters[Int.random(in: letters.indices, using: &self)] }, as: UTF8.self)
    }

    /// 26 characters of base32hex, as Google makes for events and secondary calendars.
    mutating func resourceID() -> String { text(26, from: "0123456789abcdefghijklmnopqrstuv") }

    /// 40 hexadecimal digits, the shape of a `private_key_id`.
    mutating func keyID() -> String { text(40, from: "0123456789abcdef") }

    /// A number as text, without a leading zero.
    mutating func digits(_ count: Int) -> String { "1" + text(count - 1, from: "0123456789") }

    mutating func uuid() -> String {
        [8, 4, 4, 4, 12].map { text($0, from: "0123456789abcdef") }.joined(separator: "-")
    }

    private static let tokenAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

    mutating func accessToken() -> String { "ya29.c.emulated-" + text(120, from: Self.tokenAlphabet) }
    mutating func refreshToken() -> String { "1//0emulated-" + text(60, from: Self.tokenAlphabet) }
    mutating func authorizationCode() -> String { "4/0emulated-" + text(60, from: Self.tokenAlphabet) }
    mutating func clientSecret() -> String { "GOCSPX-" + text(28, from: Self.tokenAlphabet) }
}
