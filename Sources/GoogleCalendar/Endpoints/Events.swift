import Foundation
import HTTPTypes

extension GoogleCalendarClient {
    /// `POST /calendars/{calendarId}/events`
    /// - Parameter id: chosen by the caller (5 to 1024 characters of `a`–`v` and `0`–`9`), so that a repetition is refused as
    ///   a duplicate instead of making a second event.
    public func insertEvent(_ content: EventContent, id: String?, in calendar: String) async throws -> Event {
        try await answer(to: events(calendar, .post, body: EventBody(content: content, id: id)))
    }

    /// `GET /calendars/{calendarId}/events/{eventId}`; a deleted event is answered too, as `cancelled`.
    public func event(_ id: String, in calendar: String) async throws -> Event {
        try await answer(to: Call(method: .get, path: ["calendars", calendar, "events", id]))
    }

    /// `PATCH /calendars/{calendarId}/events/{eventId}`: gives the fields of ``EventContent`` this state and leaves all others.
    /// - Parameter etag: the version to change; any other is refused with `conditionNotMet`.
    public func patchEvent(_ content: EventContent, id: String, in calendar: String, ifMatch etag: String?) async throws
        -> Event
    {
        try await answer(
            to: events(calendar, .patch, id, body: EventBody(content: content, clearsMissing: true), ifMatch: etag))
    }

    /// `PUT /calendars/{calendarId}/events/{eventId}`: every other field goes back to its default.
    public func updateEvent(_ content: EventContent, id: String, in calendar: String, ifMatch etag: String?) async throws
        -> Event
    {
        try await answer(to: events(calendar, .put, id, body: EventBody(content: content), ifMatch: etag))
    }

    /// `DELETE /calendars/{calendarId}/events/{eventId}`
    public func deleteEvent(_ id: String, in calendar: String, ifMatch etag: String?) async throws {
        _ = try await perform(Call(method: .delete, path: ["calendars", calendar, "events", id], ifMatch: etag))
    }

    /// `GET /calendars/{calendarId}/events`, page by page. A page may be empty and not be the last.
    public func events(in calendar: String, matching filter: EventFilter = EventFilter()) -> Pages<Event> {
        Pages { token in
            try await answer(
                to: Call(
                    method: .get, path: ["calendars", calendar, "events"], query: filter.query + [("pageToken", token)]))
        }
    }

    private func events(
        _ calendar: String, _ method: HTTPRequest.Method, _ id: String? = nil, body: EventBody, ifMatch: String? = nil
    ) throws -> Call {
        try Call(
            method: method, path: ["calendars", calendar, "events"] + (id.map { [$0] } ?? []), body: Call.encoding(body),
            ifMatch: ifMatch)
    }
}

/// Which events to list.
public struct EventFilter: Sendable {
    /// Events that end after this.
    public var endsAfter: Date?
    /// Events that start before this.
    public var startsBefore: Date?
    /// Deleted events too, as `cancelled`.
    public var showsDeleted = false
    /// One private property; Google documents two meanings for several.
    public var privateProperty: (name: String, value: String)?
    /// 1 to 2500.
    public var pageSize = 250

    public init() {}

    var query: [(String, String?)] {
        [
            ("timeMin", endsAfter?.rfc3339()), ("timeMax", startsBefore?.rfc3339()),
            ("showDeleted", showsDeleted ? "true" : nil), ("maxResults", "\(pageSize)"),
            ("privateExtendedProperty", privateProperty.map { "\($0.name)=\($0.value)" }),
        ]
    }
}
