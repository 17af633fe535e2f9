import HTTPTypes
extension GoogleCalendarClient {
    /// `POST /calendars`. There is no key to repeat it by: after a lost answer, look into ``calendarList()`` first.
    public func insertCalendar(_ calendar: CalendarResource) async throws -> CalendarResource {
        try await answer(to: Call(method: .post, path: ["calendars"], body: Call.encoding(calendar)))
    }

    /// `GET /calendars/{calendarId}`
    public func calendar(_ id: String) async throws -> CalendarResource {
        try await answer(to: Call(method: .get, path: ["calendars", id]))
    }

    /// `PATCH /calendars/{calendarId}`; fields that are nil stay as they are.
    public func patchCalendar(_ id: String, _ changes: CalendarResource) async throws -> CalendarResource {
        try await answer(to: Call(method: .patch, path: ["calendars", id], body: Call.encoding(changes)))
    }

    /// `DELETE /calendars/{calendarId}`; only its data owner may.
    public func deleteCalendar(_ id: String) async throws {
        _ = try await perform(Call(method: .delete, path: ["calendars", id]))
    }
}
