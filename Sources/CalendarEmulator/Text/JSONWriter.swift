import Foundation
import OrderedCollections

/// Writes JSON the way Google's servers do: one key a line with an indent, or compact for `prettyPrint=false`.
struct JSONWriter {
    /// Spaces per level; `nil` writes everything on one line without spaces.
    let indent: Int?
    private var output: [UInt8] = []

    private init(indent: Int?) { self.indent = indent }

    /// The bytes of `json`, ending in a newline unless compact.
    static func write(_ json: JSON, indent: Int?) -> Data {
        var writer = JSONWriter(indent: indent)
        writer.write(json, level: 0)
        if indent != nil { writer.output.append(0x0A) }
        return Data(writer.output)
    }

    private mutating func write(_ json: JSON, level: Int) {
        switch json {
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .integer(let value): append(String(value))
        case .number(let value): append(String(value))
        case .string(let value): write(value)
        case .array(let elements):
            list(elements, brackets: ("[", "]"), level: level) { writer, element in
                writer.write(element, level: level + 1)
            }
        case .object(let object):
            list(object.elements, brackets: ("{", "}"), level: level) { writer, element in
                writer.write(element.key)
                writer.append(writer.indent == nil ? ":" : ": ")
                writer.write(element.value, level: level + 1)
            }
        }
    }

    private mutating func list<Elements: Collection>(
        _ elements: Elements, brackets: (String, String), level: Int, each: (inout JSONWriter, Elements.Element) -> Void
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
        output.append(contentsOf: repeatElement(0x20, count: indent * level))
    }

    private mutating func append(_ text: String) { output.append(contentsOf: text.utf8) }

    private mutating func write(_ string: String) {
        output.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case 0x0A: append("\\n")
            case 0x0D: append("\\r")
            case 0x09: append("\\t")
            case 0..<0x20: append("\\u00" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16))
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }
}
