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
        var view = EventView(of: calendar, role: role, call: call)
        view.showsBareTombstones = switches.bareTombstones
        let question = EventPage.Question(
            filter: filter, orderBy: call.query["orderBy"], expandsSeries: call.flag("singleEvents")
        ) { filter.admits($0, isReduced: view.isReduced($0), in: store, isIncremental: start.since != nil) }
        let page = EventPage(of: store, from: start, size: size, question)
        var json = head(ofListIn: calendar, store: store, role: role, call: call)
        if switches.emptyPages, !start.isBehindEmptyPage {
            var same = start
            same.isBehindEmptyPage = true
            json["nextPageToken"] = .string(same.token)
            json["items"] = []
            return .resource(.object(json), etag: nil)
        }
        if let next = page.next {
            json["nextPageToken"] = .string(next.token)
        } else if !filter.suppressesSyncToken {
            json["nextSyncToken"] = .string(syncCursor(after: start, call: call).token)
        }
        json["items"] = .array(page.events.map(view.json))
        return call.answer(.object(json), etag: json["etag"]?.string ?? "")
    }

    private static let syncTokenMethod = "events.sync"

    /// Where this page starts: at a page token, after a sync token, or at the beginning.
    private func cursor(for call: Call, calendar: CalendarRecord, store: EventStore) throws(GoogleError) -> Cursor {
        var start = Cursor(
            method: call.route.id, calendarID: listID(calendar.id), until: store.lastChange,
            rulesVersion: calendar.rulesVersion,
            query: call.listQuery)
        start.windowMin = call.instant("timeMin")?.wholeSecond.milliseconds
        start.windowMax = call.instant("timeMax")?.wholeSecond.milliseconds
        if let token = call.query["syncToken"] {
            guard let sync = Cursor(token), sync.method == Self.syncTokenMethod,
                sync.calendarID == listID(calendar.id),
                !switches.syncTokensExpired,
                sync.rulesVersion == calendar.rulesVersion || !switches.aclChangeExpiresSyncTokens,
                let since = sync.since, (0...store.lastChange).contains(since)
            else { throw .fullSyncRequired }
            guard sync.query == Self.syncQuery(call) else {
                throw .badRequest("The sync token belongs to a list with other parameters.")
            }
            start.since = since
            (start.windowMin, start.windowMax) = (sync.windowMin, sync.windowMax)
            start.position = EventPage.position(behind: since)
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
        sync.last = nil
        sync.isBehindEmptyPage = false
        sync.since = start.until
        sync.query = Self.syncQuery(call)
        return sync
    }

    /// What a sync token still depends on: the parameters that may stand beside it.
    private static func syncQuery(_ call: Call) -> String {
        let flags = ["singleEvents", "showHiddenInvitations"].map { call.flag($0) ? "1" : "0" }
        return (flags + Set(call.query.all("eventTypes")).sorted()).joined(separator: "&")
    }
}
