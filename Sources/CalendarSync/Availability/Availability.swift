import Coaching
import Foundation
import GoogleCalendar
import Storage

/// When a coach can be booked, and why not at other times.
public struct Availability: Sendable, Equatable {
    /// A time that is taken, and by what.
    public struct Busy: Sendable, Equatable {
        public enum Source: Sendable, Equatable {
            case session(id: String)
            case hold
            /// - Parameter readAt: the answer is as old as that.
            case googleCalendar(id: String, readAt: Date?)
        }

        public var range: TimeRange
        public var source: Source
    }

    /// A time about which one of the coach's calendars says nothing. It is not free, and not busy.
    public struct Unknown: Sendable, Equatable {
        public var range: TimeRange
        public var calendarID: String
        public var reason: UnknownReason
        /// When the calendar was last read; nil when it never was.
        public var readAt: Date?
    }

    public var coachID: String
    public var window: TimeRange
    /// Where the coach works.
    public var zone: Zone
    public var slots: [TimeRange]
    public var busy: [Busy]
    public var unknown: [Unknown]
}

extension CalendarSyncService {
    /// The longest stretch that can be asked about at once.
    public static let longestWindow: TimeInterval = 62 * 24 * 60 * 60

    /// The times at which a session of this length can be booked with a coach.
    ///
    /// What is stored of the coach's Google calendars is asked for anew where it is old or does not reach that far, for as long as a booking
    /// would wait. What is still not known then is neither free nor busy. Others than the coach and the platform learn nothing of times
    /// that they could not book: what is over, and what is beyond the coach's horizon.
    public func availability(
        of coachID: String, in asked: TimeRange, lasting duration: Duration, by actor: Person
    ) async throws -> Availability {
        guard asked.end.timeIntervalSince(asked.start) <= Self.longestWindow else {
            throw InvalidInput("to", "must be at most 62 days after from")
        }
        guard duration > .zero, duration <= SessionDetails.longestDuration, duration.components.seconds % 60 == 0 else {
            throw InvalidInput("durationMinutes", "must be from 1 to 1440 whole minutes")
        }
        try await requireBookable(coachID)
        var window = asked
        if actor.role != .admin, actor.id != coachID {
            let days = try await bookingRules(of: coachID).horizonDays
            guard let bookable = TimeRange(now, now + Double(days + 1) * 24 * 60 * 60).flatMap({ asked.clamped(to: $0) }) else {
                let zone = try await database.read { try $0.zone(of: coachID) }
                return Availability(coachID: coachID, window: asked, zone: zone, slots: [], busy: [], unknown: [])
            }
            window = bookable
        }
        let (around, missing) = try await missing(of: coachID, in: window)
        let reader = BusyReader(sync: self, urgency: .live, patience: Self.patienceWhenBooking)
        let answers = try await reader.read(missing, in: around)
        let now = now
        var found = try await database.read { [window] transaction in
            try transaction.availability(of: coachID, in: window, lasting: duration, answers, now: now)
        }
        found.window = asked
        return found
    }

    /// The calendars whose stored answer does not reach as far as has to be known, and how far that is. Those that could not be read a
    /// moment ago are not asked again.
    private func missing(of coachID: String, in window: TimeRange) async throws -> (TimeRange, [String]) {
        let now = now
        return try await database.read { transaction in
            let around = try transaction.bookingRules(of: coachID).around(window)
            let sources = try transaction.availabilitySources(of: coachID)
            let missing = sources.filter { source in
                source.error == nil && (source.unknownReason(now: now) != nil || source.known?.contains(around) != true)
            }
            return (around, missing.map(\.calendarID))
        }
    }
}

extension BookingRules {
    /// How far beyond a stretch one has to look to know what is free in it.
    fileprivate func around(_ window: TimeRange) -> TimeRange {
        window.padded(before: gap, after: gap)
    }
}

extension Transaction {
    /// - Parameter answers: what calendars have just said about all that has to be known.
    fileprivate func availability(
        of coachID: String, in window: TimeRange, lasting duration: Duration, _ answers: [String: BusyReader.Answer], now: Date
    ) throws -> Availability {
        let rules = try bookingRules(of: coachID)
        let zone = try zone(of: coachID)
        let around = rules.around(window)
        var busy: [Availability.Busy] = []
        var taken = TakenTime()

        var sessions: [TimeRange] = []
        let overlaps: SQL = """
            coach_id = \(coachID) AND starts_at < \(around.end) AND taken_until > \(around.start)
                AND starts_at > \(around.start - Schema.longestTaken)
            """
        let kinds: SQL = """
            SELECT id, starts_at, ends_at, taken_until, 0 AS is_hold FROM coaching_session WHERE status = 'scheduled' AND \(overlaps)
            UNION ALL SELECT id, starts_at, ends_at, taken_until, 1 AS is_hold FROM hold WHERE expires_at > \(now) AND \(overlaps)
            ORDER BY starts_at
            """
        for row in try rows(kinds) {
            let range = try TimeRange(row)
            if let range = TimeRange(range.start, try row.get("taken_until")) { sessions.append(range) }
            guard let shown = range.clamped(to: window) else { continue }
            busy.append(.init(range: shown, source: try row.get("is_hold") ? .hold : .session(id: try row.get("id"))))
        }
        taken.sessions = TimeRanges(sessions)

        let stored = try busyBlocks(of: coachID, in: around)
        var unknown: [Availability.Unknown] = []
        for var source in try availabilitySources(of: coachID) {
            var blocks = stored[source.calendarID, default: TimeRanges()]
            switch answers[source.calendarID] {
            case nil: break
            case .busy(let found):
                blocks = try withoutOwnEvents(found, in: source.calendarID, of: coachID)
                (source.readAt, source.known) = (now, around)
            case .unknown(let reason): source.error = reason
            }
            taken.busy = taken.busy.union(blocks)
            busy += blocks.compactMap { $0.clamped(to: window) }.map {
                .init(range: $0, source: .googleCalendar(id: source.calendarID, readAt: source.readAt))
            }
            // What is known to be busy is not unknown, however old the answer.
            let reason = source.unknownReason(now: now)
            let known = reason == nil ? source.known.map { TimeRanges([$0]) } ?? TimeRanges() : TimeRanges()
            let missing = TimeRanges([around]).subtracting(known).subtracting(blocks)
            taken.unknown = taken.unknown.union(missing)
            unknown += missing.compactMap { $0.clamped(to: window) }.map {
                .init(range: $0, calendarID: source.calendarID, reason: reason ?? .notReadYet, readAt: source.readAt)
            }
        }
        return Availability(
            coachID: coachID, window: window, zone: zone,
            slots: rules.freeSlots(in: window, lasting: duration, zone: zone, taken: taken, now: now),
            busy: busy.sorted { $0.range.start < $1.range.start }, unknown: unknown)
    }
}
