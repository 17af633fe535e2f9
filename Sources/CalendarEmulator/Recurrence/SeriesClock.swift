import Foundation

/// The clock on which a series repeats: the days of all-day events, or the wall clock of the event's time zone, so that a
/// meeting at ten stays at ten when summer ends.
struct SeriesClock {
    var zone: TimeZone
    var zoneName: String?
    var start: CivilTime
    /// What `start` stands for.
    private var first: EventTime
    var isAllDay: Bool

    init(_ time: EventTime) {
        switch time {
        case .day(let day):
            (zone, zoneName, isAllDay) = (.utc, nil, true)
            start = CivilTime(secondsSinceEpoch: day.daysSinceEpoch * 86400)
            first = time
        case .instant(let instant, let name):
            (zone, zoneName, isAllDay) = (name.flatMap(TimeZone.iana) ?? .utc, name, false)
            start = CivilTime(secondsSinceEpoch: instant.seconds + Int64(zone.secondsFromGMT(for: instant.date)))
            first = .instant(instant, timeZone: nil)
        }
    }

    func time(_ local: CivilTime) -> EventTime {
        // Of an hour that clocks show twice the event itself knows which one is meant.
        if local == start { return first }
        return isAllDay
            ? .day(Day(daysSinceEpoch: local.secondsSinceEpoch.dividedDown(by: 86400)))
            : .instant(local.instant(in: zone), timeZone: nil)
    }

    func isOfSameKind(_ time: EventTime) -> Bool {
        if case .day = time { isAllDay } else { !isAllDay }
    }

    /// Without the name of the zone, so that the same moment is found equal however it was written.
    func plain(_ time: EventTime) -> EventTime {
        if case .instant(let instant, _) = time { .instant(instant, timeZone: nil) } else { time }
    }

    func placed(_ time: EventTime) -> EventTime {
        if case .instant(let instant, _) = time { .instant(instant, timeZone: zoneName) } else { time }
    }
}

extension Day {
    init(daysSinceEpoch: Int64) { self.daysSinceEpoch = daysSinceEpoch }
}
