import HTTPTypes
extension GoogleCalendarClient {
    /// `GET /users/me/calendarList`, page by page. A calendar that somebody else shared is not in it by itself.
    public func calendarList() -> Pages<CalendarListEntry> {
        Pages { token in
            try await answer(
                to: Call(
                    method: .get, path: ["users", "me", "calendarList"], query: [("maxResults", "250"), ("pageToken", token)]))
        }
    }

    /// `POST /users/me/calendarList`
    public func insertIntoCalendarList(_ entry: CalendarListEntry) async throws -> CalendarListEntry {
        try await answer(to: Call(method: .post, path: ["users", "me", "calendarList"], body: Call.encoding(entry)))
    }
}
