import OrderedCollections

/// What guests get of an event: a copy in their own calendar, which follows the organizer's.
/// Source: https://developers.google.com/workspace/calendar/api/concepts/sharing#inviting_attendees_to_events
///
/// Only people of this emulator have a calendar here; other guests stand in the list of attendees and that is all.
extension World {
    /// What everybody sets for oneself.
    private static let ownFields = ["colorId", "eventLabelId", "transparency", "visibility"]
    private static let guestFlags = ["anyoneCanAddSelf", "guestsCanInviteOthers", "guestsCanModify", "guestsCanSeeOtherGuests"]

    /// Brings the copies of the guests in step with the organizer's event and the instances of it that were changed.
    /// - Parameter former: who had been invited before.
    mutating func updateCopies(of id: String, in calendar: CalendarRecord, former: [String] = [], now: Instant) {
        guard let event = events[calendar.id]?[id], event.fields["organizer"] == nil, event.fields["privateCopy"] == nil
        else { return }
        let withdrawn = Set(former).subtracting(event.guests)
        if !withdrawn.isEmpty { takeOut(withdrawn, ofInstancesOf: id, in: calendar.id, now: now) }
        let store = events[calendar.id] ?? EventStore()
        for one in [event] + (store.exceptions[id] ?? []).compactMap({ store[$0] }) {
            for email in one.guests where hasCalendar(email, besides: calendar) {
                put(copy(of: one, for: email, organizer: EventView.organizer(of: calendar), now: now), at: email, now: now)
            }
        }
        for email in withdrawn.sorted() where hasCalendar(email, besides: calendar) {
            if let copy = events[email]?.event(id), copy.isInvitation, !copy.isCancelled {
                events[email]?.cancel(copy, now: now)
            }
        }
    }

    /// Who is not invited to a series any more is not invited to its changed instances either.
    private mutating func takeOut(_ guests: Set<String>, ofInstancesOf id: String, in calendarID: String, now: Instant) {
        for exceptionID in events[calendarID]?.exceptions[id] ?? [] {
            guard var exception = events[calendarID]?[exceptionID], !guests.isDisjoint(with: exception.guests) else { continue }
            let left = (exception.fields["attendees"]?.array ?? []).filter { attendee in
                !guests.contains(attendee["email"]?.string?.lowercased() ?? "")
            }
            exception.fields["attendees"] = left.isEmpty ? nil : .array(left)
            exception.touch(now: now)
            events[calendarID]?.put(exception)
        }
    }

    /// Takes back every invitation to events of a calendar that is about to go.
    mutating func cancelEvents(of calendar: CalendarRecord, now: Instant) {
        for id in events[calendar.id]?.events.keys.elements ?? [] {
            guard let event = events[calendar.id]?[id], !event.isCancelled else { continue }
            events[calendar.id]?.cancel(event, now: now)
            updateCopies(of: id, in: calendar, now: now)
        }
    }

    private func hasCalendar(_ email: String, besides calendar: CalendarRecord) -> Bool {
        users[email] != nil && email != calendar.id && events[email] != nil
    }

    private func copy(of event: EventRecord, for email: String, organizer: JSON, now: Instant) -> EventRecord {
        let held = events[email]?.event(event.id)
        var copy = event
        copy.created = held?.created ?? now.wholeSecond
        (copy.updated, copy.version) = held.map { ($0.updated, $0.version) } ?? (now, EventRecord.version(at: now))
        copy.reminders = held?.reminders ?? [:]
        copy.isInvitation = true
        copy.fields["organizer"] = organizer
        // Whoever has deleted the copy has declined, and is not asked again.
        let answer = event.fields["attendees"]?.array?.first { $0.isAttendee(email) }?["responseStatus"]
        if held?.isCancelled == true, held?.isLost == false, answer == "declined" { copy.status = "cancelled" }
        for name in Self.ownFields { copy.fields[name] = held?.fields[name] }
        if held == nil { copy.fields["transparency"] = event.fields["transparency"] }
        var properties = JSON.Object()
        properties["private"] = held?.fields["extendedProperties"]?["private"]
        properties["shared"] = event.fields["extendedProperties"]?["shared"]
        copy.fields["extendedProperties"] = properties.isEmpty ? nil : .object(properties)
        return copy
    }

    private mutating func put(_ copy: EventRecord, at email: String, now: Instant) {
        guard let held = events[email]?.event(copy.id) else {
            // Nobody is told of an event that was cancelled before he was invited.
            if !copy.isCancelled { events[email]?.put(copy) }
            return
        }
        let isSame = held.times == copy.times && held.status == copy.status && held.fields == copy.fields
        let isOwn = !held.isInvitation && !(held.isCancelled && held.iCalUID == copy.iCalUID)
        guard !isOwn, !isSame else { return }
        var copy = copy
        copy.touch(now: now)
        events[email]?.put(copy)
    }
}

// MARK: - What guests do to their copies

extension World {
    /// Guests may not change what all guests share, such as who may invite whom.
    func refuseSharedChanges(_ new: JSON.Object, of event: EventRecord) throws(GoogleError) {
        guard event.isInvitation, event.fields["guestsCanModify"] != true else { return }
        let isSame =
            Self.guestFlags.allSatisfy { new[$0] == event.fields[$0] }
            && new["extendedProperties"]?["shared"] == event.fields["extendedProperties"]?["shared"]
        guard isSame else {
            throw GoogleError(
                code: 403, domain: "calendar", reason: "forbiddenForNonOrganizer",
                message: "Shared properties can only be changed by the organizer of the event.")
        }
    }

    /// Tells the organizer, and through him the other guests, what a guest has answered; whoever deletes his copy declines.
    /// Where guests may modify the event, everything else they changed goes there too.
    mutating func tellOrganizer(of copy: EventRecord, from guest: String, now: Instant) {
        guard copy.isInvitation, let organizer = copy.fields["organizer"]?["email"]?.string,
            let calendar = calendars[organizer],
            var event = events[organizer]?.event(copy.id), !event.isInvitation
        else { return }
        let before = event
        var changed = event.fields
        if copy.fields["guestsCanModify"] == true, !copy.isCancelled {
            for name in ["summary", "description", "location", "attendees"] { changed[name] = copy.fields[name] }
            event.move(to: copy.times)
        }
        var answer = copy.fields["attendees"]?.array?.first { $0.isAttendee(guest) }?.object
        if copy.isCancelled { answer?["responseStatus"] = "declined" }
        changed["attendees"] = changed["attendees"]?.array.map { attendees in
            .array(attendees.map { $0.isAttendee(guest) ? answer.map(JSON.object) ?? $0 : $0 })
        }
        guard changed != before.fields || event.times != before.times else { return }
        event.fields = changed
        event.touch(now: now)
        events[organizer]?.put(event)
        events[organizer]?.dropLostExceptions(of: event, now: now)
        updateCopies(of: event.id, in: calendar, former: before.guests, now: now)
    }
}

extension EventRecord {
    /// The addresses of the attendees, in lower case.
    var guests: [String] { (fields["attendees"]?.array ?? []).compactMap { $0["email"]?.string?.lowercased() } }
}

extension JSON {
    fileprivate func isAttendee(_ email: String) -> Bool { self["email"]?.string?.lowercased() == email }
}
