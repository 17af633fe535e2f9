import Coaching
import Foundation
import GoogleCalendar
import Storage

/// Something that people who look on want to see at once.
public enum LiveChange: Sendable, Equatable {
    /// A session was changed, or its way into the calendar went on.
    case session(SyncedSession)
    case connection(ConnectionStatus)
}

/// Changes in the order in which they happened, as far as one person may see them.
public struct LiveChanges: AsyncSequence, Sendable {
    /// - Parameter position: of a change; whoever hands it in next time goes on behind it.
    public typealias Element = (change: LiveChange, position: Int)

    /// How often it is looked, which any number of processes on one database share without telling each other.
    static let interval = Duration.milliseconds(500)
    /// How many changes are told at once.
    static let most = 100

    let sync: CalendarSyncService
    let person: Person
    let after: Int?

    public func makeAsyncIterator() -> Iterator { Iterator(sync: sync, person: person, position: after) }

    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let sync: CalendarSyncService
        fileprivate let person: Person
        /// Of the last change that was told; nil before it was first looked.
        fileprivate var position: Int?
        private(set) var waiting: [Element] = []
        /// Sessions that are on their way, as they were told last: arriving need not be an entry of its own in their story.
        private var onTheirWay: [String: SyncedSession] = [:]
        private var connection: ConnectionStatus?
        private var hasLooked = false

        fileprivate init(sync: CalendarSyncService, person: Person, position: Int?) {
            (self.sync, self.person, self.position) = (sync, person, position)
        }

        public mutating func next() async throws -> Element? {
            while waiting.isEmpty {
                if position != nil { try await sync.time.sleep(LiveChanges.interval) }
                try await look()
            }
            return waiting.removeFirst()
        }

        mutating func look() async throws {
            let (now, person, position, ids) = (sync.now, person, position, onTheirWay.keys.sorted())
            let isFirst = !hasLooked
            hasLooked = true
            let (changed, last, known, connection) = try await sync.database.read { transaction in
                let last = try position ?? transaction.lastPosition()
                let changed = try transaction.changes(after: last, for: person).map { id, position in
                    (try transaction.session(id).map { try transaction.synced($0, now: now) }, position)
                }
                let begun = try isFirst ? transaction.onTheirWay(for: person) : []
                let known = try (ids + begun).compactMap {
                    try transaction.session($0).map { try transaction.synced($0, now: now) }
                }
                let connection = person.role == .coach ? try transaction.connection(of: person.id) : nil
                return (changed, last, known, try connection.map { try transaction.status(of: $0, now: now) })
            }
            // Those who begin to listen know what is on its way, and want to hear that it arrived.
            if isFirst { for session in known { onTheirWay[session.session.id] = session } }
            self.position = changed.last?.1 ?? last
            for (session, position) in changed {
                if let session { tell(session, position) }
            }
            for session in known {
                guard let told = onTheirWay[session.session.id], told != session else { continue }
                tell(session, self.position ?? last)
            }
            if let connection, connection != self.connection {
                if self.connection != nil { waiting.append((.connection(connection), self.position ?? last)) }
                self.connection = connection
            }
        }

        private mutating func tell(_ session: SyncedSession, _ position: Int) {
            let isOnItsWay = session.calendarSync.status == .pending
            if onTheirWay.count < LiveChanges.most || !isOnItsWay {
                onTheirWay[session.session.id] = isOnItsWay ? session : nil
            }
            waiting.append((.session(session), position))
        }
    }
}

extension CalendarSyncService {
    /// What happens from now on to what somebody may see: sessions and, for coaches, their connection.
    /// - Parameter position: of the last change that was told before; nil begins now.
    public func changes(for person: Person, after position: Int? = nil) -> LiveChanges {
        LiveChanges(sync: self, person: person, after: position)
    }
}

extension Transaction {
    fileprivate func lastPosition() throws -> Int {
        try row("SELECT MAX(sequence) AS n FROM session_timeline")?.find("n") ?? 0
    }

    private func mine(_ person: Person) -> SQL {
        switch person.role {
        case .admin: "1 = 1"
        case .coach: "s.coach_id = \(person.id)"
        case .client: "s.client_id = \(person.id)"
        }
    }

    fileprivate func onTheirWay(for person: Person) throws -> [String] {
        try rows(
            """
            SELECT s.id FROM pending_change c JOIN coaching_session s ON s.id = c.session_id
            WHERE c.parked_at IS NULL AND \(mine(person)) LIMIT \(LiveChanges.most)
            """
        ).map { try $0.get("id") }
    }

    /// Sessions to which something has happened, each once.
    fileprivate func changes(after position: Int, for person: Person) throws -> [(id: String, position: Int)] {
        try rows(
            """
            SELECT t.session_id, MAX(t.sequence) AS n FROM session_timeline t JOIN coaching_session s ON s.id = t.session_id
            WHERE t.sequence > \(position) AND \(mine(person)) GROUP BY t.session_id ORDER BY n LIMIT \(LiveChanges.most)
            """
        ).map { (try $0.get("session_id"), try $0.get("n")) }
    }
}
