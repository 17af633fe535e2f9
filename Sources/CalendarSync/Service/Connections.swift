import Coaching
import Foundation
import GoogleCalendar
import Storage

/// A connection together with what it has to do.
public struct ConnectionStatus: Sendable, Equatable {
    public var connection: UserCalendarConnection
    /// Our events in the calendar, as far as we know: those that disconnecting with removal would take out.
    public var eventCount: Int
    /// Sessions on their way.
    public var pendingCount: Int
    /// Sessions that Google refused for good.
    public var failedCount: Int
    /// How far the filling of the calendar has come; nil when none is under way.
    public var backfill: BackfillProgress?
    /// What stops all calendars of the platform now.
    public var pause: AccountPause?
    /// When something is tried next, where that is not now.
    public var nextAttemptAt: Date?
    /// The calendars that keep the coach from being booked.
    public var sources: [SourceStatus]
}

public struct BackfillProgress: Sendable, Equatable {
    public var done: Int
    public var total: Int
}

extension CalendarSyncService {
    /// Makes a calendar for the coach, shares it with their address, and sends their sessions to come. A coach who was connected
    /// before gets the same calendar back. Whatever is interrupted goes on where it stood, by itself or with the next call.
    /// - Parameter colorID: an ``GoogleCalendar/EventColor`` by its name or number; nil leaves it as it is.
    /// - Returns: the connection, and whether this call connected it.
    public func connectGoogleCalendar(for coach: Person, colorID: String? = nil) async throws -> (ConnectionStatus, isNew: Bool)
    {
        defer { signal.notify() }
        let isThere = try await wantConnection(for: coach, colorID: colorID)
        if !isThere { try await finishConnecting(coach.id) }
        return (try await calendarConnection(of: coach.id), isNew: !isThere)
    }

    /// Writes down that the coach wants to be connected, and leaves the rest to the workers: for those who would rather look on than wait.
    public func requestConnection(for coach: Person) async throws {
        defer { signal.notify() }
        _ = try await wantConnection(for: coach, colorID: nil)
    }

    /// - Returns: whether the coach is connected already.
    private func wantConnection(for coach: Person, colorID: String?) async throws -> Bool {
        guard coach.role == .coach else { throw InvalidInput("role", "must be coach; only coaches have a calendar here") }
        guard coach.email != nil else { throw SyncRefusal.emailMissing }
        let colorID = try colorID.map { try Self.color($0) }
        let now = now
        let (isThere, limit) = try await database.write { [google, governor] transaction in
            try transaction.save(coach.completed(by: transaction.person(coach.id)))
            var connection =
                try transaction.connection(of: coach.id)
                ?? UserCalendarConnection(coach.id, serviceAccount: google.serviceAccount, now: now)
            if let colorID, colorID != connection.colorID {
                connection.colorID = colorID
                if connection.isConnected { try transaction.markFuturePending(of: coach.id, now: now) }
            }
            let isThere =
                connection.isConnected && connection.sharedWith == coach.email?.lowercased()
                && connection.serviceAccount == google.serviceAccount
            let pause = try governor.pause(.calendars, in: transaction, now: now)
            let limit = pause?.reason == .usageLimitReached ? pause?.until : nil
            // What works is not interrupted for something that cannot be had now.
            if let limit, !isThere, connection.isConnected {
                throw SyncRefusal.connectingFailed(.usageLimitReached, nextAttemptAt: limit)
            }
            if !isThere { connection.beginConnecting(as: google.serviceAccount, limitedUntil: limit, now: now) }
            if !isThere { try transaction.readSources(of: coach.id, as: google.serviceAccount, now: now) }
            try transaction.save(connection)
            return (isThere, limit)
        }
        // Asking more often makes Google's limit last longer.
        if !isThere, let limit { throw SyncRefusal.connectingFailed(.usageLimitReached, nextAttemptAt: limit) }
        return isThere
    }

    /// How long to wait for a worker that is at this lane.
    private static let patience = 50  // times a tenth of a second

