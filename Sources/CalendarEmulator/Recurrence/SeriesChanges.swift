import OrderedCollections

/// What a change of a series does to its instances, and of an instance to its series.
extension EventStore {
    /// Deletes an event; the changed instances of a series go with it.
    mutating func cancel(_ event: EventRecord, now: Instant) {
        var event = event
        event.status = "cancelled"
        event.touch(now: now)
        put(event)
        for id in exceptions[event.id] ?? [] {
            if let exception = self[id], !exception.isCancelled { cancel(exception, now: now) }
        }
    }

    /// Cancels the exceptions of a series whose place in it is gone, because it now repeats at other times or not at all.
    mutating func dropLostExceptions(of series: EventRecord, now: Instant) {
        for id in exceptions[series.id] ?? [] {
            guard let exception = self[id], !exception.isCancelled, let place = exception.instance else { continue }
            let hasPlace = series.recurrence?.has(place.originalStart, from: series.start) ?? false
            if series.isCancelled || !hasPlace { cancel(exception, now: now) }
        }
    }
}

extension World {
    private static let byRestriction = ["public", "default", "private"]

    /// A more restrictive visibility of one instance spreads to its series, a less restrictive one is ignored.
    /// Source: https://developers.google.com/workspace/calendar/release-notes (2026-07-07)
    mutating func spreadVisibility(of fields: inout EventFields, at event: EventRecord, in calendarID: String, call: Call) {
        guard let place = event.instance, var series = events[calendarID]?[place.seriesID] else { return }
        let rank = { (visibility: JSON?) in
            let name = visibility?.string ?? "default"
            return Self.byRestriction.firstIndex(of: name == "confidential" ? "private" : name) ?? 1
        }
        let (wanted, held) = (fields.rest["visibility"], series.fields["visibility"])
        if rank(wanted) < rank(held) {
            fields.rest["visibility"] = held
        } else if rank(wanted) > rank(held) {
            series.fields["visibility"] = wanted
            series.touch(now: call.now)
            events[calendarID]?.put(series)
        }
    }
}
