import Foundation

/// Where a list continues: what page tokens and sync tokens carry. Opaque to clients, like Google's.
struct Cursor: Sendable, Equatable {
    /// The method that gave the token; another one refuses it.
    var method: String
    /// The calendar whose list it is, or empty.
    var calendarID = ""
    /// How many candidates of the list are behind us.
    var position = 0
    /// Changes after this one are wanted; nil for a list that is not incremental.
    var since: Int?
    /// The last change when the first page was made: the sync token at the end starts there, so nothing is lost.
    var until = 0
    /// The version of the access rules: a sync token of before is void.
    var rulesVersion: Int64 = 0
    /// The query the token belongs to.
    var query = ""
    /// The last one of the page before, in lists that are sorted anew for each page.
    var last: SortKey?
    /// The time a list was narrowed to when it was first asked for, in milliseconds since 1970.
    var windowMin: Int64?
    var windowMax: Int64?
    /// Whether the page before was left empty, as a switch wants every other one.
    var isBehindEmptyPage = false
}

extension Cursor {
    var token: String {
        let json: JSON = [
            .string(method), .string(calendarID), .integer(Int64(position)), since.map { .integer(Int64($0)) } ?? .null,
            .integer(Int64(until)), .integer(rulesVersion), .string(query), .bool(isBehindEmptyPage),
            last.map { .integer($0.time.milliseconds) } ?? .null, last.map { .string($0.id) } ?? .null,
            windowMin.map(JSON.integer) ?? .null, windowMax.map(JSON.integer) ?? .null,
        ]
        return JSONWriter.write(json, indent: nil).base64URL
    }

    /// Nil for anything this emulator did not make, as far as one can tell.
    init?(_ token: String) {
        guard let data = Data(base64URL: token), let json = try? JSONParser.parse(data), let parts = json.array,
            parts.count == 12, let method = parts[0].string, let calendarID = parts[1].string,
            let position = parts[2].integer.flatMap(Int.init(exactly:)), position >= 0,
            let until = parts[4].integer.flatMap(Int.init(exactly:)), let rulesVersion = parts[5].integer,
            let query = parts[6].string, let isBehindEmptyPage = parts[7].bool
        else { return nil }
        self.init(
            method: method, calendarID: calendarID, position: position,
            since: parts[3].integer.flatMap(Int.init(exactly:)), until: until, rulesVersion: rulesVersion, query: query,
            isBehindEmptyPage: isBehindEmptyPage)
        if let time = parts[8].integer, let id = parts[9].string {
            last = SortKey(time: Instant(milliseconds: time), id: id)
        }
        (windowMin, windowMax) = (parts[10].integer, parts[11].integer)
    }
}

/// By what lists of events are sorted: a time, and for those of the same time the id.
struct SortKey: Sendable, Hashable, Comparable {
    var time: Instant
    var id: String

    static func < (left: SortKey, right: SortKey) -> Bool { (left.time, left.id) < (right.time, right.id) }
}
