import Foundation
import OrderedCollections

/// The part of time a caller asks about; both bounds are open, as Google has them.
struct Window: Sendable {
    /// Events that end by then are not in it.
    var min: Instant?
    /// Events that begin then or later are not in it.
    var max: Instant?

    func holds(_ event: EventRecord, zone: TimeZone) -> Bool {
        if let min, event.end.instant(in: zone) <= min { return false }
        if let max, event.start.instant(in: zone) >= max { return false }
        return true
    }
}

// MARK: - From a series to its instances

extension EventRecord {
    /// The instance that the series makes at `originalStart`. It is as old as the series: until somebody changes it, it has
    /// no life of its own.
    func instance(at originalStart: EventTime) -> EventRecord {
        var made = self
        made.id = InstanceID(seriesID: id, originalStart: originalStart).text
        made.instance = Instance(seriesID: id, originalStart: originalStart)
        made.recurrence = nil
        made.start = originalStart
        made.end = end(ofInstanceAt: originalStart)
        return made
    }

    /// All instances last as long as the first: so many days, or so much time.
    private func end(ofInstanceAt originalStart: EventTime) -> EventTime {
        switch (start, end, originalStart) {
        case (.day(let first), .day(let last), .day(let day)):
            // No day has more than four digits in its year.
            let end = Swift.min(day.daysSinceEpoch + last.daysSinceEpoch - first.daysSinceEpoch, Year.lastDay)
            return .day(Day(daysSinceEpoch: end))
        case (.instant(let first, _), .instant(let last, let zone), .instant(let instant, _)):
            return .instant(instant.adding(milliseconds: last.milliseconds - first.milliseconds), timeZone: zone)
        default:
            return originalStart
        }
    }

    /// Where the instances begin that `window` may hold.
    fileprivate func starts(
        within window: Window, zone: TimeZone, from: Instant? = nil, wanted: Int = .max
    ) -> [EventTime] {
        // A day more on each side, since all-day events begin at another time in every zone.
        let length = end.instant(in: zone).milliseconds - start.instant(in: zone).milliseconds + 86_400_000
        let min = [window.min.map { $0.adding(milliseconds: -length) }, from.map { $0.adding(seconds: -86400) }]
            .compactMap { $0 }.max()
        let max = window.max.map { $0.adding(seconds: 86400) }
        // Those that the room at the beginning lets in are not among those that are wanted.
        let room = Int(Swift.min(length / 86_400_000 + 4, 10_000)) * (recurrence?.timesOfDay ?? 1)
        let needed = wanted == .max ? wanted : wanted + room
        return recurrence?.starts(from: start, within: (min, max), wanted: needed) ?? []
    }
}

extension EventStore {
    /// An event by its id, be it stored or an instance that a series makes.
    func event(_ id: String) -> EventRecord? {
        let stored = self[id]
        if let stored, !stored.isLost { return stored }
        guard let name = InstanceID(id), let series = self[name.seriesID], let recurrence = series.recurrence,
            let start = name.originalStart(in: series), recurrence.has(start, from: series.start)
        else { return stored }
        return series.instance(at: start)
    }

    /// The instances of `series` inside `window`, in their order, cancelled ones among them.
    /// - Parameter wanted: how many the caller needs at most of those that begin at `from` or later.
    func instances(
        of series: EventRecord, within window: Window, zone: TimeZone, from: Instant? = nil, wanted: Int = .max
    ) -> [EventRecord] {
        let changed = changedInstances(of: series)
        let own = regularInstances(of: series, within: window, zone: zone, from: from, wanted: wanted)
        return (own + changed.filter { window.holds($0, zone: zone) }).sorted { $0.place(zone) < $1.place(zone) }
    }

    /// Those that were lost are as the series makes them, as long as it makes any.
    private func changedInstances(of series: EventRecord) -> [EventRecord] {
        (exceptions[series.id] ?? []).compactMap { self[$0] }.filter { !$0.isLost || series.isCancelled }
    }

    /// The instances nobody has changed.
    private func regularInstances(
        of series: EventRecord, within window: Window, zone: TimeZone, from: Instant? = nil, wanted: Int = .max
    ) -> [EventRecord] {
        let changed = Set(changedInstances(of: series).map(\.id))
        let needed = wanted == .max ? wanted : wanted + changed.count
        return series.starts(within: window, zone: zone, from: from, wanted: needed).map(series.instance(at:))
            .filter { !changed.contains($0.id) && window.holds($0, zone: zone) }
    }

    /// What has to be told of an event that changed to somebody who sees instances: those there are now, and those that are
    /// not there any more. Exceptions have changes of their own.
    func changes(of event: EventRecord, within window: Window, zone: TimeZone) -> [EventRecord] {
        guard event.instance == nil, event.recurrence != nil || !event.formerTimes.isEmpty else { return [event] }
        let now = event.recurrence == nil ? [event] : regularInstances(of: event, within: window, zone: zone)
        var told = Set(now.map(\.id))
        var gone: [EventRecord] = []
        for times in event.formerTimes {
            var former = event
            former.times = times
            former.status = "cancelled"
            let instances =
                times.recurrence == nil ? [former] : regularInstances(of: former, within: window, zone: zone)
            gone += instances.filter { told.insert($0.id).inserted }
        }
        return now + gone
    }

    /// Whether this is an instance of a series that is here too. (A guest may be invited to one instance alone.)
    func isShownBySeries(_ event: EventRecord) -> Bool { event.instance.map { self[$0.seriesID] != nil } ?? false }

    /// Whether an event, or some instance of it, is inside `window`.
    func occurs(_ event: EventRecord, within window: Window, zone: TimeZone) -> Bool {
        guard event.recurrence != nil, window.min != nil || window.max != nil else { return window.holds(event, zone: zone) }
        return event.starts(within: window, zone: zone).contains { window.holds(event.instance(at: $0), zone: zone) }
    }

    /// Everything inside `window` as a person sees it: single events, and of series their instances.
    func occurrences(within window: Window, zone: TimeZone) -> [EventRecord] {
        events.values.elements.flatMap { event -> [EventRecord] in
            if isShownBySeries(event) { return [] }
            if event.recurrence != nil { return instances(of: event, within: window, zone: zone) }
            return window.holds(event, zone: zone) ? [event] : []
        }
    }
}

extension EventRecord {
    /// When it begins by its series, whenever it really does.
    func place(_ zone: TimeZone) -> Instant { (instance?.originalStart ?? start).instant(in: zone) }
}

/// `<series>_20261103T090000Z`, or `<series>_20261103` for whole days: the id of an instance.
struct InstanceID {
    var seriesID: String
    private var stamp: String

    init(seriesID: String, originalStart: EventTime) {
        self.seriesID = seriesID
        stamp =
            switch originalStart {
            case .day(let day): day.text.replacing("-", with: "")
            case .instant(let instant, _):
                CivilTime(secondsSinceEpoch: instant.seconds).text.replacing("-", with: "").replacing(":", with: "") + "Z"
            }
    }

    init?(_ id: String) {
        guard let separator = id.lastIndex(of: "_"), separator > id.startIndex else { return nil }
        seriesID = String(id[..<separator])
        stamp = String(id[id.index(after: separator)...])
    }

    var text: String { seriesID + "_" + stamp }

    /// Where the instance begins; nil when the stamp is not one for this series.
    func originalStart(in series: EventRecord) -> EventTime? {
        switch (CompactTime(stamp[...]), series.start) {
        case (.day(let day), .day): .day(day)
        case (.utc(let instant), .instant(_, let zone)): .instant(instant, timeZone: zone)
        default: nil
        }
    }
}