    /// Takes the lane and connects right now, so that the coach sees how it ends.
    private func finishConnecting(_ coachID: String) async throws {
        let owner = UUID().uuidString
        for _ in 0..<Self.patience {
            let now = now
            if let lease = try await database.write({ try $0.claimLane(of: coachID, owner: owner, now: now) }) {
                if let lease = try await resumeConnecting(lease) {
                    let now = self.now
                    try await database.write { try $0.release(lease, now: now) }
                }
                break
            }
            try await time.sleep(.milliseconds(100))
        }
        let connection = try await calendarConnection(of: coachID).connection
        if connection.isConnected { return }
        if connection.state == .disconnected { throw SyncRefusal.notConnected(nil) }
        guard let reason = connection.lastError else { throw SyncRefusal.connectingAlready }
        throw SyncRefusal.connectingFailed(
            reason, nextAttemptAt: connection.state == .connecting ? connection.pausedUntil : nil)
    }

    /// Stops the sync. Works without Google; the calendar remains there.
    /// - Parameter removingEvents: whether to take our events out of it, as soon as Google answers.
    public func disconnectGoogleCalendar(of coachID: String, removingEvents: Bool) async throws -> ConnectionStatus {
        let now = now
        try await database.write { transaction in
            guard var connection = try transaction.connection(of: coachID) else { throw SyncRefusal.neverConnected }
            if connection.isWanted { connection.disconnectedAt = now }
            connection.state = .disconnected
            connection.removalRequestedAt = removingEvents ? connection.removalRequestedAt ?? now : nil
            try transaction.save(connection)
            try transaction.execute("DELETE FROM pending_change WHERE coach_id = \(coachID)")
            try transaction.resolveAllErrors(of: coachID, now: now)
            try transaction.forgetBusyTimes(of: coachID, now: now)
            if removingEvents, let calendar = connection.calendarID {
                try transaction.markEventsPending(in: calendar, of: coachID, now: now)
            }
        }
        signal.notify()
        return try await calendarConnection(of: coachID)
    }

    public func calendarConnection(of coachID: String) async throws -> ConnectionStatus {
        let now = now
        return try await database.read { transaction in
            guard let connection = try transaction.connection(of: coachID) else { throw SyncRefusal.neverConnected }
            return try transaction.status(of: connection, now: now)
        }
    }

    /// Changes how events look, and brings those to come up to date.
    /// - Parameters: nil leaves a value as it is; `.some(nil)` takes the colour away.
    public func change(
        connectionOf coachID: String, colorID: String?? = nil, detailLevel: UserCalendarConnection.DetailLevel? = nil,
        driftPolicy: UserCalendarConnection.DriftPolicy? = nil, conflictCalendars: [String]? = nil
    ) async throws -> ConnectionStatus {
        let colorID = try colorID.map { try $0.map { try Self.color($0) } }
        var calendars: Set<String>?
        if let conflictCalendars { calendars = try await chosen(conflictCalendars, of: coachID) }
        let (now, account) = (now, google.serviceAccount)
        let status = try await database.write { [calendars] transaction in
            guard let before = try transaction.connection(of: coachID) else { throw SyncRefusal.neverConnected }
            if let calendars { try transaction.choose(calendars, of: coachID, account: account, now: now) }
            var connection = before
            if let colorID { connection.colorID = colorID }
            if let detailLevel { connection.detailLevel = detailLevel }
            if connection != before {
                try transaction.save(connection)
                if connection.isWanted { try transaction.markFuturePending(of: coachID, now: now) }
            }
            if let driftPolicy {
                connection.driftPolicy = driftPolicy
                try transaction.save(connection)
            }
            return try transaction.status(of: connection, now: now)
        }
        signal.notify()
        if calendars != nil { busySignal.notify() }
        return status
    }

    /// Tries everything that waits or was given up, at once; after a usage limit, as soon as it may be over.
    public func syncNow(_ coachID: String) async throws -> ConnectionStatus {
        let now = now
        let governor = governor
        let status = try await database.write { transaction in
            guard var connection = try transaction.connection(of: coachID) else { throw SyncRefusal.neverConnected }
            guard connection.state == .connected || connection.state == .connecting || connection.removalRequestedAt != nil
            else {
                throw SyncRefusal.notConnected(connection.lastError)
            }
            // A usage limit lasts longer the more often it is tested.
            if connection.lastError != .usageLimitReached { connection.pausedUntil = now }
            try transaction.save(connection)
            try transaction.hurry(changesOf: coachID, now: now)
            try transaction.readSources(of: coachID, as: connection.serviceAccount, now: now)
            try governor.forgetOperatorsPauses(in: transaction)
            return try transaction.status(of: connection, now: now)
        }
        signal.notify()
        busySignal.notify()
        return status
    }

