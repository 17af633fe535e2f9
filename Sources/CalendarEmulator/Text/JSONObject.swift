import OrderedCollections

/// The members of a JSON object, in the order in which they were sent or set.
///
/// Objects of an API have a handful of members. To look through their names takes less time than to hash one, and one array
/// less memory than a table. Beyond `scannedCount` members there is an index, so that no body is slow to read.
struct JSONObject: Sendable, Hashable {
    private struct Member: Sendable, Hashable {
        var key: String
        var value: JSON
    }

    private static let scannedCount = 32

    private var members: [Member] = []
    /// Where each name stands; nil while there are few.
    private var positions: [String: Int]?

    init(minimumCapacity: Int = 0) { members.reserveCapacity(minimumCapacity) }

    init(uniqueKeysWithValues pairs: some Sequence<(String, JSON)>) {
        for (key, value) in pairs { self[key] = value }
    }

    /// Nil for a name that is not there; setting it to nil removes it. A new name comes last.
    subscript(key: String) -> JSON? {
        get { position(of: key).map { members[$0].value } }
        set {
            switch (position(of: key), newValue) {
            case (let position?, let value?): members[position].value = value
            case (nil, let value?): append(Member(key: key, value: value))
            case (let position?, nil): remove(at: position)
            case (nil, nil): break
            }
        }
    }

    /// Adds a name that is not there yet, unless its value is nil. Spares the search that setting would need.
    mutating func add(_ newKey: consuming String, _ value: consuming JSON?) {
        if let value { append(Member(key: newKey, value: value)) }
    }

    mutating func removeValue(forKey key: String) { self[key] = nil }

    mutating func reserveCapacity(_ count: Int) { members.reserveCapacity(count) }

    /// - Parameter combine: makes one of the value here and the other one, where both have a name.
    mutating func merge(_ other: JSONObject, uniquingKeysWith combine: (JSON, JSON) -> JSON) {
        for (key, value) in other { self[key] = self[key].map { combine($0, value) } ?? value }
    }

    var keys: OrderedSet<String> { OrderedSet(members.map(\.key)) }
    var values: [JSON] { members.map(\.value) }

    func filter(_ isIncluded: (Element) throws -> Bool) rethrows -> JSONObject {
        JSONObject(uniqueKeysWithValues: try lazy.map { ($0.key, $0.value) }.filter(isIncluded))
    }

    static func == (left: JSONObject, right: JSONObject) -> Bool { left.members == right.members }

    func hash(into hasher: inout Hasher) { hasher.combine(members) }

    private func position(of key: String) -> Int? {
        if let positions { return positions[key] }
        // Most names differ in length already, which is quicker to see.
        let size = key.utf8.count
        return members.firstIndex { $0.key.utf8.count == size && $0.key == key }
    }

    private mutating func append(_ member: consuming Member) {
        positions?[member.key] = members.count
        members.append(member)
        if positions == nil, members.count > Self.scannedCount { makeIndex() }
    }

    private mutating func remove(at position: Int) {
        members.remove(at: position)
        if positions != nil { makeIndex() }
    }

    private mutating func makeIndex() {
        // Names that Unicode holds for the same (é in one piece and in two) are two here while there are few of them.
        let numbered = members.enumerated().map { ($0.element.key, $0.offset) }
        positions = Dictionary(numbered, uniquingKeysWith: { first, _ in first })
    }
}

extension JSONObject: RandomAccessCollection {
    typealias Element = (key: String, value: JSON)

    var startIndex: Int { 0 }
    var endIndex: Int { members.count }

    subscript(position: Int) -> Element { (members[position].key, members[position].value) }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// Of a name that stands twice the last value counts.
    init(dictionaryLiteral elements: (String, JSON)...) {
        self.init(minimumCapacity: elements.count)
        for (key, value) in elements { self[key] = value }
    }
}
