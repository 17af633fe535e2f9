import Coaching
import Foundation
import GoogleCalendar
import Storage

/// A session together with how it stands in the coach's calendar.
public struct SyncedSession: Sendable, Equatable {
    public var session: CoachingSession
    public var calendarSync: CalendarSyncStatus
}

extension CalendarSyncService {
    /// Creates a session or makes it what `details` say, reinstating it if it was cancelled. The same again changes nothing.
    /// - Parameter coachID: whose session it is; nil means the caller's own.
    /// - Returns: the session, and whether it is new.
    public func put(
        _ id: String, coachID: String?, details: SessionDetails, by actor: Person
    ) async throws -> (session: SyncedSession, isNew: Bool) {
        guard Identifier.isValid(id) else { throw InvalidInput("id", Identifier.rule) }
        let coachID = try actor.coachOfNewSession(asked: coachID)
        var details = details
        details.clientID = try actor.clientOfSession(asked: details.clientID)
        if !details.violations.isEmpty { throw InvalidInput(details.violations) }
        let now = now
        let answer = try await database.write { [details] transaction in
            guard let existing = try transaction.session(id) else {
                let session = CoachingSession(id: id, coachID: coachID, details: details, createdAt: now, updatedAt: now)
                try transaction.requireCoach(coachID, by: actor)
                try transaction.create(session, now: now)
                return (try transaction.synced(session, now: now), true)
            }
            guard actor.maySee(existing) else { throw SyncRefusal.notFound }
            guard existing.coachID == coachID else {
                throw InvalidInput("coachId", "cannot change; cancel this session and create one for the other coach")
            }
            let session = try transaction.change(existing, to: details, status: .scheduled, by: actor, now: now)
            return (try transaction.synced(session, now: now), false)
        }
        signal.notify()
        return answer
    }

    /// Changes some details of a session; one that is cancelled stays so.
    /// - Parameter change: gets the details as they are now; what it throws is thrown on, and nothing is stored.
    public func edit(
        _ id: String, by actor: Person, change: @escaping @Sendable (inout SessionDetails) throws -> Void
    ) async throws -> SyncedSession {
        let now = now
        let answer = try await database.write { transaction in
            guard let existing = try transaction.session(id), actor.maySee(existing) else { throw SyncRefusal.notFound }
            var details = existing.details
            try change(&details)
            details.clientID = try actor.clientOfSession(asked: details.clientID)
            if !details.violations.isEmpty { throw InvalidInput(details.violations) }
            let session = try transaction.change(existing, to: details, status: existing.status, by: actor, now: now)
            return try transaction.synced(session, now: now)
        }
        signal.notify()
        return answer
    }

    /// Cancels a session. Cancelling it again changes nothing.
    public func cancel(_ id: String, by actor: Person) async throws -> SyncedSession {
        let now = now
        let answer = try await database.write { transaction in
            guard let existing = try transaction.session(id), actor.maySee(existing) else { throw SyncRefusal.notFound }
            let session = try transaction.change(existing, to: existing.details, status: .cancelled, by: actor, now: now)
            return try transaction.synced(session, now: now)
        }
        signal.notify()
        return answer
    }

    /// Whose word counts where session and calendar differ.
    public enum DriftDecision: String, Sendable, CaseIterable {
        /// The event becomes again what the session says.
        case session
        /// The session moves to the event's time, or is cancelled with it.
        case calendar
    }

