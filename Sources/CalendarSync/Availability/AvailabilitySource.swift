import Coaching
import Foundation
import GoogleCalendar
import Storage

/// A Google calendar that keeps its owner from being booked, and what is known of it.
public struct AvailabilitySource: Sendable, Equatable {
    public var coachID: String
    public var calendarID: String
    var serviceAccount: String
    /// What is stored is true as of then; nil before it was ever read.
    public var readAt: Date?
    /// The stretch of time that was read.
    public var known: TimeRange?
    /// Why the last attempt to read it failed.
    public var error: UnknownReason?
    var failures = 0
    var nextReadAt: Date
    /// Since then it is known that something has changed, and not what.
    var notifiedAt: Date?
    /// Google is not asked for a channel before this.
    var nextWatchAt = Date(timeIntervalSince1970: 0)

    /// How old an answer may be and still count.
    static let believedFor: TimeInterval = 15 * 60
    /// From one reading to the next.
    static let longestWait: TimeInterval = 26 * 60 * 60
    /// How many calendars of one coach are checked at most.
    public static let mostOfOneCoach = 20

    /// Why it is unknown whether this calendar is busy; nil when it is known.
    public func unknownReason(now: Date) -> UnknownReason? {
        guard let readAt else { return error ?? .notReadYet }
        if let error { return error }
        // What was read in the future was read before the clock was set back.
        return (-LaneLease.clockDifference...Self.believedFor).contains(now.timeIntervalSince(readAt))
            ? nil : .googleUnavailable
    }
}

extension AvailabilitySource {
    init(_ row: Row) throws {
        let from: Date? = try row.find("known_from")
        let to: Date? = try row.find("known_to")
        self.init(
            coachID: try row.get("coach_id"), calendarID: try row.get("calendar_id"),
            serviceAccount: try row.get("service_account"), readAt: try row.find("read_at"),
            known: from.flatMap { from in to.flatMap { TimeRange(from, $0) } }, error: try row.find("error"),
            failures: try row.get("failures"), nextReadAt: try row.get("next_read_at"),
            notifiedAt: try row.find("notified_at"), nextWatchAt: try row.get("next_watch_at"))
    }
}

/// A time at which a coach's Google calendar is busy.
public struct BusyBlock: Sendable, Equatable {
    public var calendarID: String
    public var range: TimeRange
}

extension Transaction {
    /// The calendars that count for a coach now: none while the coach is disconnected.
    func availabilitySources(of coachID: String) throws -> [AvailabilitySource] {
        try rows(
            """
            SELECT s.* FROM availability_source s JOIN user_calendar_connection c ON c.user_id = s.coach_id
            WHERE s.coach_id = \(coachID) AND c.state <> 'disconnected' ORDER BY s.calendar_id
            """
        ).map { try AvailabilitySource($0) }
    }

    /// Busy times that meet a stretch, by calendar.
    func busyBlocks(of coachID: String, in range: TimeRange) throws -> [String: TimeRanges] {
        let found = try rows(
            """
            SELECT calendar_id, starts_at, ends_at FROM busy_block
            WHERE coach_id = \(coachID) AND ends_at > \(range.start) AND starts_at < \(range.end) ORDER BY starts_at
            """)
        var blocks: [String: [TimeRange]] = [:]
        for row in found { blocks[try row.get("calendar_id"), default: []].append(try TimeRange(row)) }
        return blocks.mapValues { TimeRanges($0) }
    }

    func busyBlocks(of source: AvailabilitySource) throws -> TimeRanges {
        TimeRanges(
            try rows(
                """
                SELECT starts_at, ends_at FROM busy_block
                WHERE coach_id = \(source.coachID) AND calendar_id = \(source.calendarID) ORDER BY starts_at
                """
            ).map { try TimeRange($0) })
    }

    func save(_ it: AvailabilitySource) throws {
        try execute(
            """
            UPDATE availability_source SET
                read_at = \(it.readAt), known_from = \(it.known?.start), known_to = \(it.known?.end), error = \(it.error),
                failures = \(it.failures), next_read_at = \(it.nextReadAt), notified_at = \(it.notifiedAt),
                next_watch_at = \(it.nextWatchAt)
            WHERE coach_id = \(it.coachID) AND calendar_id = \(it.calendarID)
            """)
    }

    func replaceBusyBlocks(of it: AvailabilitySource, by blocks: TimeRanges) throws {
        try execute("DELETE FROM busy_block WHERE coach_id = \(it.coachID) AND calendar_id = \(it.calendarID)")
        for block in blocks {
            try execute(
                """
                INSERT INTO busy_block (coach_id, calendar_id, starts_at, ends_at)
                VALUES (\(it.coachID), \(it.calendarID), \(block.start), \(block.end))
                """)
        }
    }

    /// Our own events come back as busy. Where we write into the very calendar that is checked, they are taken out again.
    func withoutOwnEvents(_ busy: TimeRanges, in calendarID: String, of coachID: String) throws -> TimeRanges {
        guard let first = busy.first, let last = busy.last, try connection(of: coachID)?.calendarID == calendarID else {
            return busy
        }
        let own = try rows(
            """
            SELECT s.starts_at, s.ends_at FROM coaching_session s JOIN google_calendar_event e ON e.session_id = s.id
            WHERE s.coach_id = \(coachID) AND s.status = 'scheduled' AND e.calendar_id = \(calendarID) AND e.removed_at IS NULL
                AND s.ends_at > \(first.start) AND s.starts_at < \(last.end)
            """
        ).map { try TimeRange($0) }
        return busy.subtracting(TimeRanges(own))
    }
}
