import Foundation
import OrderedCollections

/// One end of an event: a day, or an instant with the time zone that was sent along.
enum EventTime: Sendable, Hashable {
    case day(Day)
    case instant(Instant, timeZone: String?)

    /// When it is, all-day events being placed in `zone`, the calendar's.
    func instant(in zone: TimeZone) -> Instant {
        switch self {
        case .day(let day): day.start(in: zone)
        case .instant(let instant, _): instant
        }
    }
}

struct EventRecord: Sendable {
    var id: String
    var iCalUID: String
    /// `confirmed`, `tentative` or `cancelled`; a cancelled event is a tombstone that keeps its id and its fields.
    var status = "confirmed"
    var created: Instant
    var updated: Instant
    /// The number inside the etag: twice `updated` in microseconds, and a little more after edits of reminders alone.
    var version: Int64
    /// The number of its last change in its calendar.
    var change = 0
    /// SEQUENCE of iCalendar.
    var sequence: Int64 = 0
    /// The principal that made it.
    var creator: String
    var start: EventTime
    var end: EventTime
    /// It never changes.
    var type = EventType.default
    /// What makes it a series.
    var recurrence: Recurrence?
    /// What a series was before it came to repeat at other times: clients that expand have to hear which instances are gone.
    var formerTimes: [SeriesTimes] = []
    /// Whether it is an instance that went with its series or lost its place in it, and not one that somebody took out.
    var isLost = false
    /// Whether it is a guest's copy of somebody else's event.
    var isInvitation = false
    /// Set for an instance of a series: the series and the place in it, which stays when the instance moves.
    var instance: Instance?
    /// The other writable fields, defaults left out.
    var fields: JSON.Object
    /// Everybody's own, by address.
    var reminders: [String: JSON] = [:]

    var etag: String { "\"\(version)\"" }
    var isCancelled: Bool { status == "cancelled" }
    var isPrivate: Bool { ["private", "confidential"].contains(fields["visibility"]?.string) }
    var isTransparent: Bool { fields["transparency"] == "transparent" }

    var times: SeriesTimes {
        get { SeriesTimes(start: start, end: end, recurrence: recurrence) }
        set { (start, end, recurrence) = (newValue.start, newValue.end, newValue.recurrence) }
    }

    /// Notes a change at `now`. `updated` rises strictly, even when the clock stands.
    mutating func touch(now: Instant) {
        updated = max(now, updated.adding(milliseconds: 1))
        version = max(updated.milliseconds * 2000, version + 1)
    }

    static func version(at instant: Instant) -> Int64 { instant.milliseconds * 2000 }
}

/// When an event is, once or again and again.
struct SeriesTimes: Sendable, Hashable {
    var start: EventTime
    var end: EventTime
    var recurrence: Recurrence?
}

/// The place of an instance in its series.
struct Instance: Sendable, Hashable {
    /// The id of the series.
    var seriesID: String
    /// When the series says that it begins.
    var originalStart: EventTime
}
