import Coaching
import Foundation
import GoogleCalendar
import Logging
import Storage
import Synchronization

/// Keeps coaches' Google calendars in step with a platform's sessions.
///
/// Every call that changes something is one transaction on the database; ``workers`` bring the change to the calendars. Only these talk to
/// Google before they answer: ``connectGoogleCalendar(for:colorID:)``, ``audit(_:isDryRun:mostRemovals:)``, choosing calendars to be checked,
/// and, for coaches who have chosen some, whatever takes time or asks for free time, which waits for a second and a half at most.
///
/// - Sessions: ``put(_:coachID:details:holdID:by:)``, ``edit(_:by:change:)``, ``cancel(_:by:)``, ``session(_:by:)``,
///   ``sessions(by:coachID:from:to:after:limit:)``, ``timeline(of:by:)``
/// - Time: ``availability(of:in:lasting:by:)``, ``hold(_:of:forMinutes:by:)``, ``setBookingRules(_:of:)``,
///   ``putSeries(_:coachID:details:first:_:_:by:)``, ``editFollowing(_:by:change:)``, ``cancelFollowing(_:by:)``
/// - Connections: ``connectGoogleCalendar(for:colorID:)``, ``disconnectGoogleCalendar(of:removingEvents:)``,
///   ``calendarConnection(of:)``, ``change(connectionOf:colorID:detailLevel:driftPolicy:conflictCalendars:)``, ``syncNow(_:)``,
///   ``errors(of:before:limit:)``
/// - Drift: ``audit(_:isDryRun:mostRemovals:)``, ``requestAudit(of:)``, ``settleDrift(of:by:_:)``, ``rebuildCalendar(of:)``
public struct CalendarSyncService: Sendable {
    let database: any Database
    let google: GoogleCalendarClient
    let governor: Governor
    let publicURL: URL
    let time: TimeSource
    let logger: Logger
    let signal = WorkSignal()
    /// Tells ``busyReading`` of this process.
    let busySignal = WorkSignal()
    let busyPollInterval: Duration

    /// - Parameters:
    ///   - publicURL: where the platform is; links in events lead to `sessions/{id}` below it.
    ///   - limits: what the engine keeps to, so that Google has nothing to refuse.
    ///   - busyPollInterval: how often a calendar that is checked for conflicts is read, whatever Google tells of it or does not.
    public init(
        database: any Database, google: GoogleCalendarClient, publicURL: URL, limits: QuotaLimits = QuotaLimits(),
        busyPollInterval: Duration = .seconds(300), time: TimeSource = .system, logger: Logger = Logger(label: "calendar-sync")
    ) {
        self.database = database
        self.google = google
        self.governor = Governor(client: google, limits: limits)
        self.publicURL = publicURL
        self.busyPollInterval = busyPollInterval
        self.time = time
        self.logger = logger
    }

    /// Makes or updates the tables. Run it before anything else.
    /// - Returns: the numbers of the migrations that were missing.
    @discardableResult
    public func migrate() async throws -> [Int] { try await Self.migrate(database) }

    @discardableResult
    public static func migrate(_ database: any Database) async throws -> [Int] {
        try await database.migrate(Schema.migrations, now: Date())
    }

    /// The address that calendars have to be shared with to be read.
    public var serviceAccount: String { google.serviceAccount }

    /// Where people find a session: the link that is in its event.
    public func address(of sessionID: String) -> URL { publicURL.appending(components: "sessions", sessionID) }

    /// Waits until Google may be asked again about something that is in no hurry: for those who have much to do.
    public func waitForBudget() async throws {
        while true {
            let (now, governor) = (now, governor)
            guard let until = try await database.read({ try governor.wait(for: .live, in: $0, now: now) }) else { return }
            try await time.sleep(.seconds(max(0.1, until.timeIntervalSince(now))))
        }
    }

    /// Throws when the database does not answer.
    public func checkDatabase() async throws {
        _ = try await database.read { try $0.row("SELECT COUNT(*) AS n FROM schema_migration") }
    }

    /// The service that brings changes to Google; run it in one process or in many.
    public var workers: SyncWorker { SyncWorker(sync: self) }

    /// The service that keeps what is known of coaches' other calendars up to date; run it beside ``workers``.
    public var busyReading: BusyReading { BusyReading(sync: self, interval: busyPollInterval.seconds) }

    /// The client for calls that count against the budget, each when it is made.
    /// - Parameter prepaid: how many of them are paid for already.
    func client(_ urgency: Urgency, prepaid: Int = 0) -> GoogleCalendarClient {
        var client = google
        let left = Mutex(prepaid)
        client.beforeRequest = { [database, governor, time] in
            let isPaid = left.withLock { left in
                left -= 1
                return left >= 0
            }
            if isPaid { return }
            let now = time.now()
            try await database.write { try governor.take(urgency, in: $0, now: now) }
        }
        return client
    }

    /// Remembers somebody as the platform describes them now. What it does not mention stays as it was.
    public func recognise(_ person: Person) async throws {
        let known = try await database.read { try $0.person(person.id) }
        guard known != person.completed(by: known) else { return }
        let now = now
        try await database.write { transaction in
            let before = try transaction.person(person.id)
            let after = person.completed(by: before)
            try transaction.save(after)
            // Events are in the coach's language.
            if before?.locale != after.locale, try transaction.connection(of: person.id)?.isWanted == true {
                try transaction.markFuturePending(of: person.id, now: now)
            }
        }
        signal.notify()
    }

    /// The connections that belong to another service account than this one, and so are left alone.
    public func connectionsOfOtherServiceAccounts() async throws -> Int {
        let account = google.serviceAccount
        return try await database.read { transaction in
            try transaction.row(
                """
                SELECT COUNT(*) AS n FROM user_calendar_connection
                WHERE service_account <> \(account) AND state <> 'disconnected'
                """
            )?.get("n") ?? 0
        }
    }

    /// The time, as exact as the database keeps it.
    public var now: Date { Date(timeIntervalSince1970: (time.now().timeIntervalSince1970 * 1000).rounded() / 1000) }
}

extension Person {
    /// This person with what else is known. Who was a coach once has sessions and stays one, whatever else they do.
    func completed(by known: Person?) -> Person {
        var person = self
        if known?.role == .coach { person.role = .coach }
        person.email = email ?? known?.email
        person.name = name ?? known?.name
        person.timeZone = timeZone ?? known?.timeZone
        person.locale = locale ?? known?.locale
        return person
    }
}

/// Why a call was refused. What it was to change was not changed.
public enum SyncRefusal: Error, Sendable, Equatable {
    /// There is no such thing, or not for the one who asks.
    case notFound
    case neverConnected
    /// The coach is not connected, for this reason or by their own wish, so there is nothing to try again.
    case notConnected(SyncReason?)
    /// A calendar is shared with an address, and this coach has none.
    case emailMissing
    /// Another attempt to connect is under way at this moment.
    case connectingAlready
    case connectingFailed(SyncReason, nextAttemptAt: Date?)
    /// Somebody is at this calendar all the time.
    case busy
    /// The calendar could not be looked through.
    case auditFailed(SyncReason, detail: String)
    /// Nothing was changed in Google that waits for a decision.
    case noDrift
    /// Something else is at that time, or may be.
    case timeTaken([TimeConflict])
    /// The coach's own rules exclude that time.
    case notBookable(Obstacle)
    /// Not all dates of a series can be had, and all or none were wanted.
    case seriesNotFree([SeriesReport.Skipped])
    case noSuchCoach
    case tooManyHolds
    case noSuchHold
}
