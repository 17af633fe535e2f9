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
        guard let store = events[calendar.id], let event = store[id], event.fields["organizer"] == nil,
            event.fields["privateCopy"] == nil
        else { return }
        for one in [event] + (store.exceptions[id] ?? []).compactMap({ store[$0] }) {
            for email in one.guests where hasCalendar(email, besides: calendar) {
                put(copy(of: one, for: email, organizer: EventView.organizer(of: calendar), now: now), at: email, now: now)
            }
        }
        for email in former where !event.guests.contains(email) && hasCalendar(email, besides: calendar) {
            if let copy = events[email]?[id], copy.isCopy, !copy.isCancelled { events[email]?.cancel(copy, now: now) }
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
        copy.fields["organizer"] = organizer
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
        guard held.isCopy, !isSame else { return }
        var copy = copy
        copy.touch(now: now)
        events[email]?.put(copy)
    }
}

// MARK: - What guests do to their copies

extension World {
    /// Guests may not change what all guests share, such as who may invite whom.
    func refuseSharedChanges(_ new: JSON.Object, of event: EventRecord) throws(GoogleError) {
        guard event.isCopy, event.fields["guestsCanModify"] != true else { return }
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
        guard copy.isCopy, let organizer = copy.fields["organizer"]?["email"]?.string, let calendar = calendars[organizer],
            var event = events[organizer]?.event(copy.id), !event.isCopy
        else { return }
        var changed = event.fields
        if copy.fields["guestsCanModify"] == true, !copy.isCancelled {
            for name in ["summary", "description", "location", "attendees"] { changed[name] = copy.fields[name] }
            event.times = copy.times
        }
        var answer = copy.fields["attendees"]?.array?.first { $0.isAttendee(guest) }?.object
        if copy.isCancelled { answer?["responseStatus"] = "declined" }
        changed["attendees"] = changed["attendees"]?.array.map { attendees in
            .array(attendees.map { $0.isAttendee(guest) ? answer.map(JSON.object) ?? $0 : $0 })
        }
        guard changed != event.fields || event.times != events[organizer]?.event(copy.id)?.times else { return }
        event.fields = changed
        event.touch(now: now)
        events[organizer]?.put(event)
        updateCopies(of: event.id, in: calendar, now: now)
    }
}

extension EventRecord {
    /// Whether somebody else organizes it.
    var isCopy: Bool { fields["organizer"] != nil }

    /// The addresses of the attendees, in lower case.
    var guests: [String] { (fields["attendees"]?.array ?? []).compactMap { $0["email"]?.string?.lowercased() } }
}

extension JSON {
    fileprivate func isAttendee(_ email: String) -> Bool { self["email"]?.string?.lowercased() == email }
}
