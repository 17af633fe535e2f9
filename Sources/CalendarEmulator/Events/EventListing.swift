import Foundation
import OrderedCollections

/// `events.list`: filters, order, pages and incremental synchronisation.
/// Source: https://developers.google.com/workspace/calendar/api/v3/reference/events/list and …/guides/sync
extension World {
    /// Freebusy readers get the events too, without details.
    func listEvents(_ call: Call) throws(GoogleError) -> Answer {
        let (calendar, role) = try calendar(for: call, atLeast: .freeBusyReader)
        let store = events[calendar.id] ?? EventStore()
        let filter = try EventFilter(call, calendar: calendar, switches: switches)
        let start = try cursor(for: call, calendar: calendar, store: store)
        let size = min(call.pageSize(default: 250, limit: 2500), switches.pageSizeLimit ?? .max)
        let page = EventPage(store: store, from: start, size: size, orderBy: call.query["orderBy"], zone: filter.zone) {
            filter.admits($0, isIncremental: start.since != nil)
        }
        let view = EventView(of: calendar, role: role, call: call)
        var json: JSON.Object = [
            "kind": "calendar#events", "etag": .string("\"p\(store.lastChange)g\(calendar.rulesVersion)\""),
            "summary": .string(calendar.summary),
        ]
        json["description"] = calendar.description.map(JSON.string)
        json["updated"] = .string(max(calendar.updated, store.lastUpdated ?? calendar.updated).utc)
        json["timeZone"] = .string(call.query["timeZone"] ?? calendar.timeZone)
        json["accessRole"] = .string(role.rawValue)
        json["defaultReminders"] = lists[call.principal.email]?[calendar.id]?.settings["defaultReminders"] ?? []
        if let next = page.next {
            json["nextPageToken"] = .string(next.token)
        } else if !(filter.suppressesSyncToken && switches.filtersSuppressSyncToken) {
            json["nextSyncToken"] = .string(syncCursor(after: start, call: call).token)
        }
        json["items"] = .array(page.events.map(view.json))
        return .resource(.object(json), etag: nil)
    }

    private static let syncTokenMethod = "events.sync"

    /// Where this page starts: at a page token, after a sync token, or at the beginning.
    private func cursor(for call: Call, calendar: CalendarRecord, store: EventStore) throws(GoogleError) -> Cursor {
        var start = Cursor(
            method: call.route.id, calendarID: calendar.id, until: store.lastChange, rulesVersion: calendar.rulesVersion,
            query: Self.pageQuery(call))
        if let token = call.query["syncToken"] {
            guard let sync = Cursor(token), sync.method == Self.syncTokenMethod, sync.calendarID == calendar.id,
                !switches.syncTokensExpired,
                sync.rulesVersion == calendar.rulesVersion || !switches.aclChangeExpiresSyncTokens,
                let since = sync.since, since <= store.lastChange
            else { throw .fullSyncRequired }
            guard sync.query == Self.syncQuery(call) else {
                throw .badRequest("The sync token belongs to a list with other parameters.")
            }
            start.since = since
            start.position = since
        }
        if let token = call.query["pageToken"] {
            guard let page = Cursor(token), page.method == start.method, page.calendarID == start.calendarID,
                page.query == start.query, page.since == start.since
            else { throw .invalid("Invalid page token value.", at: .parameter("pageToken")) }
            return page
        }
        return start
    }

    private func syncCursor(after start: Cursor, call: Call) -> Cursor {
        var sync = start
        sync.method = Self.syncTokenMethod
        sync.position = 0
        sync.since = start.until
        sync.query = Self.syncQuery(call)
        return sync
    }

    /// Everything that decides what is in the list: all pages must be asked for with the same.
    private static func pageQuery(_ call: Call) -> String {
        let items = call.query.items.filter {
            Parameter.global[$0.name] == nil && !["pageToken", "maxResults"].contains($0.name)
        }
        return items.map { $0.name + "=" + $0.value }.sorted().joined(separator: "&")
    }

    /// What a sync token still depends on: the parameters that may stand beside it.
    private static func syncQuery(_ call: Call) -> String {
        let items = call.query.items.filter { ["singleEvents", "eventTypes", "showHiddenInvitations"].contains($0.name) }
        return items.map { $0.name + "=" + $0.value }.sorted().joined(separator: "&")
    }
}

/// One page of events.
struct EventPage {
    private(set) var events: [EventRecord] = []
    /// Where the next page starts; nil on the last one.
    private(set) var next: Cursor?

    init(
        store: EventStore, from start: Cursor, size: Int, orderBy: String?, zone: TimeZone,
        admits: (EventRecord) -> Bool
    ) {
        func fill(_ candidates: some Sequence<(position: Int, event: EventRecord)>) {
            for candidate in candidates where admits(candidate.event) {
                guard events.count < size else { return }
                events.append(candidate.event)
                next = start
                next?.position = candidate.position
            }
            next = nil
        }
        let all = store.events.values.elements
        if start.since != nil {
            // By the number of the change, so that what changes meanwhile moves to a later page and is not lost.
            fill(store.events(changedAfter: start.position).lazy.map { ($0.change, $0) })
        } else if let orderBy {
            let ordered = all.filter(admits).sorted {
                let left = orderBy == "updated" ? $0.updated : $0.start.instant(in: zone)
                let right = orderBy == "updated" ? $1.updated : $1.start.instant(in: zone)
                return (left, $0.id) < (right, $1.id)
            }
            fill(ordered.enumerated().dropFirst(start.position).lazy.map { ($0.offset + 1, $0.element) })
        } else {
            let rest = all.indices.dropFirst(start.position)
            fill(rest.lazy.map { ($0 + 1, all[$0]) })
        }
    }
}
