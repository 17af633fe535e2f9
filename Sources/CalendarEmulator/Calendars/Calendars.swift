import Foundation
import OrderedCollections

/// `calendars.*`. Source: https://developers.google.com/workspace/calendar/api/v3/reference/calendars
extension World {
    /// The caller becomes data owner, and the calendar is put into the caller's own list.
    mutating func insertCalendar(_ call: Call) throws(GoogleError) -> Answer {
        let body = try call.object()
        guard let summary = body["summary"]?.string, !summary.isEmpty else { throw .required("Missing title.") }
        let email = call.principal.email
        var calendar = CalendarRecord(
            id: random.resourceID() + "@group.calendar.google.com", summary: summary,
            timeZone: calendars[email]?.timeZone ?? "UTC", dataOwner: email, project: call.principal.project,
            updated: call.now, etag: "")
        try Self.assign(body, to: &calendar, replaces: false)
        try setLabels(in: body, of: &calendar)
        try quotas.admitCalendarCreation(by: email, now: call.now)
        let rule = AccessRule(scopeType: "user", scopeValue: email, role: .owner, etag: nextEtag())
        calendar.rules[rule.id] = rule
        calendar.etag = nextEtag()
        calendars[calendar.id] = calendar
        events[calendar.id] = EventStore()
        list(calendar.id, for: email)
        return .resource(Self.json(calendar), etag: calendar.etag)
    }

    /// Puts a calendar into the list of its new owner, in the next colour.
    mutating func list(_ calendarID: String, for email: String) {
        guard lists[email]?[calendarID] == nil else { return }
        let color = String((lists[email]?.count ?? 0) % Palette.calendar.count + 1)
        let settings: JSON.Object = ["colorId": .string(color), "selected": true]
        put(ListEntry(calendarID: calendarID, settings: settings, etag: nextEtag()), email)
    }

    func getCalendar(_ call: Call) throws(GoogleError) -> Answer {
        let (calendar, _) = try calendar(for: call, atLeast: .freeBusyReader)
        return call.answer(Self.json(calendar), etag: calendar.etag)
    }

    mutating func patchCalendar(_ call: Call) throws(GoogleError) -> Answer { try changeCalendar(call, replaces: false) }
    mutating func updateCalendar(_ call: Call) throws(GoogleError) -> Answer { try changeCalendar(call, replaces: true) }

    private mutating func changeCalendar(_ call: Call, replaces: Bool) throws(GoogleError) -> Answer {
        let (old, _) = try calendar(for: call, atLeast: .owner)
        var calendar = old
        try call.requireMatch(calendar.etag)
        let body = try call.object()
        if replaces {
            guard let summary = body["summary"]?.string, !summary.isEmpty else { throw .required("Missing title.") }
        }
        try Self.assign(body, to: &calendar, replaces: replaces)
        try setLabels(in: body, of: &calendar)
        if calendar.isPrimary { keepSettingOfTimeZone(calendar.timeZone, of: calendar.id) }
        calendar.etag = nextEtag()
        calendar.updated = call.now
        calendars[calendar.id] = calendar
        renewEntries(of: old)
        return .resource(Self.json(calendar), etag: calendar.etag)
    }

    /// Only the data owner may delete, whatever role others hold; a primary calendar can only be cleared.
    mutating func deleteCalendar(_ call: Call) throws(GoogleError) -> Answer {
        let (calendar, _) = try calendar(for: call, atLeast: .freeBusyReader)
        guard calendar.dataOwner == call.principal.email else { throw ownerRefusal }
        try call.requireMatch(calendar.etag)
        cancelEvents(of: calendar, now: call.now)
        calendars.removeValue(forKey: calendar.id)
        events.removeValue(forKey: calendar.id)
        // Sorted, because etags are drawn on the way.
        for person in lists.keys.sorted() { unlist(calendar.id, for: person) }
        return .empty
    }

    /// Takes the writable fields of `body`. Absent ones stay under PATCH and are cleared under PUT.
    private static func assign(_ body: JSON.Object, to calendar: inout CalendarRecord, replaces: Bool) throws(GoogleError) {
        if let summary = try text("summary", in: body) {
            guard let summary else { throw .required("Missing title.") }
            calendar.summary = summary
        }
        if let description = try text("description", in: body) ?? (replaces ? .some(nil) : nil) {
            calendar.description = description
        }
        if let location = try text("location", in: body) ?? (replaces ? .some(nil) : nil) { calendar.location = location }
        if let timeZone = try text("timeZone", in: body) {
            guard let name = timeZone, TimeZone.iana(name) != nil else { throw .invalid("Invalid time zone.") }
            calendar.timeZone = name
        }
    }

    /// Nil when the field is absent, `.some(nil)` when it is null or empty.
    private static func text(_ name: String, in body: JSON.Object) throws(GoogleError) -> String?? {
        switch body[name] {
        case nil: return nil
        case .null: return .some(nil)
        case .string(let text): return .some(text.isEmpty ? nil : text)
        default: throw .invalid("Invalid value for: \(name)")
        }
    }

    static func json(_ calendar: CalendarRecord) -> JSON {
        var json: JSON.Object = [
            "kind": "calendar#calendar", "etag": .string(calendar.etag), "id": .string(calendar.id),
            "summary": .string(calendar.summary),
        ]
        json["description"] = calendar.description.map(JSON.string)
        json["location"] = calendar.location.map(JSON.string)
        json["timeZone"] = .string(calendar.timeZone)
        json["conferenceProperties"] = ["allowedConferenceSolutionTypes": ["hangoutsMeet"]]
        json["dataOwner"] = calendar.dataOwner.map(JSON.string)
        if !calendar.labels.isEmpty { json["labelProperties"] = ["eventLabels": .array(calendar.labels)] }
        return .object(json)
    }
}
