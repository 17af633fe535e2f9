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
                duration: .seconds(Int(endsAt.timeIntervalSince(startsAt).rounded())), location: try row.find("location")),
            status: try row.get("status"), revision: try row.get("revision"),
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

    func save(_ it: CoachingSession) throws {
        let details = it.details
        try execute(
            """
            INSERT INTO coaching_session (
                id, coach_id, client_id, topic, shared_summary, private_notes, location, starts_at, ends_at, time_zone,
                status, revision, created_at, updated_at)
            VALUES (\(it.id), \(it.coachID), \(details.clientID), \(details.topic), \(details.sharedSummary),
                \(details.privateNotes), \(details.location), \(details.startsAt), \(details.endsAt), \(details.timeZone),
                \(it.status), \(it.revision), \(it.createdAt), \(it.updatedAt))
            ON CONFLICT (id) DO UPDATE SET
                client_id = excluded.client_id, topic = excluded.topic, shared_summary = excluded.shared_summary,
                private_notes = excluded.private_notes, location = excluded.location, starts_at = excluded.starts_at,
                ends_at = excluded.ends_at, time_zone = excluded.time_zone, status = excluded.status,
                revision = excluded.revision, updated_at = excluded.updated_at
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
