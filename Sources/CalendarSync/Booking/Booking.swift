import Coaching
import Foundation
import GoogleCalendar
import Storage

/// A time that is to be taken, and the session that is to have it.
struct WantedTime: Sendable {
    var range: TimeRange
    var sessionID: String?
    /// With which it was kept until now.
    var holdID: String?
}

/// One attempt to book, as its transaction sees it.
struct Booking: Sendable {
    var rules: BookingRules
    /// What the coach's Google calendars said, by the time that they were asked about: busy and unknown times, and no others.
    var looks: [TimeRange: [TimeConflict]]
    var now: Date

    /// Somebody else changed the session after the calendars were asked about another time.
    struct Overtaken: Error {}
}

extension CoachingSession {
    func with(_ details: SessionDetails, _ status: Status) -> CoachingSession {
        var session = self
        session.details = details
        session.status = status
        return session
    }

    /// The time about which calendars have to be asked before.
    func timesTaken(after existing: CoachingSession?, holdID: String? = nil) -> [WantedTime] {
        guard takesTime(after: existing), let range = details.range else { return [] }
        return [WantedTime(range: range, sessionID: id, holdID: holdID)]
    }

    /// Whether it is at times that were not its own before.
    func isMore(than existing: CoachingSession?) -> Bool {
        guard status == .scheduled else { return false }
        guard let existing, existing.status == .scheduled else { return true }
        return details.startsAt < existing.details.startsAt || details.endsAt > existing.details.endsAt
    }

    /// Whether it needs time that has to be free: more of it, or what it had by permission.
    func takesTime(after existing: CoachingSession?) -> Bool {
        guard status == .scheduled, !details.allowsOverlap else { return false }
        return isMore(than: existing) || existing?.details.allowsOverlap == true
    }
}

extension Transaction {
    /// Makes sure that a session may have its time. The database has the last word when it is written.
    /// - Returns: what the caller should know.
    func take(
        _ session: CoachingSession, _ existing: CoachingSession?, _ booking: Booking, by actor: Person
    ) throws -> [TimeConflict] {
        guard session.takesTime(after: existing) else { return [] }
        guard let range = session.details.range else { return [] }
        return try require(WantedTime(range: range, sessionID: session.id), of: session.coachID, booking, by: actor)
    }

    /// The rule that every way of taking a coach's time obeys.
    /// - Returns: what the caller should know although it was allowed.
    func require(
        _ wanted: WantedTime, of coachID: String, _ booking: Booking, by actor: Person
    ) throws -> [TimeConflict] {
        if let obstacle = try obstacle(to: wanted.range, of: coachID, booking.rules, by: actor, now: booking.now) {
            throw SyncRefusal.notBookable(obstacle)
        }
        var conflicts = try conflicts(
            of: coachID, with: wanted.range, gap: booking.rules.gap, but: wanted.sessionID, for: actor, now: booking.now)
        guard let look = booking.looks[wanted.range] else {
            throw conflicts.isEmpty ? Booking.Overtaken() : SyncRefusal.timeTaken(conflicts)
        }
        var warnings: [TimeConflict] = []
        for conflict in look {
            if case .unknown = conflict, actor.role != .client || booking.rules.whenUnknown == .allow {
                warnings.append(conflict)
            } else {
                conflicts.append(conflict)
            }
        }
        if !conflicts.isEmpty { throw SyncRefusal.timeTaken(conflicts) }
        return warnings
    }

    /// Clients keep to the coach's rules.
    private func obstacle(
        to range: TimeRange, of coachID: String, _ rules: BookingRules, by actor: Person, now: Date
    ) throws -> Obstacle? {
        guard actor.role == .client else { return nil }
        return rules.obstacle(to: range, zone: try zone(of: coachID), taken: TakenTime(), now: now)
    }

    /// The times about which it is worth asking Google: not those that cannot be had whatever it says.
    fileprivate func worthAsking(_ times: [WantedTime], of coachID: String, by actor: Person, now: Date) throws -> [TimeRange] {
        let rules = try bookingRules(of: coachID)
        let possible = try times.filter { try obstacle(to: $0.range, of: coachID, rules, by: actor, now: now) == nil }
        // Several may step into one another's time.
        guard let only = possible.first, possible.count == 1 else { return possible.map(\.range) }
        let isFree = try conflicts(
            of: coachID, with: only.range, gap: rules.gap, but: only.sessionID, holdID: only.holdID, now: now
        ).isEmpty
        return isFree ? [only.range] : []
    }

    /// Where a coach works; UTC where nobody knows.
    func zone(of coachID: String) throws -> Zone { try person(coachID)?.timeZone.flatMap { Zone($0) } ?? .utc }
}

extension CalendarSyncService {
    /// Takes time of a coach in one transaction, after the coach's calendars were asked about it.
    /// - Parameters:
    ///   - plan: tells whose time is to be taken, and which.
    ///   - write: does it, or throws and leaves everything as it was.
    func book<Answer: Sendable>(
        by actor: Person, plan: @escaping @Sendable (any Transaction) throws -> (coachID: String, times: [WantedTime]),
        write: @escaping @Sendable (any Transaction, Booking) throws -> Answer
    ) async throws -> Answer {
        for _ in 0..<3 {
            let asked = now
            let (coachID, times) = try await database.read { transaction in
                let (coachID, times) = try plan(transaction)
                return (coachID, try transaction.worthAsking(times, of: coachID, by: actor, now: asked))
            }
            let looks = try await look(at: times, of: coachID, actor.role == .client ? .live : .interactive)
            let now = now
            do {
                let answer = try await database.write { transaction in
                    try write(transaction, Booking(rules: try transaction.bookingRules(of: coachID), looks: looks, now: now))
                }
                signal.notify()
                return answer
            } catch is Booking.Overtaken {
                continue
            }
        }
        throw SyncRefusal.busy
    }

