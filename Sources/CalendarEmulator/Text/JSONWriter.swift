import Foundation
import OrderedCollections

/// Writes JSON the way Google's servers do: one key a line with an indent, or compact for `prettyPrint=false`.
struct JSONWriter {
    /// Spaces per level; `nil` writes everything on one line without spaces.
    let indent: Int?
    private var output: [UInt8] = []

    private init(indent: Int?) {
        self.indent = indent
        output.reserveCapacity(2048)
    }

    /// The bytes of `json`, ending in a newline unless compact.
    static func write(_ json: JSON, indent: Int?) -> Data {
        var writer = JSONWriter(indent: indent)
        writer.write(json, level: 0)
        if indent != nil { writer.output.append(0x0A) }
        return Data(writer.output)
    }

    private mutating func write(_ json: JSON, level: Int) {
        switch json {
        case .null: append(text: "null")
        case .bool(let value): append(text: value ? "true" : "false")
        case .integer(let value): append(text: String(value))
        case .number(let value): append(text: String(value))
        case .string(let value): write(value)
        case .array(let elements):
            list(elements, in: ("[", "]"), level: level) { writer, element in
                writer.write(element, level: level + 1)
            }
        case .object(let object):
            list(object, in: ("{", "}"), level: level) { writer, element in
                writer.write(element.key)
                writer.append(":")
                if writer.indent != nil { writer.append(" ") }
                writer.write(element.value, level: level + 1)
            }
        }
    }

    private mutating func list<Elements: Collection>(
        _ elements: Elements, in brackets: (Unicode.Scalar, Unicode.Scalar), level: Int,
        each: (inout JSONWriter, Elements.Element) -> Void
    ) {
        append(brackets.0)
        var isFirst = true
        for element in elements {
            if !isFirst { append(",") }
            isFirst = false
            newline(level: level + 1)
            each(&self, element)
        }
        if !elements.isEmpty { newline(level: level) }
        append(brackets.1)
    }

    private mutating func newline(level: Int) {
        guard let indent else { return }
        output.append(0x0A)
        for _ in 0..<indent * level { output.append(0x20) }
    }

    private mutating func append(_ character: Unicode.Scalar) { output.append(UInt8(ascii: character)) }

    private mutating func append(text: String) { output.append(contentsOf: text.utf8) }

    private mutating func write(_ string: String) {
        var string = string
        append("\"")
        string.withUTF8 { bytes in
            // Most strings have nothing to escape, and most are short.
            if bytes.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
                for byte in bytes { write(byte) }
            } else {
                output.append(contentsOf: bytes)
            }
        }
        append("\"")
    }

    private mutating func write(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): append(text: "\\\"")
        case UInt8(ascii: "\\"): append(text: "\\\\")
        case 0x0A: append(text: "\\n")
        case 0x0D: append(text: "\\r")
        case 0x09: append(text: "\\t")
        case 0..<0x20: append(text: "\\u00" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16))
        default: output.append(byte)
        }
    }
}
