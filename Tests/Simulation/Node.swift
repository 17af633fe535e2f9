import CalendarSync
import Foundation
import GoogleCalendar
import HTTPTypes
import Logging
import Storage
import Synchronization

/// One run of the program: from its start until it dies. Everything it does to the world goes through here, and nothing does any
/// more once it is dead.
final class Node: Sendable {
    struct Dead: Error {}

    let name: String
    let sync: CalendarSyncService
    let worker: SyncWorker
    private let life: Life

    /// Whether it still runs, shared with what it looks at the world through.
    final class Life: Sendable {
        private let alive = Mutex(true)
        var isAlive: Bool { alive.withLock { $0 } }
        func end() { alive.withLock { $0 = false } }
        func check() throws { if !isAlive { throw Dead() } }
    }

    init(name: String, storm: Storm, database: SQLiteDatabase, key: ServiceAccountKey, time: TimeSource) {
        let life = Life()
        self.name = name
        self.life = life
        let client = GoogleCalendarClient(
            key: key, origin: Storm.origin, transport: NodeTransport(storm: storm, life: life, name: name), time: time)
        sync = CalendarSyncService(
            database: NodeDatabase(storm: storm, life: life, database: database), google: client,
            publicURL: Storm.publicURL, time: time, logger: Logger(label: name) { _ in SwiftLogNoOpLogHandler() })
        worker = sync.workers
    }

    var isAlive: Bool { life.isAlive }
}

/// The database as a program sees it that may die before a transaction or right after it was committed.
private struct NodeDatabase: Database {
    let storm: Storm
    let life: Node.Life
    let database: SQLiteDatabase

    func write<Answer: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Answer
    ) async throws -> Answer {
        try life.check()
        if await storm.crashes() { life.end() }
        try life.check()
        let answer = try await database.write(body)
        if await storm.crashes() { life.end() }
        try life.check()
        return answer
    }

    func read<Answer: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Answer
    ) async throws -> Answer {
        try life.check()
        return try await database.read(body)
    }
}

private struct NodeTransport: HTTPTransport {
    let storm: Storm
    let life: Node.Life
    let name: String

    func send(_ request: HTTPRequest, body: Data?) async throws -> (HTTPResponse, Data) {
        try life.check()
        if await storm.crashes() { life.end() }
        try life.check()
        let answer = try await storm.carry(request, body ?? Data(), from: name, life: life)
        if await storm.crashes() { life.end() }
        try life.check()
        return answer
    }
}
