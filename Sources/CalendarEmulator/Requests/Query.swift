import Foundation

/// The part of a URL behind `?`, or a form: names and values in order, decoded.
struct Query: Sendable {
    var items: [(name: String, value: String)]

    init(_ text: Substring) {
        items = text.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (Self.decode(parts.first ?? ""), Self.decode(parts.count > 1 ? parts[1] : ""))
        }
    }

    subscript(name: String) -> String? { items.last { $0.name == name }?.value }

    func all(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }

    func has(_ name: String) -> Bool { items.contains { $0.name == name } }

    private static func decode(_ text: Substring) -> String {
        let spaced = text.replacing("+", with: " ")
        return String(spaced).removingPercentEncoding ?? String(spaced)
    }
}

/// A request target: path segments, decoded one by one so that an id may hold a slash, and the query.
struct Target: Sendable {
    /// The path as sent.
    var path: String
    var segments: [String]
    var query: Query

    init(_ target: String) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts.first ?? "")
        segments = path.split(separator: "/").map { String($0).removingPercentEncoding ?? String($0) }
        query = Query(parts.count > 1 ? parts[1] : "")
    }
}
