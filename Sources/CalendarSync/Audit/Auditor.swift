import Coaching
import Foundation
import GoogleCalendar
import Storage

/// Looks through one calendar and puts right what is not as it should be: gather, plan, apply.
///
/// It holds the lane meanwhile, so nothing of ours is written into the calendar between reading and comparing. Deleting needs proof:
/// our marker, a window read to its end, the very version that was read, and a number that can be believed.
struct Auditor: Sendable {
    /// How far back and ahead it looks.
    static let past: TimeInterval = 7 * 24 * 60 * 60
    static let future: TimeInterval = 400 * 24 * 60 * 60
    /// Google's largest page.
    static let pageSize = 2_500

    /// The calendar's list contradicts what it says of single events, so nothing can be told from it.
    struct Contradiction: Error {}

    let sync: CalendarSyncService
    let client: GoogleCalendarClient
    private var lease: LaneLease

    init(sync: CalendarSyncService, lease: LaneLease, client: GoogleCalendarClient) {
        self.sync = sync
        self.lease = lease
        self.client = client
    }

    /// - Parameters:
    ///   - isDryRun: only to plan.
    ///   - mostRemovals: removes so many events that no session wants, instead of the usual few.
    /// - Returns: the plan and the lease for what comes after; nil when the lane is somebody else's or the coach is not connected.
    mutating func run(isDryRun: Bool, mostRemovals: Int?) async throws -> (plan: AuditPlan, lease: LaneLease)? {
        let now = sync.now
        guard let connection = try await sync.database.read({ [lease] in try $0.connection(of: lease.coachID) }),
            connection.isConnected, let calendarID = connection.calendarID
        else { return nil }
        let window = DateInterval(start: now - Self.past, end: now + Self.future)
        guard let events = try await eventsOrLoss(in: calendarID, window) else { return nil }
        let publicURL = sync.publicURL
        let sessions = try await sync.database.read { transaction in
            try transaction.auditedSessions(
                of: connection, in: window, named: events.compactMap { Marker(of: $0)?.sessionID }, publicURL: publicURL)
        }
        if events.isEmpty { try await requireAbsence(of: sessions, in: calendarID) }
        let planner = AuditPlanner(
            policy: connection.driftPolicy, window: window, mostRemovals: mostRemovals, now: now)
        let plan = planner.plan(sessions, events: events)
        if isDryRun { return (plan, lease) }
        for finding in plan.findings where finding.action == .remove {
            guard let id = finding.googleEventID, try await waitForBudget() else { return nil }
            try await remove(id, etag: finding.etag, from: calendarID)
        }
        guard let renewed = try await apply(plan, to: calendarID, sessions, began: now) else { return nil }
        lease = renewed
        return (plan, lease)
    }

    // MARK: Gathering

    private mutating func eventsOrLoss(in calendarID: String, _ window: DateInterval) async throws -> [Event]? {
        do {
            return try await events(in: calendarID, window)
        } catch let error as GoogleCalendarError {
            guard case .probe = Disposition(error) else { throw error }
            let probe = CalendarProbe(client: { [self] in try google })
            if let reason = try await probe.reasonToLose(calendarID) { throw Delivery.CalendarLost(reason: reason) }
            throw error
        }
    }

    private mutating func events(in calendarID: String, _ window: DateInterval) async throws -> [Event]? {
        var filter = EventFilter()
        filter.endsAfter = window.start
        filter.startsBefore = window.end
        filter.privateProperty = Marker.schemeProperty
        filter.pageSize = Self.pageSize
        var events: [Event] = []
        for try await page in try google.events(in: calendarID, matching: filter) {
            events += (page.items ?? []).filter { $0.status != .cancelled && Marker(of: $0) != nil }
            guard try await goOn() else { return nil }
        }
        return events
    }

