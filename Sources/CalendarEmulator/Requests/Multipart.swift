import Foundation
import HTTPTypes

/// A body of several parts (RFC 2046 section 5.1), with CRLF or, as Google's Python client writes them, bare LF.
enum Multipart {
    struct Part {
        var headers: HTTPFields
        var content: ArraySlice<UInt8>
    }

    /// Nil for anything but `multipart/mixed` with a boundary of 1 to 70 characters.
    static func boundary(of contentType: String) -> String? {
        let parts = contentType.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
        guard parts.first?.lowercased() == "multipart/mixed" else { return nil }
        for part in parts.dropFirst() where part.lowercased().hasPrefix("boundary=") {
            var value = part.dropFirst("boundary=".count)
            if value.count >= 2, value.first == "\"", value.last == "\"" { value = value.dropFirst().dropLast() }
            return (1...70).contains(value.utf8.count) ? String(value) : nil
        }
        return nil
    }

    /// What stands before the first delimiter and behind the last one is no part. A body that ends without the last one
    /// was cut; what is there counts.
    static func parts(of body: Data, boundary: String) -> [Part] {
        let delimiter = Array("--\(boundary)".utf8)
        let bytes = Array(body)
        var parts: [Part] = []
        var start: Int?
        var lines = Lines(bytes[...])
        while true {
            let lineStart = lines.rest.startIndex
            guard let line = lines.next() else { break }
            guard line.starts(with: delimiter) else { continue }
            let tail = line.dropFirst(delimiter.count)
            let isLast = tail.starts(with: Array("--".utf8))
            guard isLast || tail.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }) else { continue }
            if let start { parts.append(part(bytes[start..<max(start, lineStart)])) }
            start = isLast ? nil : lines.rest.startIndex
            if isLast { return parts }
        }
        if let start { parts.append(part(bytes[start...])) }
        return parts
    }

    /// A part whose headers cannot be read has none, and is refused for that.
    private static func part(_ bytes: ArraySlice<UInt8>) -> Part {
        var lines = Lines(bytes.droppingLineBreak())
        let headers = lines.headers()
        return Part(headers: headers ?? HTTPFields(), content: lines.rest)
    }

    /// Bytes taken off line by line.
    struct Lines {
        private(set) var rest: ArraySlice<UInt8>

        init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

        /// The next line without its break; nil at the end.
        mutating func next() -> ArraySlice<UInt8>? {
            guard !rest.isEmpty else { return nil }
            let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
            let line = rest[rest.startIndex..<end]
            rest = rest[min(end + 1, rest.endIndex)...]
            return line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        }

        /// The header lines up to an empty line or the end, continued lines joined; nil when one of them is none.
        mutating func headers() -> HTTPFields? {
            var texts: [String] = []
            while let line = next(), !line.isEmpty {
                guard let text = String(validating: line, as: UTF8.self) else { return nil }
                if let last = texts.indices.last, text.first == " " || text.first == "\t" {
                    texts[last] += " " + text.trimmingCharacters(in: .whitespaces)
                } else {
                    texts.append(text)
                }
            }
            var fields = HTTPFields()
            for text in texts {
                let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, let name = HTTPField.Name(String(parts[0])) else { return nil }
                fields.append(HTTPField(name: name, value: parts[1].trimmingCharacters(in: .whitespaces)))
            }
            return fields
        }
    }
}

extension ArraySlice<UInt8> {
    /// Without one line break at the end: it belongs to the delimiter behind.
    func droppingLineBreak() -> Self {
        guard last == UInt8(ascii: "\n") else { return self }
        let line = dropLast()
        return line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    }

    /// Without any line breaks at the end, which some clients leave behind an empty body.
    func trimmingEndOfLines() -> Self {
        var trimmed = self
        while let last = trimmed.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { trimmed = trimmed.dropLast() }
        return trimmed
    }
}
