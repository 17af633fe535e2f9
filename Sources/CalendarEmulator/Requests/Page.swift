import OrderedCollections

/// One page of a short list, or of what changed in it since a sync token was given: rules, list entries and settings.
/// Source: https://developers.google.com/workspace/calendar/api/guides/sync
struct Page<Element: Sendable> {
    private(set) var entries: [TrackedList<Element>.Entry]
    private let nextPage: Cursor?
    private let nextSync: Cursor

    /// - Parameters:
    ///   - owner: whose list it is, a calendar's id or a person's address; tokens of another list are void.
    ///   - areTokensExpired: the switch that makes every sync token void.
    ///   - admits: which entries a full list wants. A list of changes has them all, deleted ones too.
    init(
        of list: TrackedList<Element>, for call: Call, owner: String, areTokensExpired: Bool,
        admits: (TrackedList<Element>.Entry) -> Bool
    ) throws(GoogleError) {
        let start = try Self.start(of: list, for: call, owner: owner, areTokensExpired: areTokensExpired)
        let isIncremental = start.since != nil
        let rest =
            isIncremental
            // By the number of the change, so that what changes meanwhile moves to a later page and is not lost.
            ? list.entries.values.filter { $0.change > start.position }.sorted { $0.change < $1.change }
            : list.entries.values.filter { $0.place > start.position && admits($0) }
        let size = call.pageSize(default: 100, limit: 250)
        entries = Array(rest.prefix(size))
        var next = start
        if let last = entries.last { next.position = isIncremental ? last.change : last.place }
        nextPage = rest.count > size ? next : nil
        nextSync = Cursor(method: Self.syncMethod(call), calendarID: owner, since: start.until)
    }

    /// At a page token, after a sync token, or at the beginning.
    private static func start(
        of list: TrackedList<Element>, for call: Call, owner: String, areTokensExpired: Bool
    ) throws(GoogleError) -> Cursor {
        var start = Cursor(method: call.route.id, calendarID: owner, until: list.lastChange, query: call.listQuery)
        if let token = call.query["syncToken"] {
            guard !areTokensExpired, let sync = Cursor(token), sync.method == syncMethod(call), sync.calendarID == owner,
                let since = sync.since, (0...list.lastChange).contains(since)
            else { throw .fullSyncRequired }
            start.since = since
            start.position = since
        }
        guard let token = call.query["pageToken"] else { return start }
        guard let page = Cursor(token), page.method == start.method, page.calendarID == owner, page.query == start.query,
            page.since == start.since, (0...list.lastChange).contains(page.until)
        else { throw .invalid("Invalid page token value.", at: .parameter("pageToken")) }
        return page
    }

    private static func syncMethod(_ call: Call) -> String { call.route.id + ".sync" }

    func describe(in json: inout JSON.Object, _ item: (TrackedList<Element>.Entry) -> JSON) {
        if let nextPage {
            json["nextPageToken"] = .string(nextPage.token)
        } else {
            json["nextSyncToken"] = .string(nextSync.token)
        }
        json["items"] = .array(entries.map(item))
    }
}

extension Call {
    /// Everything that decides what is in a list: all pages have to be asked for with the same.
    var listQuery: String {
        query.items.filter { !["pageToken", "maxResults"].contains($0.name) && Parameter.global[$0.name] == nil }
            .map { $0.name + "=" + $0.value }.sorted().joined(separator: "&")
    }

    /// Refuses what a request with a sync token may not ask for beside it.
    /// - Parameter implied: parameters that are true then and may not be turned off.
    func refuseBesideSyncToken(_ forbidden: [String] = [], implied: [String] = []) throws(GoogleError) {
        guard query.has("syncToken") else { return }
        if let name = forbidden.first(where: query.has) {
            throw .badRequest("Parameter \(name) cannot be used together with syncToken.")
        }
        if let name = implied.first(where: { !flag($0, default: true) }) {
            throw .badRequest("\(name) cannot be false together with syncToken.")
        }
    }
}
