import Foundation
import OrderedCollections

/// Who may do what with which calendar.
extension World {
    /// The calendar of the path, with the caller's role, or the same 404 whether it is absent or merely not shared.
    /// - Parameter role: what the method needs; less is refused with 403 `requiredAccessLevel`.
    func calendar(for call: Call, atLeast role: Role) throws(GoogleError) -> (CalendarRecord, Role) {
        try calendar(call.path["calendarId"] ?? "", for: call, atLeast: role)
    }

    func calendar(_ id: String, for call: Call, atLeast needed: Role) throws(GoogleError) -> (CalendarRecord, Role) {
        guard let calendar = calendar(named: id, by: call.principal) else { throw .notFound }
        let role = self.role(of: call.caller, in: calendar, for: call.route)
        guard role > .none else { throw .notFound }
        guard role >= needed else { throw .requiredAccessLevel(needed) }
        return (calendar, role)
    }

    /// `primary` is the caller's own calendar, whoever the caller is.
    func calendar(named id: String, by principal: Principal) -> CalendarRecord? {
        if id == "primary" { return calendars[principal.email] }
        return calendars[id] ?? calendars[id.lowercased()]
    }

    /// The role that counts for this call: some scopes reach only part of what the principal may do.
    func role(of caller: Caller, in calendar: CalendarRecord, for route: Route) -> Role {
        let role = Self.role(of: caller.principal, in: calendar)
        var reached = Role.none
        // None reaches further than the principal may go, so the first that reaches as far ends the search.
        for scope in route.scopes where reached != role && caller.scopes.contains(scope) {
            reached = max(reached, Self.reach(of: scope, as: role, in: calendar, for: caller.principal))
        }
        return reached
    }

    private static func reach(of scope: String, as role: Role, in calendar: CalendarRecord, for principal: Principal) -> Role {
        switch scope {
        case "calendar.app.created": !calendar.isPrimary && calendar.project == principal.project ? role : .none
        case "calendar.events.owned", "calendar.events.owned.readonly": role == .owner ? role : .none
        case "calendar.events.public.readonly": calendar.rules["default"]?.role ?? .none
        case "calendar.events.freebusy": min(role, .freeBusyReader)
        default: role
        }
    }

    /// What protects the owner of a calendar's data from others and from oneself.
    var ownerRefusal: GoogleError {
        GoogleError(code: switches.ownerRefusalStatus, reason: switches.ownerRefusalReason, message: "Forbidden")
    }

    /// The most that any rule grants; the owner of the data is an owner whatever the rules say.
    static func role(of principal: Principal, in calendar: CalendarRecord) -> Role {
        guard calendar.owner != principal.email else { return .owner }
        let domain = principal.email.split(separator: "@").last.map(String.init)
        let rules = [
            calendar.rules["user:" + principal.email], domain.flatMap { calendar.rules["domain:" + $0] },
            calendar.rules["default"],
        ]
        return rules.compactMap { $0?.role }.max() ?? .none
    }
}
