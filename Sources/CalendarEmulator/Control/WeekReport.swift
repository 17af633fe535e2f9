import Foundation
import HTTPTypes
import OrderedCollections

/// `GET /emulator/week` and `GET /emulator/event`: what somebody sees in a calendar, as the API would answer that person.
extension World {
    /// A week with more events than this is shown in part and says so.
    static let maximumWeekEvents = 500
    private static let maximumWeekCalendars = 100
    /// Pages that are read of one list at most: a switch can make them as short as one item.
    private static let maximumWeekPages = 50

    /// The calendars of `of` and the events that touch the `days` (7) days from `from`, days beginning in `timeZone` (UTC).
    /// Recurring events come as their instances; deleted ones only with `deleted=true`.
    func weekReport(_ query: Query, now: Instant) throws(ControlError) -> JSON {
        try query.refuseOthers(than: ["of", "from", "days", "timeZone", "deleted"])
        let principal = try principal(in: query)
        let zone = try query.zone()
        guard let from = query["from"].flatMap(Day.init) else { throw ControlError("from must be a day such as 2026-11-02") }
        guard let days = Int(query["days"] ?? "7"), (1...31).contains(days) else {
            throw ControlError("days must be a whole number from 1 to 31")
        }
        var end = from
        end.daysSinceEpoch += Int64(days)
        let parameters = [
            "singleEvents": "true", "orderBy": "startTime", "maxResults": String(Self.maximumWeekEvents),
            "timeMin": from.start(in: zone).utc, "timeMax": end.start(in: zone).utc, "timeZone": zone.identifier,
            "showDeleted": query["deleted"] == "true" ? "true" : "false",
        ]
        let personal = calendars(of: principal, now: now)
        var events: [JSON] = []
        var hasMore = personal.hasMore
        for id in personal.items.compactMap({ $0["id"]?.string }) {
            let found = items(
                of: ["calendars", id, "events"], parameters, limit: Self.maximumWeekEvents - events.count, as: principal,
                now: now)
            events += found.items.compactMap { Self.brief($0, calendarID: id) }
            if found.hasMore { hasMore = true }
        }
        return [
            "now": .string(now.utc), "of": .string(principal.email), "from": .string(from.text), "days": .integer(Int64(days)),
            "timeZone": .string(zone.identifier), "calendars": .array(personal.items), "events": .array(events),
            "more": .bool(hasMore),
        ]
    }

    /// One event of `calendarId` as the API answers it to `of`, and as it is held: everybody's reminders, tombstones whole.
    func eventReport(_ query: Query, now: Instant) throws(ControlError) -> JSON {
        try query.refuseOthers(than: ["of", "calendarId", "eventId", "timeZone"])
        let principal = try principal(in: query)
        let zone = try query.zone()
        guard let calendarID = query["calendarId"], let eventID = query["eventId"] else {
            throw ControlError("calendarId and eventId are needed")
        }
        let answered: JSON
        do {
            let path = ["calendars", calendarID, "events", eventID]
            answered = .object(try read(path, ["timeZone": zone.identifier], as: principal, now: now))
        } catch {
            answered = error.body
        }
        return ["google": answered, "held": heldEvent(eventID, in: calendarID) ?? .null]
    }

    // MARK: - Reading as somebody

    private func principal(in query: Query) throws(ControlError) -> Principal {
        guard let email = query["of"]?.lowercased(), !email.isEmpty else { throw ControlError("of must be an address") }
        if users[email] != nil { return Principal(email: email, project: Self.peoplesProject, isBareServiceAccount: false) }
        guard let account = serviceAccounts[email] else {
            throw ControlError("there is neither a person nor a service account \(email)", status: 404)
        }
        return Principal(email: email, project: account.project, isBareServiceAccount: true)
    }

    /// What a reading method of the API answers, past token, quotas, faults and log: to look is no use of the API. It works
    /// on a copy, so looking cannot leave a trace.
    private func read(
        _ path: [String], _ parameters: [String: String], as principal: Principal, now: Instant
    ) throws(GoogleError) -> JSON.Object {
        guard let (route, path) = Route.find(.get, path) else { throw .unknownPath }
        var query = Query("".utf8)
        query.items = parameters.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        let call = Call(
            route: route, path: path, query: query, headers: [:], body: Data(),
            caller: Caller(principal: principal, scopes: Scopes.all), now: now)
        var world = self
        do {
            guard case .resource(.object(let object), _) = try route.handler(&world, call) else { throw GoogleError.notFound }
            return object
        } catch let error as GoogleError {
            throw error
        } catch {
            throw GoogleError.notFound
        }
    }

    /// The items of a list, page after page, up to `limit`. A list that is refused has none.
    private func items(
        of path: [String], _ parameters: [String: String], limit: Int, as principal: Principal, now: Instant
    ) -> (items: [JSON], hasMore: Bool) {
        var items: [JSON] = []
        var parameters = parameters
        for _ in 0..<Self.maximumWeekPages {
            guard let page = try? read(path, parameters, as: principal, now: now) else { return (items, false) }
            items += page["items"]?.array ?? []
            guard items.count <= limit, let next = page["nextPageToken"]?.string else {
                return (Array(items.prefix(limit)), items.count > limit)
            }
            parameters["pageToken"] = next
        }
        return (items, true)
    }

    /// The person's list, and behind it the calendars that are the person's or shared by name but in no list.
    private func calendars(of principal: Principal, now: Instant) -> (items: [JSON], hasMore: Bool) {
        let entries = items(
            of: ["users", "me", "calendarList"], ["showHidden": "true"], limit: Self.maximumWeekCalendars, as: principal,
            now: now)
        var shown = entries.items
        let list = lists[principal.email] ?? TrackedList()
        for calendar in calendars.values where list[calendar.id] == nil && shown.count < Self.maximumWeekCalendars {
            guard calendar.owner == principal.email || calendar.rules["user:" + principal.email] != nil else { continue }
            let role = Self.role(of: principal, in: calendar)
            guard role > .none else { continue }
            var json: JSON.Object = [
                "id": .string(calendar.id), "summary": .string(calendar.summary), "timeZone": .string(calendar.timeZone),
                "accessRole": .string(role.rawValue), "unlisted": true,
            ]
            json["dataOwner"] = calendar.dataOwner.map(JSON.string)
            shown.append(.object(json))
        }
        return (shown.map(withLabels), entries.hasMore)
    }

    private func withLabels(_ entry: JSON) -> JSON {
        guard var json = entry.object, let id = json["id"]?.string else { return entry }
        if let labels = calendars[id]?.labels, !labels.isEmpty { json["eventLabels"] = .array(labels) }
        return .object(json)
    }

    /// What a week needs of an event; the rest is one more call away.
    private static func brief(_ event: JSON, calendarID: String) -> JSON? {
        guard let event = event.object else { return nil }
        var json: JSON.Object = ["calendarId": .string(calendarID)]
        for key in [
            "id", "status", "summary", "location", "colorId", "eventLabelId", "start", "end", "originalStartTime",
            "recurringEventId", "transparency", "visibility", "eventType",
        ] {
            json[key] = event[key]
        }
        return .object(json)
    }
}

extension Query {
    func refuseOthers(than known: [String]) throws(ControlError) {
        guard let unknown = items.first(where: { !known.contains($0.name) }) else { return }
        throw ControlError("unknown parameter \"\(unknown.name)\"")
    }

    fileprivate func zone() throws(ControlError) -> TimeZone {
        guard let zone = TimeZone.iana(self["timeZone"] ?? "UTC") else {
            throw ControlError("timeZone must be a name such as Europe/Berlin")
        }
        return zone
    }
}
