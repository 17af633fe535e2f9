import OrderedCollections

/// `events.move` and `calendars.clear`: events that leave a calendar.
/// Sources: https://developers.google.com/workspace/calendar/api/v3/reference/events/move and …/calendars/clear
extension World {
    /// The destination becomes the organizer; a bare cancelled event stays behind. A series moves with all its instances.
    mutating func moveEvent(_ call: Call) throws(GoogleError) -> Answer {
        let (source, role) = try writableCalendar(call)
        guard let name = call.query["destination"], !name.isEmpty else {
            throw .required("Missing destination calendar.", at: .parameter("destination"))
        }
        let (target, targetRole) = try calendar(name, for: call, atLeast: .freeBusyReader)
        guard targetRole >= .writerWithoutPrivateAccess else { throw .requiredAccessLevel(.writer) }
        guard let event = events[source.id]?.event(call.path["eventId"] ?? ""), !event.isCancelled else { throw .notFound }
        guard Self.mayTouch(event, role: role, by: call.principal) else { throw .forbidden }
        try call.requireMatch(event.etag)
        guard event.instance == nil else { throw .invalid("An instance of a recurring event cannot be moved.") }
        guard event.type == .default else { throw .invalid("Only events of type default can be moved.") }
        guard event.fields["organizer"] == nil else {
            throw GoogleError(
                code: 403, domain: "calendar", reason: "cannotChangeOrganizer",
                message: "Only the organizer of an event can move it.")
        }
        guard source.id != target.id else {
            return .resource(EventView(of: source, role: role, call: call).json(event), etag: event.etag)
        }
        if let there = events[target.id]?[event.id], !there.isCancelled {
            // A guest's copy of this very event gives way to it.
            guard there.isInvitation, there.iCalUID == event.iCalUID else { throw .duplicate }
        }
        let exceptions = (events[source.id]?.exceptions[event.id] ?? []).compactMap { events[source.id]?[$0] }
        events[source.id]?.cancel(event, now: call.now)
        var moved = event
        for var one in [event] + exceptions {
            one.fields["eventLabelId"] = nil
            one.touch(now: call.now)
            events[target.id]?.put(one)
            if one.id == event.id { moved = one }
        }
        updateCopies(of: moved.id, in: target, now: call.now)
        return .resource(EventView(of: target, role: targetRole, call: call).json(moved), etag: moved.etag)
    }

    /// Empties a person's own calendar, which cannot be deleted. Only its owner may.
    mutating func clearCalendar(_ call: Call) throws(GoogleError) -> Answer {
        let (calendar, _) = try calendar(for: call, atLeast: .owner)
        guard calendar.isPrimary else { throw .invalid("Only a primary calendar can be cleared.") }
        cancelEvents(of: calendar, now: call.now)
        return .empty
    }
}