    /// Settles what was changed in Google, for coaches who want to be asked.
    public func settleDrift(of id: String, by actor: Person, _ decision: DriftDecision) async throws -> SyncedSession {
        let now = now
        let answer = try await database.write { transaction in
            guard let session = try transaction.session(id), actor.maySee(session), actor.role != .client else {
                throw SyncRefusal.notFound
            }
            guard let drift = try transaction.drift(of: id), let event = try transaction.event(of: id) else {
                throw SyncRefusal.noDrift
            }
            switch (decision, drift.kind, drift.time) {
            case (.calendar, .removed, _):
                let session = try transaction.change(
                    session, to: session.details, status: .cancelled, by: actor, now: now)
                try transaction.forgetDrift(of: id)
                return try transaction.synced(session, now: now)
            case (.calendar, .edited, let time?):
                guard try transaction.adopt(time, by: session, now: now) else {
                    throw InvalidInput(
                        "keep", "cannot be calendar: the coach has another session then; keep the session's time")
                }
            case (.session, _, _), (.calendar, .edited, nil): break
            }
            try transaction.forgetDrift(of: id)
            try transaction.restore(session, found: nil, in: event.calendarID, urgency: .live, now: now)
            return try transaction.synced(try transaction.session(id) ?? session, now: now)
        }
        signal.notify()
        return answer
    }

    public func session(_ id: String, by actor: Person) async throws -> SyncedSession {
        let now = now
        return try await database.read { transaction in
            guard let session = try transaction.session(id), actor.maySee(session) else { throw SyncRefusal.notFound }
            return try transaction.synced(session, now: now)
        }
    }

    /// What happened to a session, oldest first.
    public func timeline(of id: String, by actor: Person) async throws -> [TimelineEntry] {
        try await database.read { transaction in
            guard let session = try transaction.session(id), actor.maySee(session) else { throw SyncRefusal.notFound }
            return try transaction.timeline(of: id)
        }
    }
}

extension Person {
    /// Coaches see their own sessions, clients those they take part in, admins all.
    func maySee(_ session: CoachingSession) -> Bool {
        switch role {
        case .admin: true
        case .coach: session.coachID == id
        case .client: session.details.clientID == id
        }
    }

    fileprivate func coachOfNewSession(asked: String?) throws -> String {
        if let asked, !Identifier.isValid(asked) { throw InvalidInput("coachId", Identifier.rule) }
        switch role {
        case .coach where asked == nil || asked == id: return id
        case .coach: throw InvalidInput("coachId", "is somebody else; leave it out for sessions of your own")
        case .client, .admin:
            guard let asked else { throw InvalidInput("coachId", "is missing; say whose session this is") }
            return asked
        }
    }

    fileprivate func clientOfSession(asked: String?) throws -> String? {
        guard role == .client else { return asked }
        if let asked, asked != id { throw InvalidInput("clientId", "is somebody else; leave it out to book for yourself") }
        return id
    }
}

extension Transaction {
    /// The platform may create sessions of a coach who has not been here yet; others only of coaches who have.
    fileprivate func requireCoach(_ id: String, by actor: Person) throws {
        if let person = try person(id) {
            if person.role != .coach { throw InvalidInput("coachId", "is somebody who is no coach") }
        } else if actor.role == .admin {
            try save(Person(id: id, role: .coach))
        } else {
            throw InvalidInput("coachId", "is no coach that is known here")
        }
    }

    fileprivate func create(_ session: CoachingSession, now: Date) throws {
        try save(session)
        try note(.sessionCreated, of: session.id, now: now)
        try markPending(session.id, of: session.coachID, now: now, settles: false)
    }

    fileprivate func change(
        _ existing: CoachingSession, to details: SessionDetails, status: CoachingSession.Status, by actor: Person, now: Date
    ) throws -> CoachingSession {
        var session = existing
        session.details = details
        // Clients cannot see the coach's private notes, so nothing they send says anything about them.
        if actor.role == .client { session.details.privateNotes = existing.details.privateNotes }
        session.status = status
        if session == existing { return existing }
        session.revision += 1
        session.updatedAt = now
        try save(session)
        let what: TimelineEntry.What =
            switch (existing.status, status) {
            case (.scheduled, .cancelled): .sessionCancelled
            case (.cancelled, .scheduled): .sessionReinstated
            default: .sessionEdited
            }
        try note(what, of: session.id, now: now)
        try markPending(session.id, of: session.coachID, now: now, settles: what == .sessionEdited)
        return session
    }
}
