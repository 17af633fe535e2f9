import Foundation
import OrderedCollections

/// `calendars.transferOwnership`: an administrator gives a calendar another data owner.
/// Source: https://developers.google.com/workspace/calendar/api/v3/reference/calendars/transferOwnership
extension World {
    /// The statuses are the documented conditions'; Google's own words and reasons are not known.
    mutating func transferOwnership(_ call: Call) throws(GoogleError) -> Answer {
        for name in ["newDataOwner", "useAdminAccess"] where (call.query[name] ?? "").isEmpty {
            throw .required("Required parameter: \(name)", at: .parameter(name))
        }
        guard call.flag("useAdminAccess") else {
            throw .invalid("Only true is accepted for useAdminAccess.", at: .parameter("useAdminAccess"))
        }
        guard users[call.principal.email]?.isAdmin == true, let organization = Self.organization(of: call.principal.email)
        else { throw .forbidden }
        let (calendar, owner) = try calendarToTransfer(by: call, within: organization)
        let newOwner = (call.query["newDataOwner"] ?? "").lowercased()
        guard users[newOwner] != nil else { throw .invalid("Invalid new data owner.", at: .parameter("newDataOwner")) }
        guard Self.organization(of: newOwner) == organization else { throw .forbidden }
        if newOwner != owner { transfer(calendar, to: newOwner, now: call.now) }
        return .empty
    }

    /// Administrators reach the calendars of their people without a role on them; others are as if they were not there.
    private func calendarToTransfer(
        by call: Call, within organization: String
    ) throws(GoogleError) -> (CalendarRecord, owner: String) {
        guard let calendar = calendar(named: call.path["calendarId"] ?? "", by: call.principal) else { throw .notFound }
        guard Self.organization(of: calendar.owner) == organization else {
            throw Self.role(of: call.principal, in: calendar) > .none ? .forbidden : .notFound
        }
        guard let owner = calendar.dataOwner else { throw .invalid("Only secondary calendars can be transferred.") }
        return (calendar, owner)
    }

    /// The owner of before keeps the role `owner`, and the calendar in the list.
    private mutating func transfer(_ old: CalendarRecord, to newOwner: String, now: Instant) {
        var calendar = old
        let rule = AccessRule(scopeType: "user", scopeValue: newOwner, role: .owner, etag: nextEtag())
        calendar.rules.put(rule, rule.id)
        calendar.dataOwner = newOwner
        calendar.updated = now
        calendar.etag = nextEtag()
        calendars[calendar.id] = calendar
        renewEntries(of: old)
        list(calendar.id, for: newOwner)
    }

    /// The Workspace organisation of an account: its domain, and nil for consumers and service accounts.
    static func organization(of email: String) -> String? {
        guard let domain = email.split(separator: "@").last.map(String.init), domain != "gmail.com",
            domain != "googlemail.com", !domain.hasSuffix(".gserviceaccount.com")
        else { return nil }
        return domain
    }
}
