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
    /// The other writable fields, defaults left out.
    var fields: JSON.Object
    /// Everybody's own, by address.
    var reminders: [String: JSON] = [:]

    var etag: String { "\"\(version)\"" }
    var isCancelled: Bool { status == "cancelled" }
    var isTransparent: Bool { fields["transparency"] == "transparent" }

    /// Notes a change at `now`. `updated` rises strictly, even when the clock stands.
    mutating func touch(now: Instant) {
        updated = max(now, updated.adding(milliseconds: 1))
        version = max(updated.milliseconds * 2000, version + 1)
    }

    static func version(at instant: Instant) -> Int64 { instant.milliseconds * 2000 }
}

/// The events of a calendar, tombstones included, in the order in which they were made.
struct EventStore: Sendable {
    private(set) var events: OrderedDictionary<String, EventRecord> = [:]
    /// The number of the last change; it only rises.
    private(set) var lastChange = 0
    private(set) var lastUpdated: Instant?

    subscript(id: String) -> EventRecord? { events[id] }

    mutating func put(_ event: EventRecord) {
        lastChange += 1
        lastUpdated = max(lastUpdated ?? event.updated, event.updated)
        events[event.id] = event
        events[event.id]?.change = lastChange
    }
}
