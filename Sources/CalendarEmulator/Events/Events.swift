import Foundation
import OrderedCollections

/// `events.*` one at a time. Source: https://developers.google.com/workspace/calendar/api/v3/reference/events
extension World {
    /// Deleted events are purged while the switch says so: their id stays taken, and that is all that is left of them.
    private func isPurged(_ event: EventRecord) -> Bool { event.isCancelled && switches.purgeTombstones }

    func getEvent(_ call: Call) throws(GoogleError) -> Answer {
        let (calendar, role) = try calendar(for: call, atLeast: .freeBusyReader)
        guard let event = events[calendar.id]?.event(call.path["eventId"] ?? ""), !isPurged(event) else { throw .notFound }
        return call.answer(EventView(of: calendar, role: role, call: call).json(event), etag: event.etag)
    }

    mutating func insertEvent(_ call: Call) throws(GoogleError) -> Answer {
        let (calendar, role) = try writableCalendar(call)
        let body = Self.accepted(try call.object(), call: call)
        let id = try Self.chosenID(in: body)
        let fields = try newFields(body, in: calendar, call: call)
        let event = Self.newEvent(id: id ?? random.resourceID(), fields: fields, body: body, call: call)
        try refuseTakenID(event, isChosen: id != nil || body["iCalUID"]?.string?.isEmpty == false, in: calendar.id)
        events[calendar.id]?.put(event)
        if !event.guests.isEmpty { updateCopies(of: event.id, in: calendar, now: call.now) }
        return .resource(EventView(of: calendar, role: role, call: call).json(event), etag: event.etag)
    }

    /// PATCH merges into what is there, PUT replaces it. On a tombstone a status other than `cancelled` revives it. An
    /// instance of a series that is changed becomes an exception to it.
    mutating func changeEvent(_ call: Call, replaces: Bool) throws(GoogleError) -> Answer {
        let (calendar, role) = try writableCalendar(call)
        guard var event = events[calendar.id]?.event(call.path["eventId"] ?? "") else { throw .notFound }
        guard !isPurged(event), Self.mayTouch(event, role: role, by: call.principal) else { throw .forbidden }
        try call.requireMatch(event.etag)
        var body = Self.accepted(try call.object(), call: call)
        if event.creator != call.principal.email { body["source"] = nil }
        if event.instance != nil { body["recurrence"] = nil }
        if replaces, event.isCancelled, body["status"] == nil, !switches.putWithoutStatusRevives {
            body["status"] = "cancelled"
        }
        let whole = replaces ? Self.replacement(body, for: event, call: call) : JSON.merge(body, into: Self.input(event, call))
        var fields = try EventFields(whole, switches: switches)
        guard fields.type == event.type else { throw .invalid("The type of an event cannot be changed.") }
        try requireLabel(of: fields, in: calendar)
        try refuseGuests(in: body, call: call)
        try fields.makeConference(in: body, current: event.fields["conferenceData"], by: call.principal, random: &random)
        try refuseSharedChanges(fields.rest, of: event)
        fields.rest["organizer"] = event.fields["organizer"]
        let series = spreadVisibility(of: &fields, at: event, in: calendar.id)
        let former = event.guests
        if try event.take(fields, by: call.principal, now: call.now, bumpsSequence: switches.sequenceCountsTimeChanges) {
            if var series {
                series.touch(now: call.now)
                events[calendar.id]?.put(series)
            }
            events[calendar.id]?.put(event)
            events[calendar.id]?.dropLostExceptions(of: event, now: call.now)
            updateCopies(of: event.id, in: calendar, former: former, now: call.now)
            tellOrganizer(of: event, from: calendar.id, now: call.now)
        }
        return .resource(EventView(of: calendar, role: role, call: call).json(event), etag: event.etag)
    }