    /// Writes every event anew: into the calendar that is there, or, if Google has it no more, into a new one. Goes on by itself, and
    /// ``ConnectionStatus/backfill`` tells how far it is.
    public func rebuildCalendar(of coachID: String) async throws -> ConnectionStatus {
        let now = now
        let account = google.serviceAccount
        let governor = governor
        let status = try await database.write { transaction in
            guard var connection = try transaction.connection(of: coachID) else { throw SyncRefusal.neverConnected }
            guard connection.isWanted else { throw SyncRefusal.notConnected(nil) }
            try transaction.execute(
                """
                UPDATE google_calendar_event SET content_hash = ''
                WHERE calendar_id = \(connection.calendarID ?? "") AND removed_at IS NULL
                """)
            let pause = try governor.pause(.calendars, in: transaction, now: now)
            if pause?.reason == .usageLimitReached {
                throw SyncRefusal.connectingFailed(.usageLimitReached, nextAttemptAt: pause?.until)
            }
            connection.beginConnecting(as: account, limitedUntil: nil, now: now)
            try transaction.save(connection)
            return try transaction.status(of: connection, now: now)
        }
        signal.notify()
        return status
    }

    /// The history of failures, newest first.
    /// - Parameter number: only errors older than this one; where the last page ended.
    public func errors(of coachID: String, before number: Int? = nil, limit: Int) async throws -> [SyncError] {
        try await database.read { try $0.errors(of: coachID, before: number, limit: limit) }
    }

    /// - Parameter text: a name such as `peacock`, or Google's number for it.
    private static func color(_ text: String) throws -> String {
        guard let color = EventColor(rawValue: text) ?? EventColor(id: text) else {
            let names = EventColor.allCases.map(\.rawValue).joined(separator: ", ")
            throw InvalidInput("colorId", "must be one of Google's event colours: \(names); or their numbers, \"1\" to \"11\"")
        }
        return color.id
    }
}

extension UserCalendarConnection {
    fileprivate init(_ userID: String, serviceAccount: String, now: Date) {
        self.init(
            userID: userID, mode: .dedicated, state: .connecting, generation: 1, marker: Self.newMarker(),
            serviceAccount: serviceAccount, detailLevel: .full, syncErrorCount: 0, pausedUntil: now, pace: Pace(now: now),
            nextAuditAt: now)
    }

    /// Everything that was reached before counts, as far as it belongs to this service account.
    fileprivate mutating func beginConnecting(as account: String, limitedUntil limit: Date?, now: Date) {
        if serviceAccount != account {
            serviceAccount = account
            replaceCalendar()
        }
        state = .connecting
        disconnectedAt = nil
        removalRequestedAt = nil
        sharedRuleID = nil
        lastError = limit == nil ? nil : .usageLimitReached
        pausedUntil = limit ?? now
    }
}

extension Transaction {
    func status(of connection: UserCalendarConnection, now: Date) throws -> ConnectionStatus {
        func count(_ query: SQL) throws -> Int { try row(query)?.get("n") ?? 0 }
        let id = connection.userID
        let filling = try backfillCount(of: id)
        let total = max(connection.backfillTotal, filling)
        let pause = try pause(of: connection, now: now)
        let nextAttempt = max(connection.pausedUntil, pause?.until ?? .distantPast)
        return ConnectionStatus(
            connection: connection,
            eventCount: try count(
                """
                SELECT COUNT(*) AS n FROM google_calendar_event
                WHERE calendar_id = \(connection.calendarID ?? "") AND removed_at IS NULL AND etag IS NOT NULL
                """),
            pendingCount: try count(
                "SELECT COUNT(*) AS n FROM pending_change WHERE coach_id = \(id) AND parked_at IS NULL"),
            failedCount: try count(
                "SELECT COUNT(*) AS n FROM pending_change WHERE coach_id = \(id) AND parked_at IS NOT NULL"),
            backfill: filling > 0 ? BackfillProgress(done: total - filling, total: total) : nil,
            pause: pause, nextAttemptAt: connection.isWanted && nextAttempt > now ? nextAttempt : nil,
            sources: try sourceStatuses(of: id, now: now))
    }
}
