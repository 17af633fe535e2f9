import Coaching
import Foundation
import GoogleCalendar
import Storage

/// The way from "a coach wants to be connected" to "the calendar is there and shared", in steps that are each written down
/// before the next begins. Whoever holds the lane, now or after a crash, goes on where the last step ended.
enum ConnectingStep: Equatable {
    /// Nothing was asked of Google yet. The intent is stored first, because `calendars.insert` cannot be repeated safely.
    case requestCalendar
    /// A calendar was asked for and no id came back: it may exist, so look before making another.
    case findOrCreateCalendar
    /// The calendar is there; share it, and that is all.
    case share(calendarID: String)
}

extension UserCalendarConnection {
    var nextStep: ConnectingStep {
        if let calendarID { return .share(calendarID: calendarID) }
        return calendarRequestedAt == nil ? .requestCalendar : .findOrCreateCalendar
    }

    /// Forgets a calendar that is gone, so that a new one takes its place.
    mutating func replaceCalendar() {
        generation += 1
        marker = Self.newMarker()
        calendarRequestedAt = nil
        calendarID = nil
        calendarName = nil
        dataOwner = nil
        sharedWith = nil
    }

    static func newMarker() -> String { UUID().uuidString.lowercased() }

    fileprivate mutating func use(_ calendar: CalendarResource, id: String) {
        calendarID = id
        calendarName = calendar.summary
        dataOwner = calendar.dataOwner
    }
}

struct Connecting: Sendable {
    /// Everything the coach may do but hand the calendar on.
    static let coachRole = AccessRole.writer

    let sync: CalendarSyncService

    /// Takes the steps that are left, if the coach still wants them.
    /// - Returns: the lease with new time on it; nil when it was lost, or the coach disconnected meanwhile.
    func run(_ lease: LaneLease) async throws -> LaneLease? {
        var lease = lease
        while true {
            guard let (connection, email) = try await current(lease.coachID) else { return lease }
            let change = try await take(connection.nextStep, connection, email: email, lease: lease)
            guard let renewed = try await store(lease, change: change) else { return nil }
            lease = renewed
        }
    }

    /// The connection and the coach's address, while connecting is what is wanted.
    private func current(_ coachID: String) async throws -> (UserCalendarConnection, email: String)? {
        try await sync.database.read { transaction in
            guard let connection = try transaction.connection(of: coachID), connection.state == .connecting else { return nil }
            guard let email = try transaction.person(coachID)?.email else {
                throw ConnectingRefused(reason: .addressRejected, detail: "the coach has no address")
            }
            return (connection, email.lowercased())
        }
    }

    private typealias Change = @Sendable (inout UserCalendarConnection) -> Void

    /// Asks Google what the step needs, and tells what is to be written down.
    private func take(
        _ step: ConnectingStep, _ connection: UserCalendarConnection, email: String, lease: LaneLease
    ) async throws -> Change {
        let now = sync.now
        switch step {
        case .requestCalendar:
            return { $0.calendarRequestedAt = now }
        case .findOrCreateCalendar:
            let found = try await findCalendar(marker: connection.marker, lease)
            let calendar = if let found { found } else { try await createCalendar(connection, lease) }
            guard let id = calendar.id else {
                throw GoogleCalendarError.unreadableAnswer(status: 200, why: "the calendar has no id")
            }
            return { $0.use(calendar, id: id) }
        case .share(let calendarID):
            guard try await share(calendarID, with: email, lease) else { return { $0.replaceCalendar() } }
            if let former = connection.sharedWith, former != email { try await unshare(calendarID, with: former, lease) }
            return {
                $0.sharedWith = email
                $0.state = .connected
                $0.connectedAt = now
                $0.syncErrorCount = 0
                $0.lastError = nil
                $0.pausedUntil = now
            }
        }
    }

    /// - Returns: nil when the lane is somebody else's or the coach has changed their mind.
    private func store(_ lease: LaneLease, change: @escaping Change) async throws -> LaneLease? {
        let now = sync.now
        return try await sync.database.write { transaction in
            guard let renewed = try transaction.renew(lease, now: now),
                var connection = try transaction.connection(of: lease.coachID), connection.state == .connecting
            else { return nil }
            change(&connection)
            try transaction.save(connection)
            if connection.isConnected {
                try transaction.markAllPending(of: lease.coachID, now: now)
                try transaction.resolveErrors(of: lease.coachID, session: nil, now: now)
            }
            return renewed
        }
    }

    private func google(_ lease: LaneLease) throws -> GoogleCalendarClient {
        guard let timeout = lease.callTimeout(now: sync.now) else { throw Delivery.LeaseEnding() }
        var google = sync.google
        google.callTimeout = timeout
        return google
    }

    private func findCalendar(marker: String, _ lease: LaneLease) async throws -> CalendarResource? {
        for try await page in try google(lease).calendarList() {
            guard let entry = page.items?.first(where: { $0.description?.contains(marker) == true }) else { continue }
            return try await google(lease).calendar(entry.id)
        }
        return nil
    }

    private func createCalendar(_ connection: UserCalendarConnection, _ lease: LaneLease) async throws -> CalendarResource {
        let coach = try await sync.database.read { try $0.person(connection.userID) }
        return try await google(lease).insertCalendar(
            CalendarResource(
                summary: EventStyle.platformName,
                description: "Your sessions, kept up to date by \(EventStyle.platformName). [\(connection.marker)]",
                timeZone: coach?.timeZone))
    }

    /// Shares the calendar unless that is done, and reads the rule back: only what Google shows counts.
    /// - Returns: false when the calendar is gone.
    private func share(_ calendarID: String, with email: String, _ lease: LaneLease) async throws -> Bool {
        let google = try google(lease)
        let id = AclRule.id(user: email)
        do {
            let rule = try await google.rule(id, in: calendarID)
            if rule.role == Self.coachRole || rule.role == .owner { return true }
            _ = try await google.patchRule(id, AclRule(role: Self.coachRole), in: calendarID, notifies: false)
        } catch GoogleCalendarError.refused(let refusal) where refusal.status == 404 {
            do {
                let rule = AclRule(role: Self.coachRole, scope: .init(type: "user", value: email))
                // Google's mail holds the link with which the coach adds the calendar to their own.
                _ = try await self.google(lease).insertRule(rule, in: calendarID, notifies: true)
            } catch GoogleCalendarError.refused(let refusal) where refusal.status == 404 {
                return false
            } catch GoogleCalendarError.refused(let refusal) where refusal.status == 400 {
                throw ConnectingRefused(reason: .addressRejected, detail: GoogleCalendarError.refused(refusal).detail)
            }
        }
        let rule = try await self.google(lease).rule(id, in: calendarID)
        guard rule.role == Self.coachRole || rule.role == .owner else {
            throw ConnectingRefused(reason: .addressRejected, detail: "Google made the coach a \(rule.role.rawValue)")
        }
        return true
    }

    /// The coach has another address now; the old one may be somebody else's one day.
    private func unshare(_ calendarID: String, with former: String, _ lease: LaneLease) async throws {
        do {
            try await google(lease).deleteRule(AclRule.id(user: former), in: calendarID)
        } catch GoogleCalendarError.refused(let refusal) where refusal.status == 404 {
            return
        }
    }
}

/// Connecting cannot go on before somebody acts.
struct ConnectingRefused: Error {
    var reason: SyncReason
    var detail: String
}
