import Coaching
import Foundation
import Storage

/// A time that is kept for somebody while they make up their mind.
public struct Hold: Sendable, Equatable {
    /// Known to nobody but who holds it.
    public var id: String
    public var coachID: String
    public var heldBy: String
    public var range: TimeRange
    public var expiresAt: Date
    /// What could not be found out when it was made; only in the answer to that.
    public var warnings: [TimeConflict] = []

    /// How long a time can be kept.
    public static let minutes = 1...30
    public static let usualMinutes = 10
    /// How many times one person keeps at once, so that nobody can block a coach's whole week.
    static let mostAtOnce = 3
}

extension CalendarSyncService {
    /// Keeps a coach's time for the caller. Whatever a session at that time would have to obey, this has to.
    /// - Parameter minutes: how long; see ``Hold/minutes``.
    public func hold(
        _ range: TimeRange, of coachID: String, forMinutes minutes: Int = Hold.usualMinutes, by actor: Person
    ) async throws -> Hold {
        guard Hold.minutes.contains(minutes) else {
            throw InvalidInput(
                "minutes", "must be from \(Hold.minutes.lowerBound) to \(Hold.minutes.upperBound) whole minutes")
        }
        guard range.end.timeIntervalSince(range.start) <= SessionDetails.longestDuration.seconds else {
            throw InvalidInput("durationMinutes", "must be from 1 to 1440 whole minutes")
        }
        if actor.role == .coach, actor.id != coachID {
            throw InvalidInput("coachId", "is somebody else; leave it out to hold time of your own")
        }
        try await requireBookable(coachID)
        let wanted = WantedTime(range: range)
        return try await book(by: actor) { _ in
            (coachID, [wanted])
        } write: { transaction, booking in
            let now = booking.now
            try transaction.execute("DELETE FROM hold WHERE expires_at <= \(now)")
            let held = try transaction.row("SELECT COUNT(*) AS n FROM hold WHERE held_by = \(actor.id)")?.get("n", as: Int.self)
            if actor.role == .client, held ?? 0 >= Hold.mostAtOnce { throw SyncRefusal.tooManyHolds }
            let warnings = try transaction.require(wanted, of: coachID, booking, by: actor)
            let hold = Hold(
                id: UUID().uuidString.lowercased(), coachID: coachID, heldBy: actor.id, range: range,
                expiresAt: now + Double(minutes) * 60, warnings: warnings)
            try transaction.execute(
                """
                INSERT INTO hold (id, coach_id, held_by, starts_at, ends_at, taken_until, created_at, expires_at)
                VALUES (\(hold.id), \(coachID), \(actor.id), \(range.start), \(range.end),
                    \(range.end + booking.rules.gap), \(now), \(hold.expiresAt))
                """)
            return hold
        }
    }

    /// A time that the caller holds.
    public func hold(_ id: String, by actor: Person) async throws -> Hold {
        let now = now
        return try await database.read { transaction in
            guard let hold = try transaction.hold(id), hold.expiresAt > now, actor.mayUse(hold) else {
                throw SyncRefusal.noSuchHold
            }
            return hold
        }
    }

    /// Gives a time back. One that has expired is gone already, which is no error.
    public func release(holdID: String, by actor: Person) async throws {
        try await database.write { transaction in
            guard let hold = try transaction.hold(holdID) else { return }
            guard actor.mayUse(hold) else { throw SyncRefusal.noSuchHold }
            try transaction.execute("DELETE FROM hold WHERE id = \(holdID)")
        }
    }

    /// Throws when there is no such coach.
    func requireBookable(_ coachID: String) async throws {
        guard try await database.read({ try $0.person(coachID) })?.role == .coach else { throw SyncRefusal.noSuchCoach }
    }
}

extension Person {
    fileprivate func mayUse(_ hold: Hold) -> Bool { role == .admin || hold.heldBy == id || hold.coachID == id }
}

extension Transaction {
    func hold(_ id: String) throws -> Hold? {
        try row("SELECT * FROM hold WHERE id = \(id)").map { row in
            Hold(
                id: try row.get("id"), coachID: try row.get("coach_id"), heldBy: try row.get("held_by"),
                range: try TimeRange(row), expiresAt: try row.get("expires_at"))
        }
    }

    /// Gives a hold up for the session that takes its place.
    func use(hold id: String, for coachID: String, by actor: Person, now: Date) throws {
        guard let hold = try hold(id), hold.expiresAt > now, hold.coachID == coachID, actor.mayUse(hold) else {
            throw InvalidInput("holdId", "is none that you have now; holds expire, so hold the time again or book without")
        }
        try execute("DELETE FROM hold WHERE id = \(id)")
    }
}
