import CalendarSync
import Coaching
import Foundation
import GoogleCalendar
import Hummingbird

/// `/settings/calendar`: the coach's own connection.
struct CalendarSettingsPages {
    let sync: CalendarSyncService

    /// How long somebody who connects looks at the old page before they are shown how far it is.
    private static let patience = 30  // times a tenth of a second

    func add(to routes: PageRoutes) {
        routes.get("settings/calendar", show)
        routes.post("settings/calendar/connect", connect)
        routes.post("settings/calendar/sync") { [sync] _, context in
            _ = try await sync.syncNow(try context.coach.id)
            throw Self.back(.trying)
        }
        routes.post("settings/calendar/audit") { [sync] _, context in
            _ = try await sync.requestAudit(of: try context.coach.id)
            throw Self.back(.lookingThrough)
        }
        routes.post("settings/calendar/events", changeEvents)
        routes.post("settings/calendar/conflict-calendars", changeConflictCalendars)
        routes.get("settings/calendar/disconnect", askToDisconnect)
        routes.post("settings/calendar/disconnect", disconnect)
    }

    private static let path = Page.Section.settings.path

    private static func back(_ code: Toast.Code, _ reason: SyncReason? = nil) -> Redirect {
        Redirect(to: path, Toast(code, reason))
    }

    @Sendable private func show(_ request: Request, context: PageContext) async throws -> Response {
        try await page(context, errorsBefore: request.query["before"].flatMap { Int($0) }).response(context)
    }

    private static let errorsShown = 10

    private func page(
        _ context: PageContext, errorsBefore number: Int? = nil, refused: InvalidInput? = nil, calendarID: String? = nil
    ) async throws -> Page {
        let coach = try context.coach
        let status = try await connection(of: coach)
        let errors = status == nil ? [] : try await sync.errors(of: coach.id, before: number, limit: Self.errorsShown + 1)
        let example = CoachingSession(
            id: "example", coachID: coach.id,
            details: SessionDetails(
                topic: context.words("settings.events.exampleTopic"),
                sharedSummary: context.words("settings.events.exampleSummary"),
                startsAt: sync.now, timeZone: (context.ownZone ?? .utc).name),
            createdAt: sync.now, updatedAt: sync.now)
        let previews = try await sync.eventPreviews(of: coach.id, example: example)
        var view = CalendarSettingsView(
            context: context, coach: coach, status: status, errors: Array(errors.prefix(Self.errorsShown)), previews: previews,
            serviceAccount: sync.serviceAccount, now: sync.now
        ).fields
        if errors.count > Self.errorsShown, let last = errors.dropLast().last {
            view["olderErrors"] = "\(Self.path)?before=\(last.number)#errors"
        }
        if refused != nil {
            view["calendarRefused"] = context.words("settings.conflicts.refused", ["account": sync.serviceAccount])
            view["calendarTyped"] = calendarID
        }
        return Page(
            template: "calendar", title: context.words("settings.title"), view: view, section: .settings, isLive: true,
            status: refused == nil ? .ok : .badRequest)
    }

    private func connection(of coach: Person) async throws -> ConnectionStatus? {
        do { return try await sync.calendarConnection(of: coach.id) } catch SyncRefusal.neverConnected { return nil }
    }

    @Sendable private func connect(_ form: PageForm, context: PageContext) async throws -> Response {
        let coach = try context.coach
        do {
            try await sync.requestConnection(for: coach)
        } catch SyncRefusal.connectingFailed(let reason, _) {
            throw Self.back(.connectFailed, reason)
        } catch SyncRefusal.emailMissing {
            throw Self.back(.connectFailed, .addressRejected)
        }
        for _ in 0..<Self.patience {
            let connection = try await sync.calendarConnection(of: coach.id).connection
            if connection.isConnected { throw Self.back(.connected) }
            if let reason = connection.lastError { throw Self.back(.connectFailed, reason) }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw Self.back(.connecting)
    }

    @Sendable private func changeEvents(_ form: PageForm, context: PageContext) async throws -> Response {
        let color = form.fields["color"]
        _ = try await sync.change(
            connectionOf: try context.coach.id, colorID: .some(color == "none" ? nil : color),
            detailLevel: try form.fields.choice("detailLevel"), driftPolicy: try form.fields.choice("driftPolicy"))
        throw Self.back(.saved)
    }

    @Sendable private func changeConflictCalendars(_ form: PageForm, context: PageContext) async throws -> Response {
        let coach = try context.coach
        let known = try await sync.calendarConnection(of: coach.id).sources.map(\.calendarID)
        let new = form.fields["calendar"]?.trimmingCharacters(in: .whitespaces)
        let removed = form.fields["remove"]
        let wanted = known.filter { $0 != removed } + (removed == nil ? [new].compactMap { $0 } : [])
        do {
            _ = try await sync.change(connectionOf: coach.id, conflictCalendars: wanted)
        } catch let error as InvalidInput {
            return try await page(context, refused: error, calendarID: new).response(context)
        }
        throw Self.back(.saved)
    }

    @Sendable private func askToDisconnect(_ request: Request, context: PageContext) async throws -> Response {
        let status = try await sync.calendarConnection(of: try context.coach.id)
        let words = context.words
        return Page(
            template: "disconnect", title: words("disconnect.title"),
            view: [
                "keep": words.count("disconnect.keep", status.eventCount),
                "remove": words.count("disconnect.remove", status.eventCount),
            ], section: .settings
        ).response(context)
    }

    private enum Events: String { case keep, remove }

    @Sendable private func disconnect(_ form: PageForm, context: PageContext) async throws -> Response {
        let isRemoving = try form.fields.choice("events", of: Events.self) == .remove
        _ = try await sync.disconnectGoogleCalendar(of: try context.coach.id, removingEvents: isRemoving)
        throw Self.back(isRemoving ? .removing : .disconnected)
    }
}
