import Foundation
import Storage

/// One step in the story of a session.
public struct TimelineEntry: Sendable, Equatable {
    public enum What: String, Sendable, CaseIterable, SQLConvertible {
        case sessionCreated
        case sessionEdited
        case sessionCancelled
        case sessionReinstated
        case eventInserted
        case eventPatched
        /// It was there already, as after an answer that was lost on its way.
        case eventAdopted
        case eventRemoved
        /// Tried, failed, and tried again later.
        case syncFailed
        /// Refused for good; waits for the next change.
        case syncParked
        /// The event was changed or deleted in Google.
        case driftFound
        /// The session took over the time that its event was moved to.
        case sessionMovedInCalendar
        /// One of the coach's calendars has become busy at that time.
        case conflictFound
        /// The zone's clocks were given new rules, and the session keeps its local time.
        case sessionMovedWithZone
    }

    public var at: Date
    public var what: What
    public var reason: SyncReason?
}

extension Transaction {
    func note(_ what: TimelineEntry.What, of sessionID: String, reason: SyncReason? = nil, now: Date) throws {
        try execute(
            """
            INSERT INTO session_timeline (session_id, number, at, what, reason, sequence)
            SELECT \(sessionID), COALESCE(MAX(number), 0) + 1, \(now), \(what), \(reason),
                (SELECT COALESCE(MAX(sequence), 0) + 1 FROM session_timeline)
            FROM session_timeline WHERE session_id = \(sessionID)
            """)
        if let tally = what.tally { try count(tally, now: now) }
    }

    func timeline(of sessionID: String) throws -> [TimelineEntry] {
        try rows("SELECT * FROM session_timeline WHERE session_id = \(sessionID) ORDER BY number").map { row in
            TimelineEntry(at: try row.get("at"), what: try row.get("what"), reason: try row.find("reason"))
        }
    }
}

extension TimelineEntry.What {
    fileprivate var tally: Tally? {
        switch self {
        case .eventInserted, .eventPatched, .eventAdopted, .eventRemoved: .written
        case .syncFailed, .syncParked: .failed
        case .sessionCreated, .sessionEdited, .sessionCancelled, .sessionReinstated, .driftFound, .sessionMovedInCalendar,
            .conflictFound, .sessionMovedWithZone:
            nil
        }
    }
}
