import Foundation
import OrderedCollections

/// `events.instances`. Source: https://developers.google.com/workspace/calendar/api/v3/reference/events/instances
extension World {
    func listInstances(_ call: Call) throws(GoogleError) -> Answer {
        let (calendar, role) = try calendar(for: call, atLeast: .freeBusyReader)
        guard let store = events[calendar.id], let series = store.event(call.path["eventId"] ?? "") else { throw .notFound }
        guard series.recurrence != nil else { throw .invalid("The event is not a recurring event.") }
        let window = Window(min: call.instant("timeMin"), max: call.instant("timeMax"))
        if let min = window.min, let max = window.max, max <= min { throw .timeRangeEmpty(at: .parameter("timeMax")) }
        let zone = TimeZone.iana(calendar.timeZone) ?? .utc
        let original = try Self.originalStart(call)
        let instances = store.instances(of: series, within: window, zone: zone).filter { instance in
            guard !instance.isCancelled || call.flag("showDeleted") else { return false }
            return original.map { instance.instance?.originalStart.instant(in: zone) == $0.instant(in: zone) } ?? true
        }
        let view = EventView(of: calendar, role: role, call: call)
        let size = min(call.pageSize(default: 250, limit: 2500), switches.pageSizeLimit ?? .max)
        let start = try instanceCursor(for: call, calendar: calendar)
        let key = { (one: EventRecord) in SortKey(time: one.place(zone), id: one.id) }
        let rest = instances.drop { one in start.last.map { key(one) <= $0 } ?? false }
        var json = head(ofListIn: calendar, store: store, role: role, call: call)
        if rest.count > size, let last = rest.prefix(size).last {
            var next = start
            next.last = key(last)
            json["nextPageToken"] = .string(next.token)
        }
        json["items"] = .array(rest.prefix(size).map(view.json))
        return call.answer(.object(json), etag: json["etag"]?.string ?? "")
    }

    /// Where this page starts.
    private func instanceCursor(for call: Call, calendar: CalendarRecord) throws(GoogleError) -> Cursor {
        let start = Cursor(method: call.route.id, calendarID: listID(calendar.id), query: call.listQuery)
        guard let token = call.query["pageToken"] else { return start }
        guard let page = Cursor(token), page.method == start.method, page.calendarID == start.calendarID,
            page.query == start.query
        else { throw .invalid("Invalid page token value.", at: .parameter("pageToken")) }
        return page
    }

    /// A day or an RFC 3339 time, as `originalStartTime` of an instance says it.
    private static func originalStart(_ call: Call) throws(GoogleError) -> EventTime? {
        guard let text = call.query["originalStart"] else { return nil }
        if let day = Day(text) { return .day(day) }
        guard let instant = DateTimeText(text)?.instant(in: nil) else {
            throw .invalidParameter("originalStart", "Invalid value '\(text)'.")
        }
        return .instant(instant, timeZone: nil)
    }

    /// What every list of events says of its calendar.
    func head(ofListIn calendar: CalendarRecord, store: EventStore, role: Role, call: Call) -> JSON.Object {
        let entry = lists[call.principal.email]?[calendar.id]
        // Of all that the list tells: its events, its calendar, who may see what, and the caller's own settings.
        let versions = [String(store.lastChange), String(calendar.rulesVersion), calendar.etag, entry?.etag ?? ""]
        var json: JSON.Object = [
            "kind": "calendar#events",
            "etag": .string("\"p\(versions.joined(separator: "g").replacing("\"", with: ""))\""),
            "summary": .string(calendar.summary),
        ]
        json["description"] = calendar.description.map(JSON.string)
        json["updated"] = .string(max(calendar.updated, store.lastUpdated ?? calendar.updated).utc)
        json["timeZone"] = .string(call.query["timeZone"] ?? calendar.timeZone)
        json["accessRole"] = .string(role.rawValue)
        json["defaultReminders"] = entry?.settings["defaultReminders"] ?? []
        return json
    }
}
