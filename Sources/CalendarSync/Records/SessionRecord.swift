import Coaching
import Foundation
import Storage

extension CoachingSession.Status: SQLConvertible {}
extension Person.Role: SQLConvertible {}

extension CoachingSession {
    init(_ row: Row) throws {
        let startsAt: Date = try row.get("starts_at")
        let endsAt: Date = try row.get("ends_at")
        self.init(
            id: try row.get("id"), coachID: try row.get("coach_id"),
            details: SessionDetails(
                clientID: try row.find("client_id"), topic: try row.find("topic"),
                sharedSummary: try row.find("shared_summary"), privateNotes: try row.find("private_notes"),
                startsAt: startsAt, timeZone: try row.get("time_zone"),
                duration: .seconds(Int(endsAt.timeIntervalSince(startsAt).rounded())), location: try row.find("location"),
                allowsOverlap: try row.get("allows_overlap")),
            status: try row.get("status"), seriesID: try row.find("series_id"), revision: try row.get("revision"),
            createdAt: try row.get("created_at"), updatedAt: try row.get("updated_at"))
    }
}

extension Person {
    init(_ row: Row) throws {
        self.init(
            id: try row.get("id"), email: try row.find("email"), name: try row.find("name"), role: try row.get("role"),
            timeZone: try row.find("time_zone"), locale: try row.find("locale"))
    }
}

extension Transaction {
    func session(_ id: String) throws -> CoachingSession? {
        try row("SELECT * FROM coaching_session WHERE id = \(id)").map { try CoachingSession($0) }
    }

    func insert(_ it: CoachingSession, gap: TimeInterval) throws {
        let details = it.details
        try execute(
            """
            INSERT INTO coaching_session (
                id, coach_id, client_id, topic, shared_summary, private_notes, location, starts_at, ends_at, time_zone,
                local_start, allows_overlap, taken_until, series_id, status, revision, created_at, updated_at)
            VALUES (\(it.id), \(it.coachID), \(details.clientID), \(details.topic), \(details.sharedSummary),
                \(details.privateNotes), \(details.location), \(details.startsAt), \(details.endsAt), \(details.timeZone),
                \(details.localStart), \(details.allowsOverlap), \(details.endsAt + gap), \(it.seriesID), \(it.status),
                \(it.revision), \(it.createdAt), \(it.updatedAt))
            """)
    }

    /// - Parameters:
    ///   - gap: the time that the coach keeps free after it.
    ///   - isMore: whether it takes time that was not its own. If not, it keeps at most what it had; one that is cancelled keeps nothing.
    func update(_ it: CoachingSession, gap: TimeInterval, isMore: Bool) throws {
        let details = it.details
        let takenUntil: SQL = "\(details.endsAt + gap)"
        let kept: SQL = "CASE WHEN taken_until < \(takenUntil) THEN taken_until ELSE \(takenUntil) END"
        try execute(
            """
            UPDATE coaching_session SET
                client_id = \(details.clientID), topic = \(details.topic), shared_summary = \(details.sharedSummary),
                private_notes = \(details.privateNotes), location = \(details.location), starts_at = \(details.startsAt),
                ends_at = \(details.endsAt), time_zone = \(details.timeZone), local_start = \(details.localStart),
                allows_overlap = \(details.allowsOverlap), taken_until = \(isMore || it.status == .cancelled ? takenUntil : kept),
                series_id = \(it.seriesID), status = \(it.status),
                revision = \(it.revision), updated_at = \(it.updatedAt)
            WHERE id = \(it.id)
            """)
    }

    func person(_ id: String) throws -> Person? {
        try row("SELECT * FROM person WHERE id = \(id)").map { try Person($0) }
    }

    func save(_ it: Person) throws {
        try execute(
            """
            INSERT INTO person (id, email, name, role, time_zone, locale)
            VALUES (\(it.id), \(it.email), \(it.name), \(it.role), \(it.timeZone), \(it.locale))
            ON CONFLICT (id) DO UPDATE SET
                email = excluded.email, name = excluded.name, role = excluded.role, time_zone = excluded.time_zone,
                locale = excluded.locale
            """)
    }
}

extension SessionDetails {
    /// What clocks in the session's zone show when it starts: what was agreed on, should the zone's rules change.
    var localStart: String? { Zone(timeZone).map { String($0.rfc3339(startsAt).prefix(19)) } }
}
