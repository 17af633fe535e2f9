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
    /// The version we last wrote; nil when an insert was begun and its end is not known.
    public var etag: String?
    /// Of what we last wrote; empty when the event is no longer taken to show it, so that it is written anew.
    public var contentHash: String
    /// Of what Google showed right after that, with its own corrections.
    var shownHash: String?
    /// When a write was asked for whose answer is not known: it may still arrive.
    var askedAt: Date?
    public var htmlLink: String?
    public var syncedAt: Date
    /// When we took it out of the calendar.
    public var removedAt: Date?
}

extension GoogleCalendarEvent {
    /// Whether we know that Google has it, or had it.
    var isKnownToExist: Bool { etag != nil }

    init(_ row: Row) throws {
        sessionID = try row.get("session_id")
        calendarID = try row.get("calendar_id")
        googleEventID = try row.get("google_event_id")
        generation = try row.get("generation")
        etag = try row.find("etag")
        contentHash = try row.get("content_hash")
        shownHash = try row.find("shown_hash")
        askedAt = try row.find("asked_at")
        htmlLink = try row.find("html_link")
        syncedAt = try row.get("synced_at")
        removedAt = try row.find("removed_at")
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
                session_id, calendar_id, google_event_id, generation, etag, content_hash, shown_hash, asked_at, html_link, synced_at,
                removed_at)
            VALUES (\(it.sessionID), \(it.calendarID), \(it.googleEventID), \(it.generation), \(it.etag),
                \(it.contentHash), \(it.shownHash), \(it.askedAt), \(it.htmlLink), \(it.syncedAt), \(it.removedAt))
            ON CONFLICT (session_id) DO UPDATE SET
                calendar_id = excluded.calendar_id, google_event_id = excluded.google_event_id,
                generation = excluded.generation, etag = excluded.etag, content_hash = excluded.content_hash,
                shown_hash = excluded.shown_hash, asked_at = excluded.asked_at,
                html_link = excluded.html_link, synced_at = excluded.synced_at, removed_at = excluded.removed_at
            """)
    }
}