    /// What would be in the way of a session, or may be. Nothing is taken by asking.
    /// - Parameter sessionID: the session that is to be there, which is not in its own way.
    public func conflicts(
        at range: TimeRange, of coachID: String, but sessionID: String?, by actor: Person
    ) async throws -> [TimeConflict] {
        guard range.end.timeIntervalSince(range.start) <= SessionDetails.longestDuration.seconds else {
            throw InvalidInput("durationMinutes", "must be from 1 to 1440 whole minutes")
        }
        let looks = try await look(at: [range], of: coachID, .live)
        let now = now
        return try await database.read { transaction in
            let gap = try transaction.bookingRules(of: coachID).gap
            return try transaction.conflicts(of: coachID, with: range, gap: gap, but: sessionID, for: actor, now: now)
                + looks[range, default: []]
        }
    }

    /// How long a booking waits for Google.
    static let patienceWhenBooking = Duration.milliseconds(1_500)
    /// What was read so recently is as good as asking again.
    static let freshFor: TimeInterval = 2

    /// Asks the coach's calendars about times that are about to be taken. Where they do not answer soon, what was busy when they were last
    /// read counts as busy, and the rest as unknown: a cache may hide a time, and never proves one free.
    private func look(at times: [TimeRange], of coachID: String, _ urgency: Urgency) async throws -> [TimeRange: [TimeConflict]]
    {
        var looks: [TimeRange: [TimeConflict]] = Dictionary(times.map { ($0, []) }, uniquingKeysWith: { first, _ in first })
        guard let start = times.map(\.start).min(), let end = times.map(\.end).max() else { return looks }
        let now = now
        let (sources, rules) = try await database.read { transaction in
            (try transaction.availabilitySources(of: coachID), try transaction.bookingRules(of: coachID))
        }
        guard !sources.isEmpty, let whole = TimeRange(start, end).map(rules.padded) else { return looks }
        let stale = sources.filter { source in
            source.error != nil || source.notifiedAt != nil || source.known?.contains(whole) != true
                || !(0...Self.freshFor).contains(now.timeIntervalSince(source.readAt ?? .distantPast))
        }
        let reader = BusyReader(sync: self, urgency: urgency, patience: Self.patienceWhenBooking)
        let answers = try await reader.read(stale.map(\.calendarID), in: whole)
        let (busy, changed) = try await database.read { transaction in
            var busy = try transaction.busyBlocks(of: coachID, in: whole)
            var changed: [AvailabilitySource] = []
            for source in stale {
                guard case .busy(let found) = answers[source.calendarID] else { continue }
                let known = busy[source.calendarID, default: TimeRanges()]
                let seen = try transaction.withoutOwnEvents(found, in: source.calendarID, of: coachID)
                if source.error != nil || seen.clamped(to: whole) != known.clamped(to: whole) { changed.append(source) }
                busy[source.calendarID] = seen
            }
            return (busy, changed)
        }
        for time in looks.keys {
            let padded = rules.padded(time)
            for source in sources {
                let found = busy[source.calendarID, default: TimeRanges()].filter { $0.overlaps(padded) }
                looks[time, default: []] += found.map { .busy($0) }
                if case .unknown(let reason) = answers[source.calendarID] {
                    looks[time, default: []].append(.unknown(padded, reason))
                }
            }
        }
        if !changed.isEmpty {
            // What else is new there is read soon.
            let noticed = self.now
            try await database.write { [changed] transaction in
                for source in changed { try transaction.markUnread(source, now: noticed) }
            }
            busySignal.notify()
        }
        return looks
    }
}

extension BookingRules {
    /// The time that has to be free for a session.
    fileprivate func padded(_ time: TimeRange) -> TimeRange {
        time.padded(before: Double(bufferBeforeMinutes) * 60, after: Double(bufferAfterMinutes) * 60)
    }
}

extension TimeRanges {
    fileprivate func clamped(to range: TimeRange) -> TimeRanges { intersection(TimeRanges([range])) }
}

extension Transaction {
    /// Something has changed in this calendar.
    func markUnread(_ source: AvailabilitySource, now: Date) throws {
        try execute(
            """
            UPDATE availability_source SET
                notified_at = CASE WHEN notified_at > \(now) THEN notified_at ELSE \(now) END,
                next_read_at = CASE WHEN next_read_at < \(now) THEN next_read_at ELSE \(now) END
            WHERE coach_id = \(source.coachID) AND calendar_id = \(source.calendarID)
            """)
    }
}

extension Transaction {
    /// - Throws: when there is one and the caller must not know it.
    func visibleSession(_ id: String, to actor: Person) throws -> CoachingSession? {
        guard let session = try session(id) else { return nil }
        guard actor.maySee(session) else { throw SyncRefusal.notFound }
        return session
    }
}
