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
        sharedRuleID = nil
        connectedAt = nil
    }

    static func newMarker() -> String { UUID().uuidString.lowercased() }

    fileprivate mutating func use(_ calendar: CalendarResource, id: String) {
        calendarID = id
        calendarName = calendar.summary
        dataOwner = calendar.dataOwner
    }
}

struct Connecting {
    /// Everything the coach may do but hand the calendar on.
    static let coachRole = AccessRole.writer
    /// How long a new calendar may be unknown to parts of Google.
    static let newForSoLong: TimeInterval = 10 * 60

    let sync: CalendarSyncService
    private var lease: LaneLease
    /// Whether it was in this run that the calendar was first asked for, so that none can be there yet.
    private var isFirstRequest = false
    /// Of the calendar that the present step is about.
    private var marker = ""

    init(sync: CalendarSyncService, lease: LaneLease) {
        self.sync = sync
        self.lease = lease
    }

    /// Takes the steps that are left, if the coach still wants them.
    /// - Returns: the lease with new time on it; nil when it was lost, or the coach disconnected meanwhile.
    mutating func run() async throws -> LaneLease? {
        while let (connection, coach) = try await current() {
            marker = connection.marker
            let change = try await take(connection.nextStep, connection, coach)
            guard try await store(change) else { return nil }
        }
        return lease
    }

    private struct Coach: Sendable {
        var email: String
        var timeZone: String?
    }

    /// The connection and the coach, while connecting is what is wanted.
    private func current() async throws -> (UserCalendarConnection, Coach)? {
        try await sync.database.read { [lease] transaction in
            guard let connection = try transaction.connection(of: lease.coachID), connection.state == .connecting else {
                return nil
            }
            let person = try transaction.person(lease.coachID)
            guard let email = person?.email?.lowercased() else {
                throw ConnectingRefused(reason: .addressRejected, detail: "the coach has no address")
            }
            return (connection, Coach(email: email, timeZone: person?.timeZone))
        }
    }

    private typealias Change = @Sendable (inout UserCalendarConnection) -> Void

    /// Asks Google what the step needs, and tells what is to be written down.
    private mutating func take(
        _ step: ConnectingStep, _ connection: UserCalendarConnection, _ coach: Coach
    ) async throws -> Change {
        let now = sync.now
        switch step {
        case .requestCalendar:
            try await takeCalendar()
            isFirstRequest = true
            return { $0.calendarRequestedAt = now }
        case .findOrCreateCalendar:
            var calendar = isFirstRequest ? nil : try await findCalendar(marker: connection.marker)
            if calendar == nil {
                guard isFirstRequest else { return try await requestAgain() }
                calendar = try await createCalendar(connection, for: coach)
            }
            guard let calendar, let id = calendar.id else {
                throw GoogleCalendarError.unreadableAnswer(status: 200, why: "the calendar has no id")
            }
            return { [calendar] in $0.use(calendar, id: id) }
        case .share(let calendarID):
            return try await share(calendarID, connection, with: coach.email)
        }
    }

    /// - Returns: false when the lane is somebody else's or the coach has changed their mind.
    private mutating func store(_ change: @escaping Change) async throws -> Bool {
        let now = sync.now
        let renewed = try await sync.database.write { [lease, marker, governor = sync.governor] transaction -> LaneLease? in
            guard let renewed = try transaction.renew(lease, now: now),
                var connection = try transaction.connection(of: lease.coachID)
            else { return nil }
            guard connection.state == .connecting, connection.marker == marker else {
                try transaction.release(lease, now: now)
                return nil
            }
            change(&connection)
            // The coach may have another address by now: then there is one more step to take.
            if connection.isConnected, try transaction.person(lease.coachID)?.email?.lowercased() != connection.sharedWith {
                connection.state = .connecting
            }
            if connection.isConnected {
                try governor.resume(.calendars, in: transaction, now: now)
                try transaction.resolveErrors(of: lease.coachID, session: nil, now: now)
            }
            try transaction.save(connection)
            if connection.isConnected { try transaction.markAllPending(of: lease.coachID, now: now) }
            return renewed
        }
        if let renewed { lease = renewed }
        return renewed != nil
    }

    /// The client, patient for no longer than the lease lasts. To be asked for anew for each call.
    private var google: GoogleCalendarClient {
        get throws {
            guard let timeout = lease.callTimeout(now: sync.now) else { throw Delivery.LeaseEnding() }
            var google = sync.client(.interactive)
            google.callTimeout = timeout
            return google
        }
    }

    // MARK: The calendar

    private mutating func findCalendar(marker: String) async throws -> CalendarResource? {
        for try await page in try google.calendarList() {
            if let entry = page.items?.first(where: { $0.description?.contains(marker) == true }) {
                return try await google.calendar(entry.id)
            }
            // A service account of many coaches has many pages; each gets a whole lease.
            guard try await store({ _ in }) else { throw Delivery.LeaseEnding() }
        }
        return nil
    }

