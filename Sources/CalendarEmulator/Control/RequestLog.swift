import OrderedCollections

/// What was asked of Google's paths, in order. Control calls are not part of it.
struct RequestLog: Sendable {
    struct Entry: Sendable {
        var number = 0
        var time: Instant
        var method: String
        /// Without the query, which may hold a token; of a long one the beginning.
        var path: String
        /// The method of the API, such as `events.insert`, or `token`; nil for paths that are none.
        var api: String?
        /// On whose behalf; nil when that did not become clear.
        var principal: String?
        /// What was answered; nil when the connection was closed without an answer.
        var status: Int?
        /// The fault that got in the way, by its id.
        var fault: Int?
    }

    /// Older entries are forgotten beyond this many.
    static let capacity = 50_000
    /// So many characters of a path are kept.
    static let maximumPath = 2_048

    /// The entry `number` stands at `(number - 1) % capacity`, so a new one takes the place of the oldest.
    private var entries: [Entry] = []
    /// The number of the newest entry.
    private(set) var lastNumber = 0

    mutating func append(_ entry: Entry) {
        var numbered = entry
        numbered.number = lastNumber + 1
        if entry.path.utf8.count > Self.maximumPath { numbered.path = String(entry.path.prefix(Self.maximumPath)) }
        if entries.count < Self.capacity {
            entries.append(numbered)
        } else {
            entries[lastNumber % Self.capacity] = numbered
        }
        lastNumber += 1
    }

    /// Entries with a number above `since`.
    func entries(since: Int) -> [Entry] {
        let kept = lastNumber - entries.count
        return (min(max(since, kept), lastNumber)..<lastNumber).map { entries[$0 % Self.capacity] }
    }
}

extension RequestLog.Entry {
    var json: JSON {
        var json: JSON.Object = [
            "number": .integer(Int64(number)), "time": .string(time.utc), "principal": principal.map(JSON.string) ?? .null,
            "method": .string(method), "path": .string(path), "status": status.map { .integer(Int64($0)) } ?? .null,
        ]
        json["api"] = api.map(JSON.string)
        json["fault"] = fault.map { .integer(Int64($0)) }
        return .object(json)
    }
}
