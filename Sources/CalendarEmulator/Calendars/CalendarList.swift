import Foundation
import OrderedCollections

/// `calendarList.*`: the calendars a person sees. A service account's list is empty until it makes or adds calendars.
/// Source: https://developers.google.com/workspace/calendar/api/v3/reference/calendarList
extension World {
    func listEntries(_ call: Call) throws(GoogleError) -> Answer {
        guard !call.query.has("syncToken") else { throw .notBuilt("syncToken on calendarList.list") }
        let minimum = call.query["minAccessRole"].flatMap(Role.init) ?? .none
        let entries = (lists[call.principal.email]?.values.elements ?? []).compactMap { entry -> JSON? in
            guard call.flag("showHidden") || entry.settings["hidden"] != true, let calendar = calendars[entry.calendarID],
                Self.role(of: call.principal, in: calendar) >= max(minimum, .freeBusyReader)
            else { return nil }
            return Self.json(entry, calendar, for: call.principal)
        }
        let page = try Page(of: entries, for: call, size: call.pageSize(default: 100, limit: 250))
        var json: JSON.Object = ["kind": "calendar#calendarList", "etag": .string("\"p\(revision)\"")]
        page.describe(in: &json)
        return .resource(.object(json), etag: nil)
    }

    func getEntry(_ call: Call) throws(GoogleError) -> Answer {
        let (entry, calendar) = try entry(for: call)
        return call.answer(Self.json(entry, calendar, for: call.principal), etag: entry.etag)
    }

    mutating func insertEntry(_ call: Call) throws(GoogleError) -> Answer {
        let body = try call.object()
        guard let id = body["id"]?.string, !id.isEmpty else { throw .required("Missing calendar ID.") }
        let (calendar, _) = try calendar(id, for: call, atLeast: .freeBusyReader)
        var entry =
            lists[call.principal.email]?[calendar.id]
            ?? ListEntry(calendarID: calendar.id, settings: ["colorId": "14"], etag: "")
        entry.settings = try Self.settings(body, over: entry.settings, call: call)
        entry.etag = nextEtag()
        put(entry, call.principal.email)
        return .resource(Self.json(entry, calendar, for: call.principal), etag: entry.etag)
    }

    mutating func changeEntry(_ call: Call, replaces: Bool) throws(GoogleError) -> Answer {
        var (entry, calendar) = try entry(for: call)
        try call.requireMatch(entry.etag)
        entry.settings = try Self.settings(call.object(), over: replaces ? [:] : entry.settings, call: call)
        if entry.settings["colorId"] == nil { entry.settings["colorId"] = "14" }
        entry.etag = nextEtag()
        put(entry, call.principal.email)
        return .resource(Self.json(entry, calendar, for: call.principal), etag: entry.etag)
    }

    /// The data owner can hide a calendar but not take it off the own list.
    mutating func deleteEntry(_ call: Call) throws(GoogleError) -> Answer {
        let (entry, calendar) = try entry(for: call)
        try call.requireMatch(entry.etag)
        guard calendar.owner != call.principal.email else { throw .forbidden }
        lists[call.principal.email]?.removeValue(forKey: calendar.id)
        return .empty
    }

    mutating func put(_ entry: ListEntry, _ email: String) {
        lists[email, default: [:]][entry.calendarID] = entry
    }

    private func entry(for call: Call) throws(GoogleError) -> (ListEntry, CalendarRecord) {
        let (calendar, _) = try calendar(for: call, atLeast: .freeBusyReader)
        guard let entry = lists[call.principal.email]?[calendar.id] else { throw .notFound }
        return (entry, calendar)
    }

    private static let settable: Set = [
        "summaryOverride", "colorId", "hidden", "selected", "defaultReminders", "notificationSettings", "backgroundColor",
        "foregroundColor",
    ]

    /// RGB colours count only with `colorRgbFormat=true`.
    private static func settings(
        _ body: JSON.Object, over current: JSON.Object, call: Call
    ) throws(GoogleError) -> JSON.Object {
        let usesRGB = call.flag("colorRgbFormat")
        let patch = body.filter { settable.contains($0.key) && (usesRGB || !$0.key.hasSuffix("groundColor")) }
        if let color = patch["colorId"], color != .null {
            guard let id = color.string, Palette.calendarBackground(id) != nil else { throw .invalid("Invalid color id.") }
        }
        return JSON.merge(patch, into: current)
    }

    static func json(_ entry: ListEntry, _ calendar: CalendarRecord, for principal: Principal) -> JSON {
        let settings = entry.settings
        var json: JSON.Object = [
            "kind": "calendar#calendarListEntry", "etag": .string(entry.etag), "id": .string(calendar.id),
            "summary": .string(calendar.summary),
        ]
        json["description"] = calendar.description.map(JSON.string)
        json["location"] = calendar.location.map(JSON.string)
        json["timeZone"] = .string(calendar.timeZone)
        json["summaryOverride"] = settings["summaryOverride"]
        json["colorId"] = settings["colorId"]
        let background = settings["colorId"]?.string.flatMap(Palette.calendarBackground)
        json["backgroundColor"] = settings["backgroundColor"] ?? background.map(JSON.string)
        json["foregroundColor"] = settings["foregroundColor"] ?? .string("#000000")
        for flag in ["hidden", "selected"] where settings[flag] == true { json[flag] = true }
        json["accessRole"] = .string(role(of: principal, in: calendar).rawValue)
        json["defaultReminders"] = settings["defaultReminders"] ?? []
        json["notificationSettings"] = settings["notificationSettings"]
        if calendar.isPrimary, calendar.id == principal.email { json["primary"] = true }
        json["conferenceProperties"] = ["allowedConferenceSolutionTypes": ["hangoutsMeet"]]
        json["dataOwner"] = calendar.dataOwner.map(JSON.string)
        return .object(json)
    }
}
