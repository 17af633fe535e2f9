import OrderedCollections

/// The control call `quotas`, and its answer.
extension Quotas {
    private static let rates: [(name: String, path: any WritableKeyPath<Quotas, Int?> & Sendable)] = [
        ("perMinutePerUser", \.perMinutePerUser), ("perMinutePerProject", \.perMinutePerProject),
        ("writesPerMinutePerCalendar", \.writesPerMinutePerCalendar),
    ]

    var json: JSON {
        let number = { (limit: Int?) -> JSON in limit.map { .integer(Int64($0)) } ?? .null }
        var json = JSON.Object()
        for rate in Self.rates { json[rate.name] = number(self[keyPath: rate.path]) }
        for use in Use.allCases { json[use.rawValue] = number(uses[use]) }
        json["usePeriodSeconds"] = .integer(Int64(usePeriod))
        json["form"] = .string(String(form))
        json["envelope"] = .string(isFrontEnd ? "frontEnd" : "backend")
        json["perUserReason"] = .string(perUserReason)
        return .object(json)
    }

    /// Sets what `body` names; `null` lifts a limit. `preset` comes first, so that the rest can differ from it.
    mutating func set(_ body: ControlBody) throws(ControlError) {
        let limits = 0...1_000_000
        var new = self
        if let preset = try body.string("preset") {
            guard preset == "google" else { throw ControlError("preset must be \"google\"") }
            new.setGooglesNumbers()
        }
        for rate in Self.rates where body.isPresent(rate.name) {
            new[keyPath: rate.path] = try body.integer(rate.name, in: limits)
        }
        for use in Use.allCases where body.isPresent(use.rawValue) {
            new.uses[use] = try body.integer(use.rawValue, in: limits)
        }
        if let seconds = try body.integer("usePeriodSeconds", in: 1...31_536_000) { new.usePeriod = seconds }
        new.form = try body.choice("form", of: ["403", "429"]).flatMap { Int($0) } ?? form
        if let envelope = try body.choice("envelope", of: ["frontEnd", "backend"]) { new.isFrontEnd = envelope == "frontEnd" }
        if let reason = try body.choice("perUserReason", of: ["rateLimitExceeded", "userRateLimitExceeded"]) {
            new.perUserReason = reason
        }
        let others = ["usePeriodSeconds", "form", "envelope", "perUserReason", "preset"]
        try body.refuseOthers(than: Self.rates.map(\.name) + Use.allCases.map(\.rawValue) + others)
        self = new
    }

    /// What Google publishes: for Cloud projects since May 2026, and for paid Workspace accounts.
    /// How fast one calendar may be changed is not published, and stays as it is.
    private mutating func setGooglesNumbers() {
        perMinutePerUser = 600
        perMinutePerProject = 10_000
        uses = [
            .calendarCreations: 60, .eventCreations: 100_000, .externalInvitations: 10_000, .calendarShares: 750,
        ]
    }
}

extension ControlBody {
    func choice(_ name: String, of choices: [String]) throws(ControlError) -> String? {
        guard let text = try string(name) else { return nil }
        guard choices.contains(text) else {
            throw ControlError("\(name) must be one of \(choices.joined(separator: ", "))")
        }
        return text
    }
}
