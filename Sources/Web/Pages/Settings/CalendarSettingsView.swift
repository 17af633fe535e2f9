import CalendarSync
import Coaching
import Foundation
import GoogleCalendar

/// What the settings page shows of a connection.
struct CalendarSettingsView {
    var context: PageContext
    var coach: Person
    /// Nil before the coach connects for the first time.
    var status: ConnectionStatus?
    var errors: [SyncError]
    var previews: [UserCalendarConnection.DetailLevel: EventPreview]
    var serviceAccount: String
    var now: Date

    private var words: Words { context.words }
    private var dates: Dates { context.dates() }

    /// What a coach understands at a glance, each with a look and a sentence of its own.
    enum State: String, CaseIterable {
        case never, connecting, waiting, healthy, filling, paused, failing, attention, disconnected, removing
    }

    static func state(of status: ConnectionStatus?) -> State {
        guard let status else { return .never }
        let connection = status.connection
        switch connection.state {
        case .disconnected: return connection.removalRequestedAt != nil && status.pendingCount > 0 ? .removing : .disconnected
        case .needsAttention: return .attention
        case .connecting: return connection.lastError == nil ? .connecting : .waiting
        case .connected:
            if status.pause != nil || (connection.lastError?.pausesLane == true && status.nextAttemptAt != nil) {
                return .paused
            }
            if status.failedCount > 0 || connection.syncErrorCount > 0 { return .failing }
            return status.backfill != nil ? .filling : .healthy
        }
    }

    var fields: [String: Any] {
        let state = Self.state(of: status)
        var view: [String: Any] = [
            "state": state.rawValue, "badge": words("settings.badges.\(state.rawValue)"),
            "headline": words("settings.states.\(state.rawValue)"),
            "serviceAccount": serviceAccount, "isWanted": false,
            "canConnect": [State.never, .disconnected, .removing, .attention, .waiting].contains(state),
            "connectText": words(state == .never ? "settings.connect" : "settings.connectAgain"),
        ]
        if let email = coach.email { view["email"] = email }
        guard let status else { return view }
        let connection = status.connection
        let isWanted = connection.state != .disconnected
        view["isWanted"] = isWanted
        view["isConnecting"] = connection.state == .connecting
        view["canTry"] = connection.isConnected || connection.state == .connecting || state == .removing
        view["canLookThrough"] = connection.isConnected
        view["calendarName"] = connection.calendarName
        if isWanted, let sharedWith = connection.sharedWith { view["sharedWith"] = sharedWith }
        if let link = ConnectionView(status).addCalendarUrl { view["addLink"] = link }
        view["lastSync"] = connection.lastSyncAt.map { dates.relative($0, now: now) } ?? words("settings.notYet")
        if let at = connection.lastSyncAt { view["lastSyncAt"] = dates.moment(at, now: now) }
        view["eventCount"] = words.count("settings.events.count", status.eventCount)
        if status.pendingCount > 0 { view["pending"] = words.count("settings.pending", status.pendingCount) }
        if status.failedCount > 0 { view["failed"] = words.count("settings.failed", status.failedCount) }
        if let reason = status.pause?.reason ?? connection.lastError, state != .healthy, state != .filling,
            state != .disconnected
        {
            view["reason"] = ["text": words.sentence(reason), "nextStep": words.nextStep(reason)]
        }
        if let next = status.nextAttemptAt, next.timeIntervalSince(now) > 60 {
            view["nextAttempt"] = words(
                "settings.nextAttempt", ["when": dates.relative(next, now: now), "at": dates.moment(next, now: now)])
        }
        if connection.state == .connecting { view["steps"] = steps(connection) }
        if isWanted, let backfill = status.backfill {
            view["backfill"] =
                [
                    "done": backfill.done, "total": backfill.total,
                    "text": words("settings.backfill", ["done": "\(backfill.done)", "total": "\(backfill.total)"]),
                ] as [String: Any]
        }
        view["audit"] = audit(connection)
        view["errors"] = errors.map(error)
        view["hasErrors"] = !errors.isEmpty
        if isWanted {
            view["look"] = look(connection)
            view["sources"] = status.sources.map(source)
            view["hasSources"] = !status.sources.isEmpty
        }
        return view
    }

