import Foundation
import OrderedCollections

/// An event as one caller sees it.
struct EventView {
    var calendar: CalendarRecord
    var role: Role
    var viewer: Principal
    /// The zone of the times in the answer.
    var zone: TimeZone
    var maxAttendees: Int?
    /// Whether deleted events say nothing but their id.
    var showsBareTombstones = false

    init(of calendar: CalendarRecord, role: Role, call: Call) {
        self.calendar = calendar
        self.role = role
        viewer = call.principal
        zone = TimeZone.iana(call.query["timeZone"] ?? calendar.timeZone) ?? .utc
        maxAttendees = call.integer("maxAttendees")
    }

    /// Readers do not see what is in private events, and those who see only free and busy see no details at all.
    func isReduced(_ event: EventRecord) -> Bool {
        if role < .reader { return true }
        return event.isPrivate && role < .writer && event.creator != viewer.email
    }

    /// An instance taken out of a series says no more than which one it was.
    private func isBare(_ event: EventRecord) -> Bool { event.isCancelled && (event.instance != nil || showsBareTombstones) }

    /// Keys in the order of the reference, defaults left out.
    func json(_ event: EventRecord) -> JSON {
        var json: JSON.Object = [
            "kind": "calendar#event", "etag": .string(event.etag), "id": .string(event.id), "status": .string(event.status),
        ]
        if isBare(event) {
            addPlace(of: event, to: &json)
            return .object(json)
        }
        json.reserveCapacity(24)
        json.add("htmlLink", .string(Self.htmlLink(event.id, calendar.id)))
        json.add("created", .string(event.created.wholeSecond.utc))
        json.add("updated", .string(event.updated.utc))
        let isReduced = isReduced(event)
        func copy(_ names: String...) {
            guard !isReduced else { return }
            for name in names { json.add(name, event.fields[name]) }
        }
        copy("summary", "description", "location", "colorId")
        if !isReduced, let label = event.fields["eventLabelId"], calendar.labels.contains(where: { $0["id"] == label }) {
            json.add("eventLabelId", label)
        }
        if !isReduced {
            json.add("creator", person(event.creator))
            json.add("organizer", event.fields["organizer"] ?? Self.organizer(of: calendar, isSelf: true))
        }
        json.add("start", event.start.output(in: zone))
        json.add("end", event.end.output(in: zone))
        json.add("recurrence", event.recurrence.map { .array($0.lines.map(JSON.string)) })
        addPlace(of: event, to: &json)
        json.add("transparency", event.fields["transparency"])
        json.add("visibility", isReduced ? "private" : event.fields["visibility"])
        json.add("iCalUID", .string(event.iCalUID))
        json.add("sequence", .integer(event.sequence))
        if !isReduced { addAttendees(of: event, to: &json) }
        copy("extendedProperties")
        if !isReduced { json.add("hangoutLink", event.fields["conferenceData"]?["entryPoints"]?.array?.first?["uri"]) }
        copy("conferenceData", "anyoneCanAddSelf", "guestsCanInviteOthers")
        copy("guestsCanModify", "guestsCanSeeOtherGuests", "privateCopy")
        if !isReduced {
            json.add("reminders", event.reminders[viewer.email] ?? ["useDefault": true])
            if event.creator == viewer.email { json.add("source", event.fields["source"]) }
        }
        copy("workingLocationProperties", "outOfOfficeProperties", "focusTimeProperties", "attachments", "birthdayProperties")
        json.add("eventType", .string(event.type.rawValue))
        return .object(json)
    }

    private func addPlace(of event: EventRecord, to json: inout JSON.Object) {
        guard let place = event.instance else { return }
        json.add("recurringEventId", .string(place.seriesID))
        json.add("originalStartTime", place.originalStart.output(in: zone))
    }

    private func person(_ email: String) -> JSON {
        email == calendar.id ? ["email": .string(email), "self": true] : ["email": .string(email)]
    }

    /// On a secondary calendar the calendar itself is the organizer, under its own name.
    static func organizer(of calendar: CalendarRecord, isSelf: Bool = false) -> JSON {
        var organizer: JSON.Object = ["email": .string(calendar.id)]
        if !calendar.isPrimary { organizer["displayName"] = .string(calendar.summary) }
        if isSelf { organizer["self"] = true }
        return .object(organizer)
    }

    private func addAttendees(of event: EventRecord, to json: inout JSON.Object) {
        guard let attendees = event.fields["attendees"]?.array else { return }
        let shown = maxAttendees.map { limit in Array(attendees.prefix(limit)) } ?? attendees
        json["attendees"] = .array(
            shown.map { attendee in
                guard var person = attendee.object, let email = person["email"]?.string?.lowercased() else { return attendee }
                if email == event.fields["organizer"]?["email"]?.string ?? calendar.id { person["organizer"] = true }
                if email == calendar.id { person["self"] = true }
                return .object(person)
            })
        if shown.count < attendees.count { json["attendeesOmitted"] = true }
    }

    /// The link holds event and calendar id in base64, with Google's short forms of two domains.
    static func htmlLink(_ eventID: String, _ calendarID: String) -> String {
        var short = calendarID
        for (suffix, abbreviation) in [("@gmail.com", "@m"), ("@group.calendar.google.com", "@g")]
        where calendarID.hasSuffix(suffix) {
            short = calendarID.dropLast(suffix.count) + abbreviation
        }
        let named = Data("\(eventID) \(short)".utf8)
        let padding = (3 - named.count % 3) % 3
        return "https://www.google.com/calendar/event?eid=" + named.base64EncodedString().dropLast(padding)
    }
}
