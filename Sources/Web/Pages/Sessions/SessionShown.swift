import CalendarSync
import Coaching
import Foundation

/// A session as pages show it: its words, and how it stands in the calendar.
struct SessionShown {
    var synced: SyncedSession
    var words: Words
    var dates: Dates
    /// What the pages of those say who may see the calendar's state.
    var viewer: Person
    var now: Date

    var session: CoachingSession { synced.session }
    var title: String { session.details.topic ?? words("session.untitled") }

    var path: String { Self.path(of: session.id) }

    static func path(of id: String) -> String {
        "/sessions/\(id.pathSegment)"
    }

    /// What its badge says: one word, and more where there is more to say.
    var badge: [String: Any] {
        let sync = synced.calendarSync
        var badge: [String: Any] = [
            "badgeID": "badge-\(session.id)", "status": sync.status.rawValue,
            "text": words("session.badges.\(isGone ? "gone" : sync.status.rawValue)"),
        ]
        guard viewer.role != .client else { return badge }
        if let error = sync.error { badge["more"] = words.sentence(error) }
        if sync.drift != nil {
            badge["status"] = "drift"
            badge["text"] = words("session.badges.drift")
        }
        return badge
    }

    /// Cancelled, and no longer in the calendar.
    private var isGone: Bool { session.status == .cancelled && synced.calendarSync.status == .synced }

    /// A line in a list; when it is, is added as the list tells it.
    var line: [String: Any] {
        [
            "id": session.id, "title": title, "path": path, "badge": badge, "isCancelled": session.status == .cancelled,
            "hasConflict": !synced.overlaps.isEmpty,
        ]
    }

    /// Day and time.
    var whole: String { session.details.range.map { dates.range($0) } ?? "" }
}

extension SessionDetails {
    var range: TimeRange? { TimeRange(startsAt, endsAt) }
    var minutes: Int { Int(duration.components.seconds / 60) }
}

/// What is in the way of a time, in words.
struct ConflictsShown {
    var conflicts: [TimeConflict]
    var words: Words
    var dates: Dates

    var fields: [String: Any] {
        let isUnknown = conflicts.isUnknown
        return [
            "hasConflicts": !conflicts.isEmpty, "isUnknown": isUnknown,
            "heading": words(isUnknown ? "conflicts.unknownHeading" : "conflicts.heading"),
            "conflicts": conflicts.map { conflict in
                var view: [String: Any] = ["when": dates.range(conflict.range)]
                switch conflict {
                case .session(let id, _):
                    view["what"] = words("conflicts.session")
                    view["link"] = id.map { SessionShown.path(of: $0) }
                case .hold: view["what"] = words("conflicts.hold")
                case .busy: view["what"] = words("conflicts.busy")
                case .unknown(_, let reason): view["what"] = words("conflicts.unknown", ["why": words.sentence(reason)])
                }
                return view
            },
        ]
    }
}
