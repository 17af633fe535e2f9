import Foundation

/// The part of a URL behind `?`, or a form: names and values in order, decoded.
struct Query: Sendable {
    var items: [(name: String, value: String)]

    init(_ text: some Collection<UInt8>) {
        items = text.split(separator: UInt8(ascii: "&")).map { pair in
            let end = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            return (Self.decode(pair[..<end]), Self.decode(pair[end...].dropFirst()))
        }
    }

    subscript(name: String) -> String? { items.last { $0.name == name }?.value }

    func all(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }

    func has(_ name: String) -> Bool { items.contains { $0.name == name } }

    private static func decode(_ text: some Collection<UInt8>) -> String {
        percentDecoded(text.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 })
    }
}

/// A request target: path segments, decoded one by one so that an id may hold a slash, and the query.
struct Target: Sendable {
    /// The path as sent.
    var path: String
    var segments: [String]
    var query: Query

    init(_ target: String) {
        let bytes = Array(target.utf8)
        let end = bytes.firstIndex(of: UInt8(ascii: "?")) ?? bytes.endIndex
        path = String(decoding: bytes[..<end], as: UTF8.self)
        segments = []
        segments.reserveCapacity(8)
        var start = 0
        for position in 0...end where position == end || bytes[position] == UInt8(ascii: "/") {
            if position > start { segments.append(percentDecoded(bytes[start..<position])) }
            start = position + 1
        }
        query = Query(bytes[end...].dropFirst())
    }
}

/// Without percent escapes; as it is when one of them makes no sense.
private func percentDecoded(_ bytes: some Collection<UInt8>) -> String {
    let text = String(decoding: bytes, as: UTF8.self)
    return bytes.contains(UInt8(ascii: "%")) ? text.removingPercentEncoding ?? text : text
}
