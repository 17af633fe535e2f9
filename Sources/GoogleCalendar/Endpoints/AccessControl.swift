import HTTPTypes
extension GoogleCalendarClient {
    /// `POST /calendars/{calendarId}/acl`
    /// - Parameter notifies: whether Google mails the person a link that adds the calendar to their list.
    public func insertRule(_ rule: AclRule, in calendar: String, notifies: Bool) async throws -> AclRule {
        try await answer(
            to: Call(
                method: .post, path: ["calendars", calendar, "acl"], query: [("sendNotifications", "\(notifies)")],
                body: Call.encoding(rule)))
    }

    /// `GET /calendars/{calendarId}/acl/{ruleId}`
    public func rule(_ id: String, in calendar: String) async throws -> AclRule {
        try await answer(to: Call(method: .get, path: ["calendars", calendar, "acl", id]))
    }

    /// `GET /calendars/{calendarId}/acl`, page by page.
    public func rules(in calendar: String) -> Pages<AclRule> {
        Pages { token in
            try await answer(
                to: Call(
                    method: .get, path: ["calendars", calendar, "acl"], query: [("maxResults", "250"), ("pageToken", token)]))
        }
    }

    /// `PATCH /calendars/{calendarId}/acl/{ruleId}`
    public func patchRule(_ id: String, _ changes: AclRule, in calendar: String, notifies: Bool) async throws -> AclRule {
        try await answer(
            to: Call(
                method: .patch, path: ["calendars", calendar, "acl", id], query: [("sendNotifications", "\(notifies)")],
                body: Call.encoding(changes)))
    }

    /// `DELETE /calendars/{calendarId}/acl/{ruleId}`; the person is not told.
    public func deleteRule(_ id: String, in calendar: String) async throws {
        _ = try await perform(Call(method: .delete, path: ["calendars", calendar, "acl", id]))
    }
}
