import HTTPTypes

/// The limits of https://developers.google.com/workspace/calendar/api/guides/quota, all lifted until a control call sets them.
struct Quotas: Sendable {
    /// Requests of one principal (and one `quotaUser`) of a project in any 60 seconds.
    var perMinutePerUser: Int?
    /// Requests of a project in any 60 seconds.
    var perMinutePerProject: Int?
    /// Changes of one calendar in any 60 seconds.
    var writesPerMinutePerCalendar: Int?
    /// Calendars a principal may create in any 24 hours; Google's number and period are not published.
    var calendarCreations: Int?
    /// The status of a refusal by rate: 403 or 429. Google says to treat both alike.
    var form = 403

    private static let minute: Int64 = 60_000
    private static let day: Int64 = 86_400_000
    /// When each bucket was used, in milliseconds.
    private var uses: [String: [Int64]] = [:]

    /// Counts a request, also one that fails later, and refuses it when a window is full.
    mutating func admit(_ call: Call) throws(GoogleError) {
        let project = call.principal.project
        if let limit = perMinutePerProject, !take("project " + project, limit, per: Self.minute, now: call.now) {
            throw .perMinuteQuota(
                code: form, perUser: false, limit: limit, projectNumber: World.projectNumber(project))
        }
        if let limit = perMinutePerUser {
            let user = "user \(project) \(call.principal.email) \(call.query["quotaUser"] ?? "")"
            guard take(user, limit, per: Self.minute, now: call.now) else {
                throw .perMinuteQuota(
                    code: form, perUser: true, limit: limit, projectNumber: World.projectNumber(project))
            }
        }
        guard call.route.method != .get, let id = call.path["calendarId"], let limit = writesPerMinutePerCalendar else {
            return
        }
        let calendarID = id == "primary" ? call.principal.email : id
        if !take("calendar " + calendarID, limit, per: Self.minute, now: call.now) {
            var refusal = GoogleError.rateLimitExceeded
            refusal.code = form
            throw refusal
        }
    }

    mutating func admitCalendarCreation(by email: String, now: Instant) throws(GoogleError) {
        guard let limit = calendarCreations else { return }
        guard take("creations " + email, limit, per: Self.day, now: now) else { throw .usageLimitsExceeded }
    }

    /// A sliding window: only what was let through counts towards it.
    private mutating func take(_ bucket: String, _ limit: Int, per period: Int64, now: Instant) -> Bool {
        var times = uses[bucket, default: []]
        times.removeAll { $0 <= now.milliseconds - period || $0 > now.milliseconds }
        let hasRoom = times.count < limit
        if hasRoom { times.append(now.milliseconds) }
        uses[bucket] = times
        return hasRoom
    }
}

extension Quotas {
    var json: JSON {
        let number = { (limit: Int?) -> JSON in limit.map { .integer(Int64($0)) } ?? .null }
        return [
            "perMinutePerUser": number(perMinutePerUser), "perMinutePerProject": number(perMinutePerProject),
            "writesPerMinutePerCalendar": number(writesPerMinutePerCalendar), "calendarCreations": number(calendarCreations),
            "form": .string(String(form)),
        ]
    }

    /// Sets what `body` names; `null` lifts a limit.
    mutating func set(_ body: ControlBody) throws(ControlError) {
        let range = 0...1_000_000
        if body.isPresent("perMinutePerUser") { perMinutePerUser = try body.integer("perMinutePerUser", in: range) }
        if body.isPresent("perMinutePerProject") { perMinutePerProject = try body.integer("perMinutePerProject", in: range) }
        if body.isPresent("writesPerMinutePerCalendar") {
            writesPerMinutePerCalendar = try body.integer("writesPerMinutePerCalendar", in: range)
        }
        if body.isPresent("calendarCreations") { calendarCreations = try body.integer("calendarCreations", in: range) }
        if let text = try body.string("form") {
            guard let status = Int(text), status == 403 || status == 429 else {
                throw ControlError("form must be \"403\" or \"429\"")
            }
            form = status
        }
        try body.refuseOthers(
            than: ["perMinutePerUser", "perMinutePerProject", "writesPerMinutePerCalendar", "calendarCreations", "form"])
    }
}