    /// An empty list is believed only when an event that should be in it is gone when it is asked for alone.
    private func requireAbsence(of sessions: [AuditedSession], in calendarID: String) async throws {
        let expected = sessions.first { it in
            it.wanted != nil && !it.isPending && it.known.map { $0.isKnownToExist && $0.removedAt == nil } == true
        }
        guard let expected, let known = expected.known else { return }
        do {
            let event = try await google.event(known.googleEventID, in: calendarID)
            if event.status != .cancelled, Marker(of: event) != nil, expected.wanted?.isShown(by: event) == true {
                throw Contradiction()
            }
        } catch let error as GoogleCalendarError {
            guard case .probe(isGone: true) = Disposition(error) else { throw error }
        }
    }

    // MARK: Applying

    /// Lets everybody else go first, and gives the next call a whole lease; false when the lane is somebody else's.
    private mutating func waitForBudget() async throws -> Bool {
        while true {
            let now = sync.now
            let (governor, database) = (sync.governor, sync.database)
            guard try await goOn() else { return false }
            if try await database.read({ try governor.wait(for: .backfill, in: $0, now: now) }) == nil { return true }
            try await sync.time.sleep(.milliseconds(200))
        }
    }

    private func remove(_ id: String, etag: String?, from calendarID: String) async throws {
        do {
            try await google.deleteEvent(id, in: calendarID, ifMatch: etag)
        } catch let error as GoogleCalendarError {
            switch Disposition(error) {
            // It is gone, or was changed a moment ago: then the next look decides.
            case .probe(isGone: true), .reread: return
            default: throw error
            }
        }
    }

    private func apply(
        _ plan: AuditPlan, to calendarID: String, _ sessions: [AuditedSession], began: Date
    ) async throws -> LaneLease? {
        let now = sync.now
        let revisions = Dictionary(
            sessions.map { ($0.session.id, $0.session.revision) }, uniquingKeysWith: { first, _ in first })
        return try await sync.database.write { [lease] transaction in
            guard let renewed = try transaction.renew(lease, now: now),
                var connection = try transaction.connection(of: lease.coachID), connection.calendarID == calendarID
            else { return nil }
            for finding in plan.findings {
                // Whatever happened to the session meanwhile is a newer truth.
                guard let session = try transaction.session(finding.sessionID), session.coachID == lease.coachID,
                    session.revision == revisions[session.id], try transaction.pendingChange(of: session.id) == nil
                else { continue }
                try transaction.apply(finding, to: session, in: calendarID, now: now)
            }
            for id in plan.answered { try transaction.forgetDrift(of: id) }
            try transaction.resolveErrors(of: lease.coachID, session: nil, now: now)
            if try !transaction.hasUnresolvedErrors(of: lease.coachID) {
                connection.lastError = nil
                connection.syncErrorCount = 0
            }
            connection.auditedAt = now
            connection.eventsAudited = plan.compared
            connection.eventsDrifted = plan.drifted
            connection.removalsHeld = plan.held
            // One that was asked for meanwhile is still to come.
            if connection.nextAuditAt <= began { connection.planNextAudit(now: now) }
            try transaction.save(connection)
            return renewed
        }
    }

    /// The client, patient for no longer than the lease lasts.
    private var google: GoogleCalendarClient {
        get throws {
            guard let timeout = lease.callTimeout(now: sync.now) else { throw Delivery.LeaseEnding() }
            var google = client
            google.callTimeout = timeout
            return google
        }
    }

    /// Gives the next call a whole lease; false when the lane is somebody else's.
    private mutating func goOn() async throws -> Bool {
        let now = sync.now
        guard let renewed = try await sync.database.write({ [lease] in try $0.renew(lease, now: now) }) else { return false }
        lease = renewed
        return true
    }
}

extension UserCalendarConnection {
    /// Between two looks through a calendar, a quarter more or less, so that not all are looked through at the same time.
    static let auditInterval: TimeInterval = 6 * 60 * 60

    mutating func planNextAudit(now: Date) {
        let fraction = Backoff.fraction(of: userID, Int(now.timeIntervalSince1970))
        nextAuditAt = now + Self.auditInterval * (0.75 + fraction / 2)
    }
}
