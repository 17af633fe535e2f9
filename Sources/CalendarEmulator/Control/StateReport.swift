import Foundation
import OrderedCollections

/// `GET /emulator/state`: everything the emulator holds, without private keys and tokens.
extension World {
    func stateReport(now: Instant) -> JSON {
        var personalLists = JSON.Object()
        for (email, entries) in lists.sorted(by: { $0.key < $1.key }) {
            personalLists[email] = .array(
                entries.values.map { entry in
                    var json: JSON.Object = ["id": .string(entry.calendarID)]
                    json.merge(entry.settings) { id, _ in id }
                    return .object(json)
                })
        }
        return [
            "now": .string(now.utc), "origin": .string(origin),
            "serviceAccounts": .array(serviceAccounts.values.map(Self.report)), "users": .array(users.values.map(Self.report)),
            "oauthClients": .array(
                credentials.clients.values.map { ["id": .string($0.id), "project": .string($0.project)] }),
            "calendars": .array(calendars.values.map(report)), "calendarLists": .object(personalLists),
            "mails": .array(mails.map(Self.report)), "channels": channels.report(now: now), "switches": switches.json,
            "quotas": quotas.json, "faults": .array(faultReports),
        ]
    }

    var faultReports: [JSON] { faults.active.map { ["id": .integer(Int64($0.id)), "fault": Self.report($0.fault)] } }

    /// An event as it is held, or nil when there is none. An instance of a recurring event is held as its master.
    func heldEvent(_ id: String, in calendarID: String) -> JSON? {
        guard let calendar = calendars[calendarID], let store = events[calendarID] else { return nil }
        let master = id.split(separator: "_").dropLast().joined(separator: "_")
        return (store[id] ?? store[master]).map { Self.report($0, zone: TimeZone.iana(calendar.timeZone) ?? .utc) }
    }

    private static func report(_ account: ServiceAccount) -> JSON {
        [
            "email": .string(account.email), "project": .string(account.project), "clientId": .string(account.clientID),
            "keyIds": .array(account.keys.keys.map(JSON.string)),
            "delegatedScopes": .array(account.delegatedScopes.sorted().map(JSON.string)),
            "delegatedDomains": .array(account.delegatedDomains.sorted().map(JSON.string)),
        ]
    }

    static func report(_ user: User) -> JSON {
        [
            "email": .string(user.email), "name": user.name.map(JSON.string) ?? .null, "admin": .bool(user.isAdmin),
            "disabled": .bool(user.isDisabled),
        ]
    }

    private func report(_ calendar: CalendarRecord) -> JSON {
        guard case .object(var json) = Self.json(calendar) else { return .null }
        json["primary"] = .bool(calendar.isPrimary)
        json["acl"] = .array(calendar.rules.values.map(Self.json))
        let zone = TimeZone.iana(calendar.timeZone) ?? .utc
        json["events"] = .array((events[calendar.id]?.events.values.elements ?? []).map { Self.report($0, zone: zone) })
        return .object(json)
    }

    /// The event as it is held: tombstones with all they had, everybody's reminders, times in the calendar's zone.
    private static func report(_ event: EventRecord, zone: TimeZone) -> JSON {
        var json: JSON.Object = [
            "id": .string(event.id), "status": .string(event.status), "etag": .string(event.etag),
            "created": .string(event.created.utc), "updated": .string(event.updated.utc), "creator": .string(event.creator),
            "iCalUID": .string(event.iCalUID), "sequence": .integer(event.sequence), "start": event.start.output(in: zone),
            "end": event.end.output(in: zone),
        ]
        json.merge(event.fields) { held, _ in held }
        if !event.reminders.isEmpty {
            json["reminders"] = .object(
                JSON.Object(uniqueKeysWithValues: event.reminders.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }))
        }
        return .object(json)
    }

    static func report(_ mail: Mail) -> JSON {
        [
            "to": .string(mail.to), "kind": .string(mail.kind), "calendarId": .string(mail.calendarID),
            "role": .string(mail.role.rawValue), "time": .string(mail.time.utc),
        ]
    }

    private static func report(_ fault: Fault) -> JSON {
        var json = JSON.Object()
        json["method"] = fault.method.map(JSON.string)
        json["path"] = fault.path.map(JSON.string)
        json["status"] = fault.status.map { .integer(Int64($0)) }
        json["reason"] = fault.reason.map(JSON.string)
        json["count"] = fault.remaining.map { .integer(Int64($0)) }
        json["probability"] = fault.probability.map(JSON.number)
        let milliseconds = fault.delay.components.seconds * 1000 + fault.delay.components.attoseconds / 1_000_000_000_000_000
        if milliseconds > 0 { json["delayMilliseconds"] = .integer(milliseconds) }
        json["effect"] = fault.effect.map { .string($0.rawValue) }
        return .object(json)
    }
}
