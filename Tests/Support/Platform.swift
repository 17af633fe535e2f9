import CalendarEmulator
import CalendarSync
import Coaching
import Foundation
import GoogleCalendar
import Logging
import Storage

/// A whole platform for a test: the service on a database of its own, a coach, and an emulated Google.
public final class Platform: Sendable {
    public let google: EmulatedGoogle
    public let database: SQLiteDatabase
    public let sync: CalendarSyncService
    public let coach: Person
    public var clock: ManualClock { google.clock }

    private let folder: URL

    /// - Parameter isInMemory: spares many changes the way to the disk.
    public init(
        locale: String = "en", limits: QuotaLimits = .none, scopes: [Scope] = Scope.ownCalendars,
        isInMemory: Bool = false
    ) async throws {
        google = try EmulatedGoogle()
        folder = FileManager.default.temporaryDirectory.appending(component: "loom-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        database =
            try isInMemory ? SQLiteDatabase() : SQLiteDatabase(path: folder.appending(component: "test.sqlite").path())
        coach = Person(
            id: "coach-1", email: "coach@example.com", name: "Coach", role: .coach, timeZone: "Europe/Berlin", locale: locale)
        guard let publicURL = URL(string: "https://platform.example") else { throw URLError(.badURL) }
        sync = CalendarSyncService(
            database: database, google: google.client(scopes: scopes), publicURL: publicURL, limits: limits,
            time: google.clock.source,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await sync.migrate()
        try await sync.recognise(coach)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Another coach of the platform.
    public func coach(_ number: Int) async throws -> Person {
        let coach = Person(id: "coach-\(number)", email: "coach\(number)@example.com", role: .coach)
        try await sync.recognise(coach)
        return coach
    }

    /// Details of a session that starts so many hours from now, whatever else there is then: most tests are about something else.
    public func details(
        inHours hours: Double = 24, topic: String? = "Topic", sharedSummary: String? = nil, privateNotes: String? = nil,
        location: String? = nil
    ) -> SessionDetails {
        let start = Date(timeIntervalSince1970: (clock.now.timeIntervalSince1970 / 3600).rounded() * 3600 + hours * 3600)
        return SessionDetails(
            topic: topic, sharedSummary: sharedSummary, privateNotes: privateNotes, startsAt: start,
            timeZone: "Europe/Berlin", location: location, allowsOverlap: true)
    }

    @discardableResult
    public func put(_ id: String, _ details: SessionDetails? = nil, by other: Person? = nil) async throws -> SyncedSession {
        try await sync.put(id, coachID: nil, details: details ?? self.details(), by: other ?? coach).session
    }

    public func status(of id: String) async throws -> CalendarSyncStatus {
        try await sync.session(id, by: coach).calendarSync
    }

    public func timeline(of id: String) async throws -> [TimelineEntry.What] {
        try await sync.timeline(of: id, by: coach).map(\.what)
    }
}
