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
        var json = JSON.Object(minimumCapacity: 24)
        json.add("kind", "calendar#event")
        json.add("etag", .string(event.etag))
        json.add("id", .string(event.id))
        json.add("status", .string(event.status))
        if isBare(event) {
            addPlace(of: event, to: &json)
            return .object(json)
        }
        json.add("htmlLink", .string(Self.htmlLink(event.id, calendar.id)))
        json.add("created", .string(event.created.wholeSecond.utc))
        json.add("updated", .string(event.updated.utc))
        let isReduced = isReduced(event)
        let shown = isReduced ? [:] : event.fields
        json.add("summary", shown["summary"])
        json.add("description", shown["description"])
        json.add("location", shown["location"])
        json.add("colorId", shown["colorId"])
        if let label = shown["eventLabelId"], calendar.labels.contains(where: { $0["id"] == label }) {
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
        json.add("extendedProperties", shown["extendedProperties"])
        json.add("hangoutLink", shown["conferenceData"]?["entryPoints"]?.array?.first?["uri"])
        json.add("conferenceData", shown["conferenceData"])
        json.add("anyoneCanAddSelf", shown["anyoneCanAddSelf"])
        json.add("guestsCanInviteOthers", shown["guestsCanInviteOthers"])
        json.add("guestsCanModify", shown["guestsCanModify"])
        json.add("guestsCanSeeOtherGuests", shown["guestsCanSeeOtherGuests"])
        json.add("privateCopy", shown["privateCopy"])
        if !isReduced {
            json.add("reminders", event.reminders[viewer.email] ?? ["useDefault": true])
            if event.creator == viewer.email { json.add("source", event.fields["source"]) }
        }
        json.add("workingLocationProperties", shown["workingLocationProperties"])
        json.add("outOfOfficeProperties", shown["outOfOfficeProperties"])
        json.add("focusTimeProperties", shown["focusTimeProperties"])
        json.add("attachments", shown["attachments"])
        json.add("birthdayProperties", shown["birthdayProperties"])
        json.add("eventType", .string(event.type.rawValue))
        return .object(json)
    }

    private func addPlace(of event: EventRecord, to json: inout JSON.Object) {
        guard let place = event.instance else { return }
        json.add("recurringEventId", .string(place.seriesID))
        json.add("originalStartTime", place.originalStart.output(in: zone))
    }

    private func person(_ email: String) -> JSON {
        var person = JSON.Object(minimumCapacity: 2)
        person.add("email", .string(email))
        person.add("self", email == calendar.id ? true : nil)
        return .object(person)
    }

    /// On a secondary calendar the calendar itself is the organizer, under its own name.
    static func organizer(of calendar: CalendarRecord, isSelf: Bool = false) -> JSON {
        var organizer = JSON.Object(minimumCapacity: 3)
        organizer.add("email", .string(calendar.id))
        organizer.add("displayName", calendar.isPrimary ? nil : .string(calendar.summary))
        organizer.add("self", isSelf ? true : nil)
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
