import Coaching
import Foundation
import GoogleCalendar
import Storage

/// A calendar that is checked for conflicts, and how much is known of it.
public struct SourceStatus: Sendable, Equatable {
    public var calendarID: String
    /// When it was last read; what is stored is true as of then.
    public var readAt: Date?
    /// Why it is not known whether it is busy; nil when it is.
    public var unknown: UnknownReason?
    /// Through which Google tells us of changes; nil while none is open, and it is only read from time to time.
    public var channel: WatchChannel?
}

extension CalendarSyncService {
    /// Makes sure that calendars can be read which are to keep the coach from being booked.
    ///
    /// Each that is new is asked for once, so that one that is not shared with the service account is refused at once. Where Google does
    /// not answer, it is taken and is unknown until it does.
    func chosen(_ calendarIDs: [String], of coachID: String) async throws -> Set<String> {
        let field = "conflictCalendars"
        let wanted = Set(calendarIDs)
        guard wanted.count <= AvailabilitySource.mostOfOneCoach else {
            throw InvalidInput(field, "has more than \(AvailabilitySource.mostOfOneCoach) calendars; leave some out")
        }
        for id in wanted where id == "primary" || !(3...254).contains(id.utf8.count) || !id.contains("@") || !id.isPrintable {
            throw InvalidInput(
                field, "must be ids of calendars, such as somebody@example.com; Google shows them in the calendar's settings")
        }
        let now = now
        let known = try await database.read { transaction in
            guard let connection = try transaction.connection(of: coachID) else { throw SyncRefusal.neverConnected }
            guard connection.isWanted else { throw SyncRefusal.notConnected(nil) }
            for id in wanted {
                // The service account may see what people share with it for themselves.
                let isSomebodyElses =
                    try transaction.row(
                        """
                        SELECT 1 AS one FROM person WHERE LOWER(email) = \(id.lowercased()) AND id <> \(coachID)
                        UNION ALL SELECT 1 AS one FROM user_calendar_connection WHERE calendar_id = \(id) AND user_id <> \(coachID)
                        """) != nil
                if isSomebodyElses { throw InvalidInput(field, "has the calendar of somebody else: \(id); leave it out") }
            }
            return Set(try transaction.availabilitySources(of: coachID).map(\.calendarID))
        }
        let new = wanted.subtracting(known).sorted()
        if !new.isEmpty, let soon = TimeRange(now, now + 60 * 60) {
            let answers = try await BusyReader(sync: self, urgency: .interactive).read(new, in: soon)
            let refused = new.filter { answers[$0] == .unknown(.notShared) }
            if !refused.isEmpty {
                throw InvalidInput(
                    field,
                    "\(refused.joined(separator: ", ")) cannot be read; share it with \(google.serviceAccount), for which "
                        + "\"See only free/busy\" is enough")
            }
        }
        return wanted
    }
}

extension String {
    fileprivate var isPrintable: Bool { unicodeScalars.allSatisfy { $0.properties.generalCategory != .control && $0 != " " } }
}

extension Transaction {
    /// Those calendars count from now on, and no others.
    func choose(_ calendars: Set<String>, of coachID: String, account: String, now: Date) throws {
        for known in try availabilitySources(of: coachID).map(\.calendarID) where !calendars.contains(known) {
            try execute("DELETE FROM availability_source WHERE coach_id = \(coachID) AND calendar_id = \(known)")
        }
        for id in calendars.sorted() {
            try execute(
                """
                INSERT INTO availability_source (coach_id, calendar_id, service_account, added_at, next_read_at)
                VALUES (\(coachID), \(id), \(account), \(now), \(now)) ON CONFLICT (coach_id, calendar_id) DO NOTHING
                """)
        }
    }

    /// Another service account reads them from now on, which may or may not see them.
    func readSources(of coachID: String, as account: String, now: Date) throws {
        try execute(
            """
            UPDATE availability_source SET service_account = \(account), next_watch_at = \(now)
            WHERE coach_id = \(coachID) AND service_account <> \(account)
            """)
        try execute("UPDATE availability_source SET next_read_at = \(now) WHERE coach_id = \(coachID)")
        try execute(
            """
            UPDATE availability_source SET next_watch_at = \(now)
            WHERE coach_id = \(coachID) AND NOT EXISTS (
                SELECT 1 FROM watch_channel w WHERE w.coach_id = availability_source.coach_id
                    AND w.calendar_id = availability_source.calendar_id AND w.stop_at IS NULL)
            """)
    }

    /// What was read of a coach's calendars is nobody's business any more; which calendars they are stays for the next time.
    func forgetBusyTimes(of coachID: String, now: Date) throws {
        try execute("DELETE FROM busy_block WHERE coach_id = \(coachID)")
        try execute(
            """
            UPDATE availability_source SET read_at = NULL, known_from = NULL, known_to = NULL, next_read_at = \(now)
            WHERE coach_id = \(coachID)
            """)
        try execute("UPDATE watch_channel SET stop_at = \(now) WHERE coach_id = \(coachID) AND stop_at IS NULL")
    }

    func sourceStatuses(of coachID: String, now: Date) throws -> [SourceStatus] {
        let channels = try channels(of: coachID)
        return try availabilitySources(of: coachID).map { source in
            SourceStatus(
                calendarID: source.calendarID, readAt: source.readAt, unknown: source.unknownReason(now: now),
                channel: channels.last { $0.calendarID == source.calendarID && $0.resourceID != nil && $0.expiresAt > now })
        }
    }
}