    mutating func deleteEvent(_ call: Call) throws(GoogleError) -> Answer {
        let (calendar, role) = try writableCalendar(call)
        guard let event = events[calendar.id]?.event(call.path["eventId"] ?? "") else { throw .notFound }
        guard !event.isCancelled else { throw .deleted }
        guard Self.mayTouch(event, role: role, by: call.principal) else { throw .forbidden }
        try call.requireMatch(event.etag)
        events[calendar.id]?.cancel(event, now: call.now)
        updateCopies(of: event.id, in: calendar, now: call.now)
        if let copy = events[calendar.id]?[event.id] { tellOrganizer(of: copy, from: calendar.id, now: call.now) }
        return .empty
    }

    func writableCalendar(_ call: Call) throws(GoogleError) -> (CalendarRecord, Role) {
        let (calendar, role) = try calendar(for: call, atLeast: .freeBusyReader)
        guard role >= .writerWithoutPrivateAccess else { throw .requiredAccessLevel(.writer) }
        return (calendar, role)
    }

    static func mayTouch(_ event: EventRecord, role: Role, by principal: Principal) -> Bool {
        role >= .writer || !event.isPrivate || event.creator == principal.email
    }
}

// MARK: - New events

extension World {
    /// The fields of an event that is about to be made, checked against its calendar and its maker.
    mutating func newFields(
        _ body: JSON.Object, in calendar: CalendarRecord, call: Call
    ) throws(GoogleError) -> EventFields {
        var fields = try EventFields(body, switches: switches)
        guard fields.type != .fromGmail else { throw .invalid("Events of type fromGmail cannot be created.") }
        try fields.type.requirePlace(in: calendar)
        try requireLabel(of: fields, in: calendar)
        try refuseGuests(in: body, call: call)
        try fields.makeConference(in: body, current: nil, by: call.principal, random: &random)
        return fields
    }

    /// Attendees need a person behind the call: a bare service account may invite nobody.
    private func refuseGuests(in body: JSON.Object, call: Call) throws(GoogleError) {
        guard call.principal.isBareServiceAccount, let guests = body["attendees"]?.array else { return }
        if !guests.isEmpty || switches.emptyAttendeesRefused { throw .forbiddenForServiceAccounts }
    }

    private func requireLabel(of fields: EventFields, in calendar: CalendarRecord) throws(GoogleError) {
        guard let label = fields.rest["eventLabelId"]?.string else { return }
        guard calendar.labels.contains(where: { $0["id"]?.string == label }) else { throw .invalid("Invalid event label id.") }
    }

    /// Tombstones hold their id as firmly as live events do.
    private func refuseTakenID(_ event: EventRecord, isChosen: Bool, in calendarID: String) throws(GoogleError) {
        guard isChosen, let store = events[calendarID] else { return }
        if store.event(event.id) != nil || !store.events(withICalUID: event.iCalUID).isEmpty { throw .duplicate }
    }

    static func newEvent(id: String, fields: EventFields, body: JSON.Object, call: Call) -> EventRecord {
        var event = EventRecord(
            id: id, iCalUID: body["iCalUID"]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? id + "@google.com",
            status: fields.status,
            created: call.now.wholeSecond, updated: call.now, version: EventRecord.version(at: call.now),
            sequence: fields.sequence.map { min(max($0, 0), Int64(Int32.max)) } ?? 0, creator: call.principal.email,
            start: fields.start, end: fields.end, type: fields.type, recurrence: fields.recurrence, fields: fields.rest)
        event.reminders[call.principal.email] = fields.reminders
        return event
    }

    /// 5 to 1024 characters of base32hex in lower case; nil when the caller leaves the choice to Google, be it by an empty text.
    private static func chosenID(in body: JSON.Object) throws(GoogleError) -> String? {
        guard let id = body["id"], id != .null, id != "" else { return nil }
        let isAllowed = { (byte: UInt8) in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "v")).contains(byte)
        }
        guard let text = id.string, (5...1024).contains(text.utf8.count), text.utf8.allSatisfy(isAllowed) else {
            throw .invalid("Invalid resource id value.")
        }
        return text
    }
}
