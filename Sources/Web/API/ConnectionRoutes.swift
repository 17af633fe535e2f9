import CalendarSync
import Coaching
import Foundation
import Hummingbird

/// `/v1/google-calendar`: the calendar of the coach who is calling.
struct ConnectionRoutes {
    let sync: CalendarSyncService

    func add(to routes: RouterGroup<APIContext>) {
        routes.group("google-calendar")
            .post("connection", use: connect)
            .get("connection", use: get)
            .patch("connection", use: change)
            .delete("connection", use: disconnect)
            .post("connection/sync", use: syncNow)
            .post("connection/audit", use: audit)
            .post("connection/rebuild", use: rebuild)
            .get("errors", use: errors)
    }

    @Sendable private func connect(_ request: Request, context: APIContext) async throws -> Response {
        let coach = try context.coach
        let body = try await FieldReader(request, known: ["mode", "colorId"], mayBeEmpty: true)
        _ = try body.choice("mode", of: UserCalendarConnection.Mode.self)
        let (status, isNew) = try await sync.connectGoogleCalendar(for: coach, colorID: try body.text("colorId"))
        return try .json(ConnectionView(status), status: isNew ? .created : .ok)
    }

    @Sendable private func get(_ request: Request, context: APIContext) async throws -> Response {
        try .json(ConnectionView(try await sync.calendarConnection(of: try context.coach.id)))
    }

    @Sendable private func change(_ request: Request, context: APIContext) async throws -> Response {
        let coach = try context.coach
        let body = try await FieldReader(request, known: ["colorId", "detailLevel", "driftPolicy", "conflictCalendars"])
        let colorID = body.has("colorId") ? String??.some(try body.text("colorId")) : nil
        let status = try await sync.change(
            connectionOf: coach.id, colorID: colorID, detailLevel: try body.choice("detailLevel"),
            driftPolicy: try body.choice("driftPolicy"), conflictCalendars: try body.texts("conflictCalendars"))
        return try .json(ConnectionView(status))
    }

    private enum Events: String, CaseIterable {
        case keep, remove
    }

    @Sendable private func disconnect(_ request: Request, context: APIContext) async throws -> Response {
        let query = try QueryReader(request, known: ["events"])
        guard let events = Events(rawValue: query.text("events") ?? "keep") else {
            throw InvalidInput("events", "must be keep or remove")
        }
        return try .json(
            ConnectionView(
                try await sync.disconnectGoogleCalendar(of: try context.coach.id, removingEvents: events == .remove)))
    }

    @Sendable private func syncNow(_ request: Request, context: APIContext) async throws -> Response {
        try .json(ConnectionView(try await sync.syncNow(try context.coach.id)), status: .accepted)
    }

    @Sendable private func audit(_ request: Request, context: APIContext) async throws -> Response {
        try .json(ConnectionView(try await sync.requestAudit(of: try context.coach.id)), status: .accepted)
    }

    @Sendable private func rebuild(_ request: Request, context: APIContext) async throws -> Response {
        try .json(ConnectionView(try await sync.rebuildCalendar(of: try context.coach.id)), status: .accepted)
    }

    @Sendable private func errors(_ request: Request, context: APIContext) async throws -> Response {
        let query = try QueryReader(request, known: ["pageToken", "pageSize"])
        let limit = try query.integer("pageSize", in: 1...500) ?? 100
        let before = try query.text("pageToken").map { token in
            guard let number = Int(token), number > 0 else {
                throw InvalidInput("pageToken", "is not one that a list answered with; begin again without it")
            }
            return number
        }
        let errors = try await sync.errors(of: try context.coach.id, before: before, limit: limit + 1)
        let page = errors.prefix(limit)
        return try .json(
            ListView(
                items: page.map { SyncErrorView($0) },
                nextPageToken: errors.count > limit ? page.last.map { "\($0.number)" } : nil))
    }
}
