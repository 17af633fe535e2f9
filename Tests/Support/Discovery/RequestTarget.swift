import Foundation
import HTTPTypes

/// The path and the query of a request, read as Google reads them.
struct RequestTarget {
    private let text: String
    private let path: Substring
    private let rawQuery: Substring

    init(_ request: HTTPRequest) {
        text = request.path ?? ""
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = parts.first ?? ""
        rawQuery = parts.count > 1 ? parts[1] : ""
    }

    /// The decoded segments after the base path; nil for a path elsewhere. Segments are split before they are decoded:
    /// a calendar id may hold a slash, as `%2F`.
    func segments(below basePath: String) -> [String]? {
        guard path.hasPrefix(basePath) else { return nil }
        return path.dropFirst(basePath.count)
            .split(separator: "/", omittingEmptySubsequences: false)
            .map { $0.removingPercentEncoding ?? String($0) }
    }

    /// Names and values in the order of the query. In a query a plus sign stands for a space, so a time whose offset
    /// `+02:00` was not encoded arrives broken.
    var query: [(name: String, value: String)] {
        rawQuery.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(decoded)
            return (name: parts[0], value: parts.count > 1 ? parts[1] : "")
        }
    }

    /// Characters that <https://www.rfc-editor.org/rfc/rfc3986#section-3.3> wants encoded. `#` is the one that hurts:
    /// it is common in calendar ids, and what follows it is never sent.
    var complaints: [String] {
        var complaints: [String] = []
        if let character = text.first(where: { !Self.isAllowed($0) }) {
            complaints.append("target: “\(character)” must be percent-encoded: \(quoted(text))")
        }
        if text.removingPercentEncoding == nil {
            complaints.append("target: not a percent-encoding of UTF-8: \(quoted(text))")
        }
        return complaints
    }

    private func decoded(_ text: Substring) -> String {
        let spaced = text.replacing("+", with: " ")
        return spaced.removingPercentEncoding ?? String(spaced)
    }

    private static func isAllowed(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "-._~!$&'()*+,;=:@/?%".contains(character))
    }
}
