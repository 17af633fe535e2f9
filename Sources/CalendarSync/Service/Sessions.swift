import Coaching
import Foundation
import GoogleCalendar
import Storage

/// A session together with how it stands in the coach's calendar.
public struct SyncedSession: Sendable, Equatable {
    public var session: CoachingSession
    public var calendarSync: CalendarSyncStatus
    /// Times at which the coach's Google calendars are busy although there is this session.
    public var overlaps: [BusyBlock]
    /// What could not be found out when it was booked; only in the answer to that.
    public var warnings: [TimeConflict] = []
}

extension CalendarSyncService {
    /// Creates a session or makes it what `details` say, reinstating it if it was cancelled. The same again changes nothing.
    ///
    /// Where it takes time that was not its own, the coach's Google calendars are asked first, for a moment; see ``SyncRefusal/timeTaken(_:)``.
    /// - Parameters:
    ///   - coachID: whose session it is; nil means the caller's own.
    ///   - holdID: what the caller holds that time with.
    /// - Returns: the session, and whether it is new.
    public func put(
        _ id: String, coachID: String?, details: SessionDetails, holdID: String? = nil, by actor: Person
    ) async throws -> (session: SyncedSession, isNew: Bool) {
        guard Identifier.isValid(id) else { throw InvalidInput("id", Identifier.rule) }
        let coachID = try actor.coachOfNewSession(asked: coachID)
        let details = try actor.wanted(details)
        @Sendable func wanted(after existing: CoachingSession?) -> CoachingSession {
            let wanted = actor.wanted(details, after: existing)
            return existing?.with(wanted, .scheduled)
                ?? CoachingSession(id: id, coachID: coachID, details: wanted, createdAt: .distantPast, updatedAt: .distantPast)
        }
        return try await book(by: actor) { transaction in
            let existing = try transaction.visibleSession(id, to: actor)
            return (coachID, wanted(after: existing).timesTaken(after: existing, holdID: holdID))
        } write: { transaction, booking in
            let existing = try transaction.visibleSession(id, to: actor)
            // The same call again finds its hold used up, and needs it no more.
            if let holdID, wanted(after: existing).takesTime(after: existing) {
                try transaction.use(hold: holdID, for: coachID, by: actor, now: booking.now)
            }
            return try transaction.put(id, coachID: coachID, details, seriesID: nil, booking, by: actor)
        }
    }

    /// Changes some details of a session; one that is cancelled stays so.
    /// - Parameter change: gets the details as they are now; what it throws is thrown on, and nothing is stored.
    public func edit(
        _ id: String, by actor: Person, change: @escaping @Sendable (inout SessionDetails) throws -> Void
    ) async throws -> SyncedSession {
        @Sendable func edited(_ transaction: any Transaction) throws -> (before: CoachingSession, after: CoachingSession) {
            guard let existing = try transaction.visibleSession(id, to: actor) else { throw SyncRefusal.notFound }
            var details = existing.details
            try change(&details)
            return (existing, existing.with(actor.wanted(try actor.wanted(details), after: existing), existing.status))
        }
        return try await book(by: actor) { transaction in
            let (before, after) = try edited(transaction)
            return (before.coachID, after.timesTaken(after: before))
        } write: { transaction, booking in
            let (before, after) = try edited(transaction)
            let warnings = try transaction.change(before, to: after, booking, by: actor)
            return try transaction.synced(try transaction.session(id) ?? after, warnings, now: booking.now)
        }
    }

