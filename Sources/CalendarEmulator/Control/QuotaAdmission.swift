import HTTPTypes
import OrderedCollections

/// What a call uses up, worked out before it is done.
extension World {
    mutating func admitByRate(_ call: Call) throws(GoogleError) {
        let changed = quotas.writesPerMinutePerCalendar == nil ? nil : changedCalendar(call)
        try quotas.admit(call, changing: changed, switches: switches)
    }

    /// The calendar that a call changes, under its real id; nil for reads, for the caller's own list, and for calendars
    /// the caller cannot see.
    private func changedCalendar(_ call: Call) -> String? {
        let id = call.route.id
        guard call.route.method != .get, !id.hasPrefix("calendarList."), !id.hasSuffix(".watch"),
            let calendar = call.path["calendarId"].flatMap({ calendar(named: $0, by: call.principal) }),
            Self.role(of: call.principal, in: calendar) > .none
        else { return nil }
        return calendar.id
    }

    /// Runs a method under the use limits. Only what succeeds counts, and what would be refused anyhow is refused for
    /// its own reason: that is tried on a copy of the world, which is paid for only when a limit has been reached.
    /// (Creations of calendars are counted where calendars are made.)
    mutating func perform(_ handler: Route.Handler, _ call: Call) throws -> Answer {
        let uses = uses(of: call)
        let email = call.principal.email
        for (use, count) in uses where !quotas.hasRoom(for: use, count: count, by: email, now: call.now) {
            var copy = self
            _ = try handler(&copy, call)
            throw GoogleError.usageLimitsExceeded
        }
        let answer = try handler(&self, call)
        for (use, count) in uses { quotas.count(use, count, by: email, now: call.now) }
        return answer
    }

    private func uses(of call: Call) -> [(Quotas.Use, Int)] {
        guard !quotas.uses.isEmpty else { return [] }
        var uses: [(Quotas.Use, Int)] = []
        switch call.route.id {
        case "events.insert", "events.import", "events.quickAdd": uses.append((.eventCreations, 1))
        case "acl.insert": uses.append((.calendarShares, 1))
        default: break
        }
        if quotas.uses[.externalInvitations] != nil, ["events.insert", "events.patch", "events.update"].contains(call.route.id)
        {
            let guests = newExternalGuests(call)
            if guests > 0 { uses.append((.externalInvitations, guests)) }
        }
        return uses
    }

    /// Guests of another domain than the caller's who are not invited yet.
    private func newExternalGuests(_ call: Call) -> Int {
        guard let body = try? call.object(), let guests = body["attendees"]?.array else { return 0 }
        let invited = call.path["eventId"].flatMap { id in
            calendar(named: call.path["calendarId"] ?? "", by: call.principal).flatMap { events[$0.id]?[id] }
        }
        let addresses = { (list: [JSON]) in Set(list.compactMap { $0["email"]?.string?.lowercased() }) }
        let new = addresses(guests).subtracting(addresses(invited?.fields["attendees"]?.array ?? []))
        let domain = call.principal.email.split(separator: "@").last ?? ""
        return new.filter { !$0.hasSuffix("@" + domain) }.count
    }
}