    private func steps(_ connection: UserCalendarConnection) -> [[String: Any]] {
        let names = UserCalendarConnection.ConnectingStage.allCases.map(\.rawValue) + ["filling"]
        let current = names.firstIndex(of: connection.stage?.rawValue ?? "") ?? 0
        return names.enumerated().map { index, name in
            [
                "text": words("settings.steps.\(name)", ["email": coach.email ?? ""]), "isDone": index < current,
                "isCurrent": index == current,
                "state": words("settings.steps.\(index < current ? "done" : index == current ? "now" : "later")"),
            ]
        }
    }

    private func audit(_ connection: UserCalendarConnection) -> String {
        guard let at = connection.auditedAt else { return words("settings.audit.never") }
        let found =
            connection.removalsHeld > 0
            ? words.count("settings.audit.held", connection.removalsHeld)
            : connection.eventsDrifted > 0
                ? words.count("settings.audit.drifted", connection.eventsDrifted) : words("settings.audit.clean")
        return "\(words("settings.audit.at", ["when": dates.relative(at, now: now)])) \(found)"
    }

    private func error(_ it: SyncError) -> [String: Any] {
        var view: [String: Any] = [
            "text": words.sentence(it.reason), "nextStep": words.nextStep(it.reason),
            "when": dates.moment(it.lastAt, now: now), "isResolved": it.resolvedAt != nil,
            "state": it.resolvedAt.map { words("settings.errors.resolved", ["when": dates.moment($0, now: now)]) }
                ?? words("settings.errors.open"),
        ]
        if it.occurrences > 1 { view["times"] = words.count("settings.errors.times", it.occurrences) }
        view["session"] = it.sessionID?.pathSegment
        return view
    }

    /// How events look.
    private func look(_ connection: UserCalendarConnection) -> [String: Any] {
        let colors: [[String: Any]] =
            [["value": "none", "name": words("colors.none"), "isChosen": connection.colorID == nil]]
            + EventColor.allCases.map {
                ["value": $0.rawValue, "name": words("colors.\($0.rawValue)"), "isChosen": connection.colorID == $0.id]
            }
        return [
            "colors": colors,
            "levels": UserCalendarConnection.DetailLevel.allCases.map { level in
                let preview = previews[level]
                return [
                    "value": level.rawValue, "name": words("settings.events.levels.\(level.rawValue)"),
                    "isChosen": connection.detailLevel == level, "eventTitle": preview?.title ?? "",
                    "notes": preview?.notes ?? "", "hasNotes": preview?.notes?.isEmpty == false,
                    "linkText": preview?.linkText ?? "", "hasLink": preview?.linkText != nil,
                ] as [String: Any]
            },
            "policies": UserCalendarConnection.DriftPolicy.allCases.map { policy in
                [
                    "value": policy.rawValue, "name": words("settings.events.policies.\(policy.rawValue).name"),
                    "text": words("settings.events.policies.\(policy.rawValue).text"),
                    "isChosen": connection.driftPolicy == policy,
                ] as [String: Any]
            },
        ]
    }

    private func source(_ it: SourceStatus) -> [String: Any] {
        var view: [String: Any] = ["id": it.calendarID, "isKnown": it.unknown == nil]
        if let unknown = it.unknown {
            view["text"] = "\(words.sentence(unknown)) \(words.nextStep(unknown))"
        } else if let readAt = it.readAt {
            view["text"] = words(
                it.channel == nil ? "settings.conflicts.polled" : "settings.conflicts.watched",
                ["when": dates.relative(readAt, now: now)])
        }
        return view
    }
}
