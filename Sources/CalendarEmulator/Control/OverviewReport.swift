import Foundation
import OrderedCollections

/// The control calls made for the page at `/`: small answers that can be read again and again. `GET /emulator/state` holds
/// every event, which is too much for a page that is alive.
extension World {
    /// People that `GET /emulator/overview` names at most; `search` finds the others.
    private static let maximumPeople = 100
    /// The newest mails that are shown.
    private static let maximumMails = 100

    func pageReport(_ request: ControlRequest) throws(ControlError) -> JSON {
        let now = now(request.clock)
        switch request.segments.first {
        case "version":
            try request.query.refuseOthers(than: [])
            return versionReport(now: now)
        case "overview":
            return try overviewReport(request.query, now: now)
        case "week":
            return try weekReport(request.query, now: now)
        default:
            return try eventReport(request.query, now: now)
        }
    }

    /// `version` is another one whenever anything but the request log may have changed; `requests` is the last one's number.
    private func versionReport(now: Instant) -> JSON {
        // Reads change nothing but the faults they use up.
        let faults = faults.active.reduce(0) { $0 + 1 + ($1.fault.remaining ?? 0) }
        return [
            "version": .string("\(changes).\(faults)"), "requests": .integer(Int64(log.lastNumber)), "now": .string(now.utc),
        ]
    }

    /// Who there is, and everything that can be set. - Parameter query: `search` is part of an address, name or project.
    private func overviewReport(_ query: Query, now: Instant) throws(ControlError) -> JSON {
        try query.refuseOthers(than: ["search"])
        let found = people(matching: (query["search"] ?? "").lowercased())
        return [
            "now": .string(now.utc), "origin": .string(origin), "people": .array(found.people),
            "peopleFound": .integer(Int64(found.count)),
            "counts": [
                "people": .integer(Int64(users.count + serviceAccounts.count)), "calendars": .integer(Int64(calendars.count)),
                "events": .integer(Int64(events.values.reduce(0) { $0 + $1.events.count })),
                "mails": .integer(Int64(mails.count)),
            ],
            "mails": .array(mails.suffix(Self.maximumMails).reversed().map(Self.report)), "switches": switches.json,
            "quotas": quotas.json, "faults": .array(faultReports),
            "methods": .array(Route.table.map { .string($0.id) } + ["token"]),
            "effects": .array(Fault.Effect.allCases.map { .string($0.rawValue) }),
        ]
    }

    private func people(matching text: String) -> (people: [JSON], count: Int) {
        var found: [JSON.Object] = []
        var count = 0
        func offer(_ email: String, _ more: [String?], _ json: @autoclosure () -> JSON.Object) {
            guard text.isEmpty || ([email] + more).contains(where: { $0?.lowercased().contains(text) == true }) else { return }
            count += 1
            guard found.count < Self.maximumPeople else { return }
            var person = json()
            person["email"] = .string(email)
            person["calendars"] = .integer(Int64(lists[email]?.count ?? 0))
            found.append(person)
        }
        for user in users.values {
            offer(
                user.email, [user.name],
                ["kind": "user", "name": user.name.map(JSON.string) ?? .null, "admin": .bool(user.isAdmin)])
        }
        for account in serviceAccounts.values {
            offer(account.email, [account.project], ["kind": "serviceAccount", "project": .string(account.project)])
        }
        return (found.map(JSON.object), count)
    }
}
