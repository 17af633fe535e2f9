import OrderedCollections

/// What a change of a series does to its instances, and of an instance to its series.
extension EventStore {
    /// Deletes an event; the changed instances of a series go with it, and come back unchanged should it come back.
    mutating func cancel(_ event: EventRecord, isLost: Bool = false, now: Instant) {
        var event = event
        event.status = "cancelled"
        event.isLost = isLost
        event.touch(now: now)
        put(event)
        for id in exceptions[event.id] ?? [] {
            if let exception = self[id], !exception.isCancelled { cancel(exception, isLost: true, now: now) }
        }
    }

    /// Cancels the exceptions of a series whose place in it is gone, because it now repeats at other times or not at all.
    mutating func dropLostExceptions(of series: EventRecord, now: Instant) {
        let live = (exceptions[series.id] ?? []).compactMap { self[$0] }.filter { !$0.isCancelled }
        let places = live.compactMap { $0.instance?.originalStart }
        guard let first = places.map({ $0.instant(in: .utc) }).min(), let last = places.map({ $0.instant(in: .utc) }).max()
        else { return }
        let bounds = (first.adding(seconds: -86400), last.adding(seconds: 86400))
        let starts = Set(series.isCancelled ? [] : series.recurrence?.starts(from: series.start, within: bounds) ?? [])
        for exception in live {
            guard let place = exception.instance?.originalStart, !starts.contains(place) else { continue }
            cancel(exception, isLost: true, now: now)
        }
    }
}

extension World {
    private static let byRestriction = ["public", "default", "private"]

    /// A more restrictive visibility of one instance spreads to its series, a less restrictive one is ignored.
    /// Source: https://developers.google.com/workspace/calendar/release-notes (2026-07-07)
    /// - Returns: the series as it is then, if it changes.
    func spreadVisibility(of fields: inout EventFields, at event: EventRecord, in calendarID: String) -> EventRecord? {
        guard let place = event.instance, var series = events[calendarID]?[place.seriesID] else { return nil }
        let rank = { (visibility: JSON?) in
            let name = visibility?.string ?? "default"
            return Self.byRestriction.firstIndex(of: name == "confidential" ? "private" : name) ?? 1
        }
        let (wanted, held) = (fields.rest["visibility"], series.fields["visibility"])
        if rank(wanted) < rank(held) { fields.rest["visibility"] = held }
        guard rank(wanted) > rank(held) else { return nil }
        series.fields["visibility"] = wanted
        return series
    }
}
