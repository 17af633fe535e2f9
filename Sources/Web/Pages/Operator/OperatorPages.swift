import CalendarSync
import Coaching
import Foundation
import Hummingbird

/// `/operator`: how the whole stands, and one coach's story when asked.
struct OperatorPages {
    let sync: CalendarSyncService

    func add(to routes: PageRoutes) {
        routes.get("operator", show)
        routes.get("operator/coaches/{coach}", coach)
    }

    static func path(of coachID: String) -> String {
        "/operator/coaches/\(coachID.pathSegment)"
    }

    @Sendable private func show(_ request: Request, context: PageContext) async throws -> Response {
        _ = try context.person(.admin)
        let words = context.words
        var view: [String: Any] = [:]
        if let asked = request.query["coach"]?.trimmingCharacters(in: .whitespaces) {
            if let found = try await sync.coach(asked) { throw Redirect(to: Self.path(of: found.id)) }
            view["asked"] = asked
            view["isUnknownCoach"] = true
        }
        let it = try await sync.overview()
        view.merge(OverviewShown(overview: it, words: words, dates: context.dates(), now: sync.now).fields) { $1 }
        return Page(template: "operator", title: words("operator.title"), view: view, section: .operator, isLive: true)
            .response(context)
    }

    @Sendable private func coach(_ request: Request, context: PageContext) async throws -> Response {
        _ = try context.person(.admin)
        guard let coach = try await sync.coach(try context.coachInPath) else { throw SyncRefusal.noSuchCoach }
        let (words, dates, now) = (context.words, context.dates(), sync.now)
        var status: ConnectionStatus?
        do { status = try await sync.calendarConnection(of: coach.id) } catch SyncRefusal.neverConnected {}
        let errors = status == nil ? [] : try await sync.errors(of: coach.id, limit: 20)
        var view = CalendarSettingsView(
            context: context, coach: coach, status: status, errors: errors, previews: [:], serviceAccount: sync.serviceAccount,
            now: now
        ).fields
        // What Google answered is for operators alone.
        view["errors"] = zip(view["errors"] as? [[String: Any]] ?? [], errors).map { shown, error in
            shown.merging(["detail": error.detail]) { first, _ in first }
        }
        view["coachName"] = coach.name ?? coach.id
        view["facts"] = facts(of: coach, status, words)
        view["story"] = try await sync.story(of: coach.id).map { session, entry -> [String: Any] in
            var line: [String: Any] = [
                "at": dates.moment(entry.at, now: now), "what": words("timeline.\(entry.what.rawValue)"),
                // Which of the sessions, and not what it is about: that is between the coach and the client.
                "session": words("operator.sessionOf", ["when": dates.moment(session.details.startsAt, now: now)]),
                "path": SessionShown.path(of: session.id),
            ]
            if let reason = entry.reason { line["why"] = words.sentence(reason) }
            return line
        }
        return Page(template: "coach", title: coach.name ?? coach.id, view: view, section: .operator, isLive: true).response(
            context)
    }

    private func facts(of coach: Person, _ status: ConnectionStatus?, _ words: Words) -> [[String: Any]] {
        let connection = status?.connection
        let facts: [(String, String?)] = [
            ("id", coach.id), ("email", coach.email), ("zone", coach.timeZone), ("locale", coach.locale),
            ("calendarID", connection?.calendarID), ("serviceAccount", connection?.serviceAccount),
            ("generation", connection.map { "\($0.generation)" }), ("pending", status.map { "\($0.pendingCount)" }),
            ("parked", status.map { "\($0.failedCount)" }), ("events", status.map { "\($0.eventCount)" }),
        ]
        return facts.compactMap { name, value in value.map { ["name": words("operator.facts.\(name)"), "value": $0] } }
    }
}

/// What the operator's page shows.
struct OverviewShown {
    var overview: Overview
    var words: Words
    var dates: Dates
    var now: Date

