import Foundation
import OrderedCollections

/// `events.*` but for lists. Source: https://developers.google.com/workspace/calendar/api/v3/reference/events
///
/// Single events of type `default`; recurring ones and other types are refused with 501, so that nobody takes an event
/// that is not expanded for one that is.
extension World {
    /// Deleted events are purged while the switch says so: their id stays taken, and that is all that is left of them.
    private func isPurged(_ event: EventRecord) -> Bool { event.isCancelled && switches.purgeTombstones }

    func getEvent(_ call: Call) throws(GoogleError) -> Answer {
        let (calendar, role) = try calendar(for: call, atLeast: .freeBusyReader)
        guard let event = events[calendar.id]?[call.path["eventId"] ?? ""], !isPurged(event) else { throw .notFound }
        return call.answer(EventView(of: calendar, role: role, call: call).json(event), etag: event.etag)
    }

    mutating func insertEvent(_ call: Call) throws(GoogleError) -> Answer {
        let (calendar, role) = try writableCalendar(call)
        let body = Self.accepted(try call.object(), call: call)
        let id = try Self.chosenID(in: body)
        var fields = try EventFields(body)
        try refuseGuests(in: body, call: call)
        try fields.makeConference(in: body, current: nil, by: call.principal, random: &random)
        let event = newEvent(id: id ?? random.resourceID(), fields: fields, body: body, call: call)
        try refuseTakenID(event, isChosen: id != nil || body["iCalUID"]?.string != nil, in: calendar.id)
        events[calendar.id]?.put(event)
        return .resource(EventView(of: calendar, role: role, call: call).json(event), etag: event.etag)
    }

    /// PATCH merges into what is there, PUT replaces it. On a tombstone a status other than `cancelled` revives it.
    mutating func changeEvent(_ call: Call, replaces: Bool) throws(GoogleError) -> Answer {
        let (calendar, role) = try writableCalendar(call)
        guard var event = events[calendar.id]?[call.path["eventId"] ?? ""] else { throw .notFound }
        guard !isPurged(event), Self.mayTouch(event, role: role, by: call.principal) else { throw .forbidden }
        try call.requireMatch(event.etag)
        var body = Self.accepted(try call.object(), call: call)
        if event.creator != call.principal.email { body["source"] = nil }
        let whole = replaces ? Self.replacement(body, for: event, call: call) : JSON.merge(body, into: Self.input(event, call))
        var fields = try EventFields(whole)
        try refuseGuests(in: body, call: call)
        try fields.makeConference(in: body, current: event.fields["conferenceData"], by: call.principal, random: &random)
        if try event.take(fields, by: call.principal, now: call.now, bumpsSequence: switches.sequenceCountsTimeChanges) {
            events[calendar.id]?.put(event)
        }
        return .resource(EventView(of: calendar, role: role, call: call).json(event), etag: event.etag)
    }

    mutating func deleteEvent(_ call: Call) throws(GoogleError) -> Answer {
        let (calendar, role) = try writableCalendar(call)
        guard var event = events[calendar.id]?[call.path["eventId"] ?? ""] else { throw .notFound }
        guard !event.isCancelled else { throw .deleted }
        guard Self.mayTouch(event, role: role, by: call.principal) else { throw .forbidden }
        try call.requireMatch(event.etag)
        event.status = "cancelled"
        event.touch(now: call.now)
        events[calendar.id]?.put(event)
        return .empty
    }

    private func writableCalendar(_ call: Call) throws(GoogleError) -> (CalendarRecord, Role) {
        let (calendar, role) = try calendar(for: call, atLeast: .freeBusyReader)
        guard role >= .writerWithoutPrivateAccess else { throw .requiredAccessLevel(.writer) }
        return (calendar, role)
    }

    private static func mayTouch(_ event: EventRecord, role: Role, by principal: Principal) -> Bool {
        let isPrivate = ["private", "confidential"].contains(event.fields["visibility"]?.string)
        return role >= .writer || !isPrivate || event.creator == principal.email
    }

    /// Attendees need a person behind the call: a bare service account may invite nobody.
    private func refuseGuests(in body: JSON.Object, call: Call) throws(GoogleError) {
        guard call.principal.isBareServiceAccount, let guests = body["attendees"]?.array else { return }
        if !guests.isEmpty || switches.emptyAttendeesRefused { throw .forbiddenForServiceAccounts }
    }

    /// Tombstones hold their id as firmly as live events do.
    private func refuseTakenID(_ event: EventRecord, isChosen: Bool, in calendarID: String) throws(GoogleError) {
        guard isChosen, let store = events[calendarID] else { return }
        if store[event.id] != nil { throw .duplicate }
        let isOwnUID = event.iCalUID == event.id + "@google.com"
        if !isOwnUID, !store.events(withICalUID: event.iCalUID).isEmpty { throw .duplicate }
    }

    private func newEvent(id: String, fields: EventFields, body: JSON.Object, call: Call) -> EventRecord {
        var event = EventRecord(
            id: id, iCalUID: body["iCalUID"]?.string ?? id + "@google.com", status: fields.status,
            created: call.now.wholeSecond, updated: call.now, version: EventRecord.version(at: call.now),
            sequence: fields.sequence.map { min(max($0, 0), Int64(Int32.max)) } ?? 0, creator: call.principal.email,
            start: fields.start, end: fields.end, fields: fields.rest)
        event.reminders[call.principal.email] = fields.reminders
        return event
    }

    /// 5 to 1024 characters of base32hex in lower case; nil when the caller leaves the choice to Google.
    private static func chosenID(in body: JSON.Object) throws(GoogleError) -> String? {
        guard let id = body["id"], id != .null else { return nil }
        let isAllowed = { (byte: UInt8) in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "v")).contains(byte)
        }
        guard let text = id.string, (5...1024).contains(text.utf8.count), text.utf8.allSatisfy(isAllowed) else {
            throw .invalid("Invalid resource id value.")
        }
        return text
    }
}
