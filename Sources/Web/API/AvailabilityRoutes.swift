import CalendarSync
import Coaching
import Foundation
import Hummingbird

/// `/v1/availability`, `/v1/booking-rules`, `/v1/holds` and `/v1/series`
struct AvailabilityRoutes {
    let sync: CalendarSyncService

    func add(to routes: RouterGroup<APIContext>) {
        routes.get("availability", use: availability)
        routes.get("booking-rules", use: rules).put("booking-rules", use: setRules)
        routes.post("holds", use: hold).delete("holds/{id}", use: release)
        routes.post("series", use: createSeries).put("series/{id}", use: putSeries)
    }

    @Sendable private func availability(_ request: Request, context: APIContext) async throws -> Response {
        let caller = try context.person
        let query = try QueryReader(request, known: ["coachId", "from", "to", "durationMinutes", "timeZone"])
        let coachID = try query.id("coachId") ?? (caller.role == .coach ? caller.id : nil)
        guard let coachID else { throw InvalidInput("coachId", "is missing; say whose time you ask about") }
        guard let from = try query.instant("from") else { throw InvalidInput("from", "is missing") }
        guard let to = try query.instant("to") else { throw InvalidInput("to", "is missing") }
        guard let window = TimeRange(from, to) else { throw InvalidInput("to", "must be after from") }
        let minutes = try query.integer("durationMinutes", in: 1...1440) ?? 60
        let asked = try query.text("timeZone").map { name in
            guard let zone = Zone(name) else { throw InvalidInput("timeZone", Zone.rule) }
            return zone
        }
        let found = try await sync.availability(of: coachID, in: window, lasting: .seconds(minutes * 60), by: caller)
        let zone = asked ?? caller.timeZone.flatMap { Zone($0) } ?? found.zone
        return try .json(AvailabilityView(found, in: zone, minutes: minutes, for: caller))
    }

    @Sendable private func rules(_ request: Request, context: APIContext) async throws -> Response {
        try .json(try await sync.bookingRules(of: try context.coach.id))
    }

    @Sendable private func setRules(_ request: Request, context: APIContext) async throws -> Response {
        let coach = try context.coach
        let body = try await FieldReader(
            request,
            known: [
                "workingHours", "slotStepMinutes", "bufferBeforeMinutes", "bufferAfterMinutes", "noticeMinutes", "horizonDays",
                "whenUnknown",
            ])
        let rules = try body.decode(BookingRules.self)
        try await sync.setBookingRules(rules, of: coach)
        return try .json(rules)
    }

    @Sendable private func hold(_ request: Request, context: APIContext) async throws -> Response {
        let caller = try context.person
        let body = try await FieldReader(request, known: ["coachId", "startsAt", "timeZone", "durationMinutes", "minutes"])
        guard let coachID = try body.text("coachId") ?? (caller.role == .coach ? caller.id : nil) else {
            throw InvalidInput("coachId", "is missing; say whose time you want to hold")
        }
        let details = try SessionBody.details(body, by: caller)
        guard let range = TimeRange(details.startsAt, details.endsAt) else { throw InvalidInput("startsAt", WallTime.rule) }
        let hold = try await sync.hold(
            range, of: coachID, forMinutes: try body.integer("minutes") ?? Hold.usualMinutes, by: caller)
        return try .json(HoldView(hold, zone: Zone(details.timeZone) ?? .utc), status: .created)
    }

    @Sendable private func release(_ request: Request, context: APIContext) async throws -> Response {
        try await sync.release(holdID: try context.idInPath, by: try context.person)
        return Response(status: .noContent)
    }

    @Sendable private func createSeries(_ request: Request, context: APIContext) async throws -> Response {
        try await putSeries(UUID().uuidString.lowercased(), request, context)
    }

    @Sendable private func putSeries(_ request: Request, context: APIContext) async throws -> Response {
        try await putSeries(try context.idInPath, request, context)
    }

    private func putSeries(_ id: String, _ request: Request, _ context: APIContext) async throws -> Response {
        let caller = try context.person
        let body = try await FieldReader(request, known: SessionBody.fields + ["everyWeeks", "count", "until", "take"])
        let details = try SessionBody.details(body, by: caller)
        let end: WeeklySeries.End
        switch (try body.integer("count"), try body.text("until")) {
        case (let count?, nil): end = .count(count)
        case (nil, let text?):
            guard let date = LocalDate(text) else { throw InvalidInput("until", LocalDate.rule) }
            end = .until(date)
        default: throw InvalidInput("count", "or until has to be there, and not both")
        }
        let report = try await sync.putSeries(
            id, coachID: try body.text("coachId"), details: details, first: try SessionBody.wallTime("startsAt", body),
            WeeklySeries(everyWeeks: try body.integer("everyWeeks") ?? 1, end: end), try body.choice("take") ?? .all, by: caller
        )
        return try .json(SeriesView(report, for: caller), status: report.isNew ? .created : .ok)
    }
}