    var fields: [String: Any] {
        let figures = overview.figures
        let quota = overview.quota
        let states = UserCalendarConnection.State.allCases.map { state in
            ["text": words("operator.states.\(state.rawValue)"), "number": number(figures.connections[state] ?? 0)]
        }
        // The minute that has begun says little; the one before it is whole.
        let lastMinute = quota.callsByMinute.dropLast().last ?? 0
        return [
            "states": states, "tiles": tiles,
            "quotaText": words(
                "operator.quota.text", ["used": number(lastMinute), "limit": number(quota.requestsPerMinute)]),
            "quotaShare": min(100, lastMinute * 100 / max(1, quota.requestsPerMinute)),
            "quotaChart": chart(
                quota.callsByMinute.map { Chart.Bar(value: $0) },
                label: words("operator.quota.chart", ["most": number(quota.callsByMinute.max() ?? 0)])),
            "calendarsText": words(
                "operator.quota.calendars",
                ["made": number(quota.calendarsMade), "limit": number(quota.calendarsPerDay)]),
            "pauses": [quota.changesPause, quota.calendarsPause].compactMap { $0 }.map { pause in
                [
                    "text": words.sentence(pause.reason), "nextStep": words.nextStep(pause.reason),
                    "until": words("operator.pausedUntil", ["when": dates.moment(pause.until, now: now)]),
                ]
            },
            "throughputText": words(
                "operator.throughput.text",
                [
                    "written": number(overview.writtenByHour.reduce(0, +)),
                    "failed": number(overview.failedByHour.reduce(0, +)),
                ]),
            "throughputChart": chart(
                zip(overview.writtenByHour, overview.failedByHour).map { Chart.Bar(value: $0, bad: $1) },
                label: words("operator.throughput.chart", ["most": number(overview.writtenByHour.max() ?? 0)])),
            "connections": overview.connections.map(connection), "hasConnections": !overview.connections.isEmpty,
            "recentErrors": overview.errors.map(error), "hasRecentErrors": !overview.errors.isEmpty,
        ]
    }

    private func number(_ value: Int) -> String { value.formatted(.number.locale(dates.locale)) }

    private var tiles: [[String: Any]] {
        let figures = overview.figures
        let age = figures.oldestChangeAge.map { dates.relative(now - $0, now: now) }
        let tiles: [(name: String, value: Int, more: String?, isBad: Bool)] = [
            (
                "pending", figures.changesPending, age.map { words("operator.tiles.oldest", ["when": $0]) },
                (figures.oldestChangeAge ?? 0) > 15 * 60
            ),
            ("parked", figures.changesParked, nil, figures.changesParked > 0),
            ("drifted", overview.eventsDrifted, nil, false),
            ("undecided", overview.driftsUndecided, nil, false),
            ("held", overview.removalsHeld, nil, overview.removalsHeld > 0),
            (
                "unknown", figures.sourcesUnknown, words("operator.tiles.of", ["n": number(figures.sources)]),
                figures.sourcesUnknown > 0
            ),
        ]
        return tiles.map { tile in
            var view: [String: Any] = [
                "name": words("operator.tiles.\(tile.name)"), "value": number(tile.value), "isBad": tile.isBad,
            ]
            view["more"] = tile.more
            return view
        }
    }

    private func chart(_ bars: [Chart.Bar], label: String) -> [String: Any] { Chart(bars: bars, label: label).fields }

    private func connection(_ it: ConnectionSummary) -> [String: Any] {
        let connection = it.connection
        var view: [String: Any] = [
            "coachName": it.name ?? connection.userID, "path": OperatorPages.path(of: connection.userID),
            "connectionState": connection.state.rawValue, "stateText": words("operator.states.\(connection.state.rawValue)"),
            "pendingNumber": number(it.pendingCount), "drift": number(connection.eventsDrifted),
            "lastSync": connection.lastSyncAt.map { dates.relative($0, now: now) } ?? words("settings.notYet"),
            "isHealthy": connection.isConnected && connection.syncErrorCount == 0,
        ]
        if let reason = connection.lastError, connection.state != .disconnected { view["why"] = words.sentence(reason) }
        return view
    }

    private func error(_ it: CoachError) -> [String: Any] {
        [
            "coachName": it.name ?? it.coachID, "path": OperatorPages.path(of: it.coachID),
            "text": words.sentence(it.error.reason),
            "detail": it.error.detail, "when": dates.moment(it.error.lastAt, now: now),
            "times": words.count("settings.errors.times", it.error.occurrences), "isResolved": it.error.resolvedAt != nil,
        ]
    }
}

/// Bars side by side, drawn here so that the page needs no program to show them.
struct Chart {
    struct Bar: Equatable {
        var value: Int
        /// How much of what happened went wrong, drawn on top.
        var bad = 0
    }

    var bars: [Bar]
    /// What it shows, for those who cannot see it.
    var label: String

    private static let height = 60

    var fields: [String: Any] {
        let most = max(1, bars.map { $0.value + $0.bad }.max() ?? 1)
        func length(_ value: Int) -> Int { value == 0 ? 0 : max(1, value * Self.height / most) }
        return [
            "label": label, "width": bars.count * 10, "height": Self.height,
            "bars": bars.enumerated().map { index, bar -> [String: Any] in
                let (good, bad) = (length(bar.value), length(bar.bad))
                return [
                    "x": index * 10 + 1, "y": Self.height - good, "length": good, "badY": max(0, Self.height - good - bad),
                    "badLength": bad, "hasBad": bad > 0, "title": bar.bad > 0 ? "\(bar.value) + \(bar.bad)" : "\(bar.value)",
                ]
            },
        ]
    }
}
