import Foundation
import Storage

/// What Google has for a session, as it was when we last wrote it.
public struct GoogleCalendarEvent: Sendable, Equatable {
    public var sessionID: String
    /// The calendar that the event lives in, which need not be the coach's present one.
    public var calendarID: String
    public var googleEventID: String
    /// Which try of an event id this is: an id that was purged in Google cannot be used again.
    public var generation: Int
    public var etag: String?
    public var contentHash: String
    public var htmlLink: String?
    public var syncedAt: Date
    /// When we took it out of the calendar.
    public var removedAt: Date?
}

extension GoogleCalendarEvent {
    /// - Parameter prefix: of the columns, in an answer that joins several tables.
    init(_ row: Row, prefix: String = "") throws {
        sessionID = try row.get(prefix + "session_id")
        calendarID = try row.get(prefix + "calendar_id")
        googleEventID = try row.get(prefix + "google_event_id")
        generation = try row.get(prefix + "generation")
        etag = try row.find(prefix + "etag")
        contentHash = try row.get(prefix + "content_hash")
        htmlLink = try row.find(prefix + "html_link")
        syncedAt = try row.get(prefix + "synced_at")
        removedAt = try row.find(prefix + "removed_at")
    }
}

extension Transaction {
    func event(of sessionID: String) throws -> GoogleCalendarEvent? {
        try row("SELECT * FROM google_calendar_event WHERE session_id = \(sessionID)").map { try GoogleCalendarEvent($0) }
    }

    func save(_ it: GoogleCalendarEvent) throws {
        try execute(
            """
            INSERT INTO google_calendar_event (
                session_id, calendar_id, google_event_id, generation, etag, content_hash, html_link, synced_at, removed_at)
            VALUES (\(it.sessionID), \(it.calendarID), \(it.googleEventID), \(it.generation), \(it.etag),
                \(it.contentHash), \(it.htmlLink), \(it.syncedAt), \(it.removedAt))
            ON CONFLICT (session_id) DO UPDATE SET
                calendar_id = excluded.calendar_id, google_event_id = excluded.google_event_id,
                generation = excluded.generation, etag = excluded.etag, content_hash = excluded.content_hash,
                html_link = excluded.html_link, synced_at = excluded.synced_at, removed_at = excluded.removed_at
            """)
    }
}
