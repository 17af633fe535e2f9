import Coaching
import Foundation
import GoogleCalendar

/// What one look through a calendar found, and what is to be done about it. A value: it can be printed, and done or not.
public struct AuditPlan: Sendable, Equatable {
    /// One thing that is not as it should be.
    public struct Finding: Sendable, Equatable {
        public enum What: String, Sendable, CaseIterable {
            /// The session's event is not in the calendar any more.
            case missing
            /// The event was changed in Google.
            case edited
            /// The session should have an event, and none was ever sent; or what was sent is out of date.
            case unsent
            /// An event with our marker that no session wants.
            case stray
        }

        public enum Action: String, Sendable, CaseIterable {
            /// The event becomes again what the session says.
            case restore
            /// The session takes over the event's time.
            case adopt
            /// The coach is asked.
            case ask
            /// The event is deleted.
            case remove
            /// It would be deleted, but there are more of them than are believed without being told.
            case hold
        }

        public var what: What
        public var action: Action
        /// As the event's marker says; there may be no such session.
        public var sessionID: String
        public var googleEventID: String?
        /// When Google shows the event, where that differs from the session.
        public var googleTime: DateInterval?
        /// The version that was found; nothing else is changed or deleted.
        var etag: String?
    }

    /// Events that were compared, and sessions whose event was not among them.
    public var compared: Int
    public var findings: [Finding]
    /// Sessions whose coach was asked about something that is no longer so.
    var answered: [String] = []

    /// How many events are not as they should be.
    public var drifted: Int { findings.count }
    public var held: Int { findings.count { $0.action == .hold } }

    static let nothing = AuditPlan(compared: 0, findings: [])
}

/// A session with all that is known of its event.
struct AuditedSession: Sendable {
    var session: CoachingSession
    /// What it shall look like; nil when it shall not be in the calendar.
    var wanted: WantedEvent?
    /// What we last wrote into this calendar.
    var known: GoogleCalendarEvent?
    /// A change is on its way, which puts everything right by itself.
    var isPending: Bool
    /// What the coach was asked and has not answered.
    var drift: SessionDrift?
}

/// Compares a calendar, read to its end within a window of time, with what we have. Pure.
struct AuditPlanner: Sendable {
    /// Without being told, so many events are removed in one run, or one in twenty of those found if that is more.
    static let removalsAtOnce = 5

    var policy: UserCalendarConnection.DriftPolicy
    /// Events that end after its start and begin before its end were read, all of them.
    var window: DateInterval
    /// More than the usual number of removals, if somebody has said so.
    var mostRemovals: Int?
    var now: Date

    /// - Parameter events: everything in the window that bears our marker and is not deleted.
    func plan(_ sessions: [AuditedSession], events: [Event]) -> AuditPlan {
        var bySession = Dictionary(grouping: events, by: { Marker(of: $0)?.sessionID ?? "" })
        bySession[""] = nil
        var findings: [AuditPlan.Finding] = []
        var answered: [String] = []
        for audited in sessions {
            let found = self.findings(audited, bySession.removeValue(forKey: audited.session.id) ?? [])
            findings += found
            if audited.drift != nil, !audited.isPending, !isStillAsked(audited, events) { answered.append(audited.session.id) }
        }
        // What is left belongs to no session of this coach.
        for (id, strays) in bySession.sorted(by: { $0.key < $1.key }) { findings += strays.map { stray($0, of: id) } }
        let compared = events.count + findings.count { $0.what != .stray && $0.etag == nil }
        return AuditPlan(compared: compared, findings: capped(findings, of: events.count), answered: answered)
    }

    private func capped(_ findings: [AuditPlan.Finding], of count: Int) -> [AuditPlan.Finding] {
        let most = mostRemovals ?? max(Self.removalsAtOnce, count / 20)
        guard findings.count(where: { $0.action == .remove }) > most else { return findings }
        return findings.map { finding in
            var finding = finding
            if finding.action == .remove { finding.action = .hold }
            return finding
        }
    }

