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

    private mutating func expect(_ text: String) throws(Failure) {
        for byte in text.utf8 {
            guard current == byte else { throw failure }
            position += 1
        }
    }

    private mutating func value(depth: Int) throws(Failure) -> JSON {
        guard depth < Self.maximumDepth else { throw failure }
        skipSpace()
        switch current {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"):
            try expect("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try expect("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try expect("null")
            return .null
        default: return try number()
        }
    }

    private mutating func object(depth: Int) throws(Failure) -> JSON {
        try expect("{")
        var object = JSON.Object()
        skipSpace()
        if current == UInt8(ascii: "}") {
            position += 1
            return .object(object)
        }
        while true {
            skipSpace()
            let key = try string()
            skipSpace()
            try expect(":")
            object[key] = try value(depth: depth + 1)
            skipSpace()
            guard current == UInt8(ascii: ",") else { break }
            position += 1
        }
        try expect("}")
        return .object(object)
    }

    private mutating func array(depth: Int) throws(Failure) -> JSON {
        try expect("[")
        var elements: [JSON] = []
        skipSpace()
        if current == UInt8(ascii: "]") {
            position += 1
            return .array(elements)
        }
        while true {
            elements.append(try value(depth: depth + 1))
            skipSpace()
            guard current == UInt8(ascii: ",") else { break }
            position += 1
        }
        try expect("]")
        return .array(elements)
    }

    private mutating func number() throws(Failure) -> JSON {
        let start = position
        while let byte = current, Self.isPartOfNumber(byte) { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        let hasLeadingZero =
            digits.count > 1 && digits.hasPrefix("0") && !digits.hasPrefix("0.") && !digits.lowercased().hasPrefix("0e")
        guard digits.first?.isWholeNumber == true, digits.last != ".", !hasLeadingZero else { throw failure }
        if let integer = Int64(text) { return .integer(integer) }
        guard let double = Double(text), double.isFinite else { throw failure }
        return .number(double)
    }

    private static func isPartOfNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
            UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }
}

// MARK: - Strings

extension JSONParser {
    private mutating func string() throws(Failure) -> String {
        try expect("\"")
        var text: [UInt8] = []
        while let byte = current {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else { throw failure }
                return string
            case UInt8(ascii: "\\"):
                text.append(contentsOf: String(try escape()).utf8)
            case 0..<0x20:
                throw failure
            default:
                text.append(byte)
            }
        }
        throw failure
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
