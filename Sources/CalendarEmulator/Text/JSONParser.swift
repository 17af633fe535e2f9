import Foundation
import OrderedCollections

/// Reads JSON (RFC 8259) from bytes. Foundation's decoders lose the order of keys, which this emulator has to keep.
struct JSONParser {
    /// Nesting beyond this is refused, so that no body can exhaust the stack.
    static let maximumDepth = 64

    struct Failure: Error {
        var offset: Int
    }

    private let bytes: [UInt8]
    private var position = 0

    private init(_ data: Data) { bytes = [UInt8](data) }

    static func parse(_ data: Data) throws(Failure) -> JSON {
        var parser = JSONParser(data)
        // All of it at once: strings end at ASCII characters, so each one is valid when the whole is.
        guard String(validating: parser.bytes, as: UTF8.self) != nil else { throw parser.failure }
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.position == parser.bytes.count else { throw parser.failure }
        return value
    }

    private var failure: Failure { Failure(offset: position) }
    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard current == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(Failure) {
        guard take(character) else { throw failure }
    }

    private mutating func expect(word: String) throws(Failure) {
        guard bytes[position...].starts(with: word.utf8) else { throw failure }
        position += word.utf8.count
    }

    private mutating func value(depth: Int) throws(Failure) -> JSON {
        guard depth < Self.maximumDepth else { throw failure }
        skipSpace()
        switch current {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"):
            try expect(word: "true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try expect(word: "false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try expect(word: "null")
            return .null
        default: return try number()
        }
    }

    private mutating func object(depth: Int) throws(Failure) -> JSON {
        try expect("{")
        var object = JSON.Object(minimumCapacity: 8)
        skipSpace()
        if take("}") { return .object(object) }
        while true {
            skipSpace()
            let key = try string()
            skipSpace()
            try expect(":")
            object[key] = try value(depth: depth + 1)
            skipSpace()
            guard take(",") else { break }
        }
        try expect("}")
        return .object(object)
    }

    private mutating func array(depth: Int) throws(Failure) -> JSON {
        try expect("[")
        var elements: [JSON] = []
        skipSpace()
        if take("]") { return .array(elements) }
        while true {
            elements.append(try value(depth: depth + 1))
            skipSpace()
            guard take(",") else { break }
        }
        try expect("]")
        return .array(elements)
    }

    /// An optional minus, `0` or digits that begin with another one, then perhaps a fraction and an exponent (section 6).
    private mutating func number() throws(Failure) -> JSON {
        let start = position
        _ = take("-")
        if !take("0") { try digits() }
        var isWhole = true
        if take(".") {
            isWhole = false
            try digits()
        }
        if take("e") || take("E") {
            isWhole = false
            _ = take("+") || take("-")
            try digits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, let integer = Int64(text) { return .integer(integer) }
        guard let double = Double(text), double.isFinite else { throw failure }
        return .number(double)
    }

    /// At least one.
    private mutating func digits() throws(Failure) {
        let start = position
        while let byte = current, 0x30...0x39 ~= byte { position += 1 }
        guard position > start else { throw failure }
    }
}

// MARK: - Strings

extension JSONParser {
    private mutating func string() throws(Failure) -> String {
        try expect("\"")
        let start = position
        skipPlainCharacters()
        // Most strings have no escapes and are taken in one piece.
        guard current == UInt8(ascii: "\\") else { return try text(bytes[start..<position]) }
        var unescaped = Array(bytes[start..<position])
        while take("\\") {
            unescaped.append(contentsOf: String(try escape()).utf8)
            let start = position
            skipPlainCharacters()
            unescaped.append(contentsOf: bytes[start..<position])
        }
        return try text(unescaped[...])
    }

    /// Up to a quotation mark, an escape, or what may not stand in a string.
    private mutating func skipPlainCharacters() {
        position = bytes.withUnsafeBufferPointer { bytes in
            var end = position
            while end < bytes.count, bytes[end] >= 0x20, bytes[end] != UInt8(ascii: "\""), bytes[end] != UInt8(ascii: "\\") {
                end += 1
            }
            return end
        }
    }

    /// What was read of a string, provided that it ends here.
    private mutating func text(_ content: ArraySlice<UInt8>) throws(Failure) -> String {
        guard take("\"") else { throw failure }
        return String(decoding: content, as: UTF8.self)
    }

    private mutating func escape() throws(Failure) -> Unicode.Scalar {
        guard let byte = current else { throw failure }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw failure
        }
    }

    /// `\uXXXX`, or a surrogate pair of two; half a pair becomes U+FFFD, since no Swift string can hold it.
    private mutating func unicodeEscape() throws(Failure) -> Unicode.Scalar {
        let first = try hexUnit()
        guard UTF16.isLeadSurrogate(first) else { return Unicode.Scalar(first) ?? "\u{FFFD}" }
        let afterFirst = position
        guard current == UInt8(ascii: "\\") else { return "\u{FFFD}" }
        position += 1
        guard current == UInt8(ascii: "u") else {
            position = afterFirst
            return "\u{FFFD}"
        }
        position += 1
        let second = try hexUnit()
        guard UTF16.isTrailSurrogate(second) else {
            position = afterFirst
            return "\u{FFFD}"
        }
        return UTF16.decode(UTF16.EncodedScalar([first, second]))
    }

    private mutating func hexUnit() throws(Failure) -> UInt16 {
        guard position + 4 <= bytes.count else { throw failure }
        let digits = String(decoding: bytes[position..<position + 4], as: UTF8.self)
        guard digits.allSatisfy(\.isHexDigit), let unit = UInt16(digits, radix: 16) else { throw failure }
        position += 4
        return unit
    }
}
