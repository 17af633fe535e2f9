import Foundation
import OrderedCollections

/// `calendarList.*`: the calendars a person sees. A service account's list is empty until it makes or adds calendars.
/// Source: https://developers.google.com/workspace/calendar/api/v3/reference/calendarList
extension World {
    func listEntries(_ call: Call) throws(GoogleError) -> Answer {
        try call.refuseBesideSyncToken(
            ["minAccessRole", "showOwnOrganizationOnly"], implied: ["showDeleted", "showHidden"])
        let email = call.principal.email
        let page = try Page(
            of: lists[email] ?? TrackedList(), for: call, owner: listID(email), areTokensExpired: switches.syncTokensExpired
        ) { isWanted($0, by: call) }
        let etag = "\"p\(revision)\""
        var json: JSON.Object = ["kind": "calendar#calendarList", "etag": .string(etag)]
        page.describe(in: &json) { entry in
            guard !entry.isDeleted, let calendar = calendars[entry.element.calendarID] else {
                return Self.tombstone(entry.element)
            }
            return Self.json(entry.element, calendar, for: call.principal)
        }
        return call.answer(.object(json), etag: etag)
    }

    /// Whether a full list has the entry. What the person lost access to is in the list no more, without a trace.
    private func isWanted(_ entry: TrackedList<ListEntry>.Entry, by call: Call) -> Bool {
        guard !entry.isDeleted else { return call.flag("showDeleted") }
        let minimum = call.query["minAccessRole"].flatMap(Role.init) ?? .none
        guard call.flag("showHidden") || entry.element.settings["hidden"] != true,
            let calendar = calendars[entry.element.calendarID],
            Self.role(of: call.principal, in: calendar) >= max(minimum, .freeBusyReader)
        else { return false }
        // Means nothing to accounts outside an organisation.
        guard call.flag("showOwnOrganizationOnly"), let own = Self.organization(of: call.principal.email) else { return true }
        return Self.organization(of: calendar.owner) == own
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
        try entry.take(body, usesRGB: call.flag("colorRgbFormat"))
        entry.etag = nextEtag()
        put(entry, call.principal.email)
        return .resource(Self.json(entry, calendar, for: call.principal), etag: entry.etag)
    }

    mutating func changeEntry(_ call: Call, replaces: Bool) throws(GoogleError) -> Answer {
        var (entry, calendar) = try entry(for: call)
        try call.requireMatch(entry.etag)
        if replaces { entry.settings = [:] }
        try entry.take(call.object(), usesRGB: call.flag("colorRgbFormat"))
        if entry.settings["colorId"] == nil { entry.settings["colorId"] = "14" }
        entry.etag = nextEtag()
        put(entry, call.principal.email)
        return .resource(Self.json(entry, calendar, for: call.principal), etag: entry.etag)
    }

    /// The data owner can hide a calendar but not take it off the own list.
    mutating func deleteEntry(_ call: Call) throws(GoogleError) -> Answer {
        let (entry, calendar) = try entry(for: call)
        try call.requireMatch(entry.etag)
        guard calendar.owner != call.principal.email else { throw ownerRefusal }
        unlist(calendar.id, for: call.principal.email)
        return .empty
    }

    mutating func put(_ entry: ListEntry, _ email: String) {
        lists[email, default: TrackedList()].put(entry, entry.calendarID)
    }

    mutating func unlist(_ calendarID: String, for email: String) {
        guard var tombstone = lists[email]?[calendarID] else { return }
        tombstone.etag = nextEtag()
        lists[email]?.remove(calendarID, leaving: tombstone)
    }

    /// Tells everybody who lists the calendar that it is another one now: entries show much of it.
    /// - Parameter old: the calendar before. What changed is already in `calendars`.
    mutating func renewEntries(of old: CalendarRecord) {
        renewEntries(of: old) { _, _ in true }
    }

    /// Entries go when their holder can see the calendar no more, come back with access, and change with the role.
    /// - Parameter old: the calendar before its rules were changed.
    mutating func renewEntriesByRole(of old: CalendarRecord) {
        renewEntries(of: old) { $0 != $1 }
    }

    private mutating func renewEntries(of old: CalendarRecord, when isChanged: (_ old: Role, _ new: Role) -> Bool) {
        guard let calendar = calendars[old.id] else { return }
        // Sorted, because etags are drawn on the way.
        for person in lists.keys.sorted() {
            guard let known = lists[person]?.entries[old.id] else { continue }
            // The project makes no difference to the role.
            let holder = Principal(email: person, project: "", isBareServiceAccount: false)
            let role = Self.role(of: holder, in: calendar)
            guard isChanged(Self.role(of: holder, in: old), role) else { continue }
            var entry = known.element
            entry.lostFrom = nil
            if role > .none, !known.isDeleted || known.element.lostFrom == calendar.birth {
                entry.etag = nextEtag()
                put(entry, person)
            } else if role == .none, !known.isDeleted {
                entry.etag = nextEtag()
                entry.lostFrom = calendar.birth
                lists[person]?.remove(old.id, leaving: entry)
            }
        }
    }

    private func entry(for call: Call) throws(GoogleError) -> (ListEntry, CalendarRecord) {
        let (calendar, _) = try calendar(for: call, atLeast: .freeBusyReader)
        guard let entry = lists[call.principal.email]?[calendar.id] else { throw .notFound }
        return (entry, calendar)
    }

    /// All that is told of an entry that is gone.
    private static func tombstone(_ entry: ListEntry) -> JSON {
        [
            "kind": "calendar#calendarListEntry", "etag": .string(entry.etag), "id": .string(entry.calendarID),
            "deleted": true,
        ]
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
        let role = role(of: principal, in: calendar)
        // A removed entry may be of a calendar one cannot see any more, and that has no word in the schema.
        if role > .none { json["accessRole"] = .string(role.rawValue) }
        json["defaultReminders"] = settings["defaultReminders"] ?? []
        json["notificationSettings"] = settings["notificationSettings"]
        if calendar.isPrimary, calendar.id == principal.email { json["primary"] = true }
        json["conferenceProperties"] = ["allowedConferenceSolutionTypes": ["hangoutsMeet"]]
        json["dataOwner"] = calendar.dataOwner.map(JSON.string)
        return .object(json)
    }
}