    /// Cancels a session. Cancelling it again changes nothing.
    public func cancel(_ id: String, by actor: Person) async throws -> SyncedSession {
        let now = now
        let answer = try await database.write { transaction in
            guard let existing = try transaction.session(id), actor.maySee(existing) else { throw SyncRefusal.notFound }
            return try transaction.synced(try transaction.cancel(existing, now: now), now: now)
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
                let session = try transaction.cancel(session, now: now)
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

    func coachOfNewSession(asked: String?) throws -> String {
        if let asked, !Identifier.isValid(asked) { throw InvalidInput("coachId", Identifier.rule) }
        switch role {
        case .coach where asked == nil || asked == id: return id
        case .coach: throw InvalidInput("coachId", "is somebody else; leave it out for sessions of your own")
        case .client, .admin:
            guard let asked else { throw InvalidInput("coachId", "is missing; say whose session this is") }
            return asked
        }
    }

    /// The details as this person may give them.
    func wanted(_ details: SessionDetails) throws -> SessionDetails {
        var details = details
        if role == .client {
            if let asked = details.clientID, asked != id {
                throw InvalidInput("clientId", "is somebody else; leave it out to book for yourself")
            }
            details.clientID = id
        }
        if !details.violations.isEmpty { throw InvalidInput(details.violations) }
        return details
    }

    /// What is the coach's own to decide stays as it was when a client changes a session.
    func wanted(_ details: SessionDetails, after existing: CoachingSession?) -> SessionDetails {
        guard role == .client else { return details }
        var details = details
        details.privateNotes = existing?.details.privateNotes
        details.allowsOverlap =
            existing.map {
                $0.status == .scheduled && $0.details.allowsOverlap && $0.details.range == details.range
            } ?? false
        return details
    }
}

extension Transaction {
    /// The platform may create sessions of a coach who has not been here yet; others only of coaches who have.
    func requireCoach(_ id: String, by actor: Person) throws {
        if let person = try person(id) {
            if person.role != .coach { throw InvalidInput("coachId", "is somebody who is no coach") }
        } else if actor.role == .admin {
            try save(Person(id: id, role: .coach))
        } else {
            throw InvalidInput("coachId", "is no coach that is known here")
        }
    }

    func put(
        _ id: String, coachID: String, _ details: SessionDetails, seriesID: String?, _ booking: Booking, by actor: Person
    ) throws -> (session: SyncedSession, isNew: Bool) {
        let existing = try visibleSession(id, to: actor)
        let details = actor.wanted(details, after: existing)
        guard let existing else {
            let session = CoachingSession(
                id: id, coachID: coachID, details: details, seriesID: seriesID, createdAt: booking.now, updatedAt: booking.now)
            try requireCoach(coachID, by: actor)
            let warnings = try take(session, nil, booking, by: actor)
            try insert(session, gap: booking.rules.gap)
            try note(.sessionCreated, of: id, now: booking.now)
            try markPending(id, of: coachID, now: booking.now, settles: false)
            return (try synced(session, warnings, now: booking.now), true)
        }
        guard existing.coachID == coachID else {
            throw InvalidInput("coachId", "cannot change; cancel this session and create one for the other coach")
        }
        var wanted = existing.with(details, .scheduled)
        wanted.seriesID = seriesID ?? existing.seriesID
        let warnings = try change(existing, to: wanted, booking, by: actor)
        return (try synced(try session(id) ?? existing, warnings, now: booking.now), false)
    }

    /// - Returns: what the caller should know.
    func change(
        _ existing: CoachingSession, to wanted: CoachingSession, _ booking: Booking, by actor: Person
    ) throws -> [TimeConflict] {
        if wanted == existing { return [] }
        let warnings = try take(wanted, existing, booking, by: actor)
        var session = wanted
        session.revision += 1
        session.updatedAt = booking.now
        let isReinstated = existing.status == .cancelled && session.status == .scheduled
        try update(
            session, gap: booking.rules.gap, isMore: session.isMore(than: existing) || session.takesTime(after: existing))
        try note(isReinstated ? .sessionReinstated : .sessionEdited, of: session.id, now: booking.now)
        try markPending(session.id, of: session.coachID, now: booking.now, settles: !isReinstated)
        return warnings
    }

    func cancel(_ existing: CoachingSession, now: Date) throws -> CoachingSession {
        guard existing.status == .scheduled else { return existing }
        var session = existing
        session.status = .cancelled
        session.revision += 1
        session.updatedAt = now
        try update(session, gap: 0, isMore: false)
        try note(.sessionCancelled, of: session.id, now: now)
        try markPending(session.id, of: session.coachID, now: now, settles: false)
        return session
    }
}