struct AvailabilityView: Encodable {
    struct RangeView: Encodable {
        var startsAt: String
        var endsAt: String

        init(_ range: TimeRange, _ zone: Zone) {
            startsAt = zone.rfc3339(range.start)
            endsAt = zone.rfc3339(range.end)
        }
    }

    struct BusyView: Encodable {
        var startsAt: String
        var endsAt: String
        /// `session`, `hold` or `googleCalendar`.
        var source: String
        var sessionId: String?
        var calendarId: String?
        /// Of Google's answer.
        var readAt: String?
    }

    struct UnknownView: Encodable {
        var startsAt: String
        var endsAt: String
        var calendarId: String?
        var reason: ReasonView
        var readAt: String?
    }

    var coachId: String
    var from: String
    var to: String
    /// In which all times of this answer are.
    var timeZone: String
    var durationMinutes: Int
    var slots: [RangeView]
    var busy: [BusyView]
    var unknown: [UnknownView]

    /// - Parameter caller: others are not told which calendars a coach has, nor of the coach's sessions more than when they are.
    init(_ it: Availability, in zone: Zone, minutes: Int, for caller: Person) {
        let isStranger = caller.role != .admin && caller.id != it.coachID
        coachId = it.coachID
        from = zone.rfc3339(it.window.start)
        to = zone.rfc3339(it.window.end)
        timeZone = zone.name
        durationMinutes = minutes
        slots = it.slots.map { RangeView($0, zone) }
        busy = it.busy.map { busy in
            var view = BusyView(
                startsAt: zone.rfc3339(busy.range.start), endsAt: zone.rfc3339(busy.range.end), source: "hold")
            switch busy.source {
            case .session(let id):
                view.source = "session"
                view.sessionId = isStranger ? nil : id
            case .hold: break
            case .googleCalendar(let id, let readAt):
                view.source = "googleCalendar"
                view.calendarId = isStranger ? nil : id
                view.readAt = readAt?.utc
            }
            return view
        }
        unknown = it.unknown.map { unknown in
            UnknownView(
                startsAt: zone.rfc3339(unknown.range.start), endsAt: zone.rfc3339(unknown.range.end),
                calendarId: isStranger ? nil : unknown.calendarID, reason: ReasonView(unknown.reason),
                readAt: unknown.readAt?.utc
            )
        }
    }
}

struct HoldView: Encodable {
    var id: String
    var coachId: String
    var startsAt: String
    var endsAt: String
    var expiresAt: String
    /// What could not be found out.
    var warnings: [ConflictView]?

    init(_ it: Hold, zone: Zone) {
        id = it.id
        coachId = it.coachID
        startsAt = zone.rfc3339(it.range.start)
        endsAt = zone.rfc3339(it.range.end)
        expiresAt = it.expiresAt.utc
        warnings = it.warnings.isEmpty ? nil : it.warnings.map { ConflictView($0) }
    }
}

struct SeriesView: Encodable {
    /// A date on which there is no session.
    struct SkippedView: Encodable {
        var number: Int
        /// What clocks in the session's zone would show.
        var localTime: String
        /// `timeTaken`, `clocksSkipIt`, or the rule of the coach's that excludes it.
        var code: String
        var conflicts: [ConflictView]?
        var suggestion: String?

        init(_ it: SeriesReport.Skipped) {
            number = it.number
            localTime = it.reading
            switch it.why {
            case .timeTaken(let found):
                code = found.isUnknown ? "availabilityUnknown" : "timeTaken"
                conflicts = found.map { ConflictView($0) }
            case .notBookable(let obstacle): code = obstacle.rawValue
            case .clocksSkipIt(let later):
                code = "clocksSkipIt"
                suggestion = later.utc
            }
        }
    }

    var seriesId: String
    var items: [SessionView]
    var skipped: [SkippedView]

    init(_ it: SeriesReport, for caller: Person) {
        seriesId = it.seriesID
        items = it.sessions.map { SessionView($0, for: caller) }
        skipped = it.skipped.map { SkippedView($0) }
    }
}