    /// What was asked for before is not there, so another is asked for. It may still come; what keeps two of them apart is the time that
    /// the limits put between calendars.
    private mutating func requestAgain() async throws -> Change {
        try await takeCalendar()
        let now = sync.now
        isFirstRequest = true
        return { $0.calendarRequestedAt = now }
    }

    /// Google limits how many calendars an account makes, so they are made one after another.
    private func takeCalendar() async throws {
        let now = sync.now
        let until = try await sync.database.write { [governor = sync.governor] transaction -> (SyncReason, Date)? in
            if let pause = try governor.pause(.calendars, in: transaction, now: now) { return (pause.reason, pause.until) }
            return try governor.takeCalendar(in: transaction, now: now).map { (SyncReason.calendarsLimited, $0) }
        }
        if let (reason, until) = until { throw ConnectingPutOff(reason: reason, until: until) }
    }

    private func createCalendar(_ connection: UserCalendarConnection, for coach: Coach) async throws -> CalendarResource {
        try await google.insertCalendar(
            CalendarResource(
                summary: EventStyle.platformName,
                description: "Your sessions, kept up to date by \(EventStyle.platformName). [\(connection.marker)]",
                timeZone: coach.timeZone))
    }

    // MARK: Sharing

    /// Makes the coach the only person who may write into the calendar, beside its owner. Only what Google shows when asked again counts, so the rule
    /// is first asked for and then, in the next step, looked for.
    private func share(_ calendarID: String, _ connection: UserCalendarConnection, with email: String) async throws -> Change {
        let now = sync.now
        do {
            let rules = try await rules(in: calendarID)
            let wasAskedFor = connection.sharedWith == email && connection.sharedRuleID != nil
            let mine = rules.first {
                $0.scope?.value?.lowercased() == email || (wasAskedFor && $0.id == connection.sharedRuleID)
            }
            guard let mine, let id = mine.id, mine.role == Self.coachRole || mine.role == .owner else {
                if let mine, wasAskedFor {
                    throw ConnectingRefused(reason: .addressRejected, detail: "Google made the coach a \(mine.role.rawValue)")
                }
                if wasAskedFor {
                    throw GoogleCalendarError.unreadableAnswer(status: 200, why: "the rule that was made is not there yet")
                }
                guard let asked = try await ask(for: email, instead: mine, in: calendarID).id else {
                    throw GoogleCalendarError.unreadableAnswer(status: 200, why: "the rule has no id")
                }
                return { ($0.sharedWith, $0.sharedRuleID) = (email, asked) }
            }
            // Former addresses of the coach, or one that was mistyped: they may be somebody else's.
            for rule in rules where rule.id != id && rule.scope?.type == "user" && rule.role == Self.coachRole {
                if let other = rule.id { try await google.deleteRule(other, in: calendarID) }
            }
            return {
                ($0.sharedWith, $0.sharedRuleID) = (email, id)
                $0.state = .connected
                $0.connectedAt = now
                $0.syncErrorCount = 0
                $0.lastError = nil
                $0.pausedUntil = now
                $0.planNextAudit(now: now)
            }
        } catch GoogleCalendarError.refused(let refusal) where refusal.saysGone {
            // A calendar that was just made may not be known everywhere at Google yet; it is not taken for deleted.
            let age = connection.calendarRequestedAt.map { now.timeIntervalSince($0) } ?? 0
            let probe = CalendarProbe(client: { [self] in try google })
            guard connection.connectedAt != nil || age > Self.newForSoLong,
                try await probe.reasonToLose(calendarID) == .calendarMissing
            else {
                throw GoogleCalendarError.refused(refusal)
            }
            return { $0.replaceCalendar() }
        }
    }

    private func rules(in calendarID: String) async throws -> [AclRule] {
        var rules: [AclRule] = []
        for try await page in try google.rules(in: calendarID) { rules += page.items ?? [] }
        return rules
    }

    /// - Parameter existing: a rule for this address that grants less, or nil.
    private func ask(for email: String, instead existing: AclRule?, in calendarID: String) async throws -> AclRule {
        if let id = existing?.id {
            return try await google.patchRule(id, AclRule(role: Self.coachRole), in: calendarID, notifies: false)
        }
        do {
            let rule = AclRule(role: Self.coachRole, scope: .init(type: "user", value: email))
            // Google's mail holds the link with which the coach adds the calendar to their own.
            return try await google.insertRule(rule, in: calendarID, notifies: true)
        } catch GoogleCalendarError.refused(let refusal) where refusal.status == 400 {
            throw ConnectingRefused(reason: .addressRejected, detail: GoogleCalendarError.refused(refusal).detail)
        }
    }
}

/// Connecting cannot go on before somebody acts.
struct ConnectingRefused: Error {
    var reason: SyncReason
    var detail: String
}

/// Connecting goes on by itself, at a moment that is known.
struct ConnectingPutOff: Error {
    var reason: SyncReason
    var until: Date
}