    private func findings(_ it: AuditedSession, _ events: [Event]) -> [AuditPlan.Finding] {
        if it.isPending { return [] }
        guard let wanted = it.wanted else {
            // Cancelled. An event that we know of and have not taken out needs a change that somebody forgot.
            if let known = it.known, known.removedAt == nil { return [found(.unsent, .restore, it, nil)] }
            return events.map { stray($0, of: it.session.id) }
        }
        guard let known = it.known, known.removedAt == nil, known.isKnownToExist else {
            // Of a session that was over before the coach connected, no event is made.
            let isDue = it.session.details.endsAt > now || it.known?.removedAt == nil && it.known != nil
            return isDue ? [found(.unsent, .restore, it, nil)] : events.map { stray($0, of: it.session.id) }
        }
        let others = events.filter { $0.id != known.googleEventID }.map { stray($0, of: it.session.id) }
        guard let event = events.first(where: { $0.id == known.googleEventID }) else {
            guard isInWindow(it), policy != .ask || it.drift?.kind != .removed else { return others }
            return others + [found(.missing, policy == .ask ? .ask : .restore, it, nil)]
        }
        if isAsShown(event, known, wanted) {
            // Events of sessions that are over keep the look they had.
            let isUpToDate = known.contentHash == wanted.contentHash || it.session.details.endsAt <= now
            return isUpToDate ? others : others + [found(.unsent, .restore, it, event)]
        }
        return others + edited(it, event)
    }

    /// Whether what the coach was asked about is still to be seen, and still theirs to decide.
    private func isStillAsked(_ it: AuditedSession, _ events: [Event]) -> Bool {
        guard policy == .ask, let known = it.known, let wanted = it.wanted else { return false }
        guard let event = events.first(where: { $0.id == known.googleEventID }) else { return true }
        return !isAsShown(event, known, wanted)
    }

    /// Whether an event is as it was after our last write, whatever became of it that nobody sees.
    private func isAsShown(_ event: Event, _ known: GoogleCalendarEvent, _ wanted: WantedEvent) -> Bool {
        event.etag == known.etag || known.shownHash.map { $0 == event.fingerprint } ?? wanted.isShown(by: event)
    }

    private func edited(_ it: AuditedSession, _ event: Event) -> [AuditPlan.Finding] {
        let time = event.moved(from: it.session)
        switch policy {
        case .restore: return [found(.edited, .restore, it, event, time)]
        case .adopt: return [found(.edited, time == nil ? .restore : .adopt, it, event, time)]
        case .ask:
            if let asked = it.drift, asked.kind == .edited, asked.time == time { return [] }
            return [found(.edited, .ask, it, event, time)]
        }
    }

    /// Whether its event, as we know it, must be among those that were read.
    private func isInWindow(_ it: AuditedSession) -> Bool {
        it.wanted != nil && it.session.details.endsAt > window.start && it.session.details.startsAt < window.end
    }

    private func found(
        _ what: AuditPlan.Finding.What, _ action: AuditPlan.Finding.Action, _ it: AuditedSession, _ event: Event?,
        _ time: DateInterval? = nil
    ) -> AuditPlan.Finding {
        .init(
            what: what, action: action, sessionID: it.session.id, googleEventID: event?.id ?? it.known?.googleEventID,
            googleTime: time, etag: event?.etag)
    }

    private func stray(_ event: Event, of sessionID: String) -> AuditPlan.Finding {
        .init(what: .stray, action: .remove, sessionID: sessionID, googleEventID: event.id, etag: event.etag)
    }
}

extension Event {
    /// When it takes place, if that is another time than the session's; nil for whole days, which no session lasts.
    fileprivate func moved(from session: CoachingSession) -> DateInterval? {
        guard case .at(let start, _)? = start, case .at(let end, _)? = end, end > start else { return nil }
        let isSame =
            abs(start.timeIntervalSince(session.details.startsAt)) < 1 && abs(end.timeIntervalSince(session.details.endsAt)) < 1
        return isSame ? nil : DateInterval(start: start, end: end)
    }
}
