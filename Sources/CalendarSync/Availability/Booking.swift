import Coaching
import Foundation
import GoogleCalendar
import Storage

/// What a coach's Google calendars said about a time that is about to be taken.
struct Look: Sendable {
    var range: TimeRange
    /// Busy and unknown times, and no others.
    var conflicts: [TimeConflict] = []
}

/// One attempt to book, as its transaction sees it.
struct Booking: Sendable {
    var rules: BookingRules
    /// By the time that was asked about.
    var looks: [TimeRange: Look]
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
    func timesTaken(after existing: CoachingSession?) -> [TimeRange] {
        takesTime(after: existing) ? [details.range].compactMap { $0 } : []
    }

    /// Whether it has time that was not its own before.
    func takesTime(after existing: CoachingSession?) -> Bool {
        guard status == .scheduled, !details.allowsOverlap else { return false }
        guard let existing, existing.status == .scheduled, !existing.details.allowsOverlap else { return true }
        return details.startsAt < existing.details.startsAt || details.endsAt > existing.details.endsAt
    }
}

extension Transaction {
    /// Makes sure that a session may have its time. The database has the last word when it is written.
    /// - Returns: what the caller should know.
    func take(
        _ session: CoachingSession, _ existing: CoachingSession?, _ booking: Booking, by actor: Person
    ) throws -> [TimeConflict] {
        guard session.takesTime(after: existing) else { return [] }
        guard let look = session.details.range.flatMap({ booking.looks[$0] }) else { throw Booking.Overtaken() }
        return try require(look, of: session.coachID, but: session.id, booking.rules, by: actor, now: booking.now)
    }

    /// The rule that every way of taking a coach's time obeys.
    /// - Parameters:
    ///   - sessionID: the session that is to take it.
    ///   - look: what the calendars said.
    /// - Returns: what the caller should know although it was allowed.
    func require(
        _ look: Look, of coachID: String, but sessionID: String?, _ rules: BookingRules, by actor: Person, now: Date
    ) throws -> [TimeConflict] {
        let isClient = actor.role == .client
        if isClient, let obstacle = rules.obstacle(to: look.range, zone: try zone(of: coachID), taken: TakenTime(), now: now) {
            throw SyncRefusal.notBookable(obstacle)
        }
        var conflicts = try conflicts(of: coachID, with: look.range, gap: rules.gap, but: sessionID, for: actor, now: now)
        var warnings: [TimeConflict] = []
        for conflict in look.conflicts {
            if case .unknown = conflict, !isClient || rules.whenUnknown == .allow {
                warnings.append(conflict)
            } else {
                conflicts.append(conflict)
            }
        }
        if !conflicts.isEmpty { throw SyncRefusal.timeTaken(conflicts) }
        return warnings
    }

    /// Where a coach works; UTC where nobody knows.
    func zone(of coachID: String) throws -> Zone { try person(coachID)?.timeZone.flatMap { Zone($0) } ?? .utc }

    func bookingRules(of coachID: String) throws -> BookingRules {
        guard let row = try row("SELECT rules FROM booking_rules WHERE coach_id = \(coachID)") else { return BookingRules() }
        return try JSONDecoder().decode(BookingRules.self, from: Data(try row.get("rules", as: String.self).utf8))
    }
}

extension CalendarSyncService {
    /// Takes time of a coach in one transaction, after the coach's calendars were asked about it.
    /// - Parameters:
    ///   - plan: tells whose time is to be taken, and which.
    ///   - write: does it, or throws and leaves everything as it was.
    func book<Answer: Sendable>(
        plan: @escaping @Sendable (any Transaction) throws -> (coachID: String, times: [TimeRange]),
        write: @escaping @Sendable (any Transaction, Booking) throws -> Answer
    ) async throws -> Answer {
        for _ in 0..<3 {
            let (coachID, times) = try await database.read(plan)
            let looks = try await look(at: times, of: coachID)
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

    /// How long a booking waits for Google.
    static let patienceWhenBooking = Duration.milliseconds(1_500)
    /// What was read so recently is as good as asking again.
    static let freshFor: TimeInterval = 2

    /// Asks the coach's calendars about times that are about to be taken. Where they do not answer soon, what was busy when they were last
    /// read counts as busy, and the rest as unknown: a cache may hide a time, and never proves one free.
    private func look(at times: [TimeRange], of coachID: String) async throws -> [TimeRange: Look] {
        var looks = Dictionary(times.map { ($0, Look(range: $0)) }, uniquingKeysWith: { first, _ in first })
        guard let start = times.map(\.start).min(), let end = times.map(\.end).max() else { return looks }
        let now = now
        let (sources, rules) = try await database.read { transaction in
            (try transaction.availabilitySources(of: coachID), try transaction.bookingRules(of: coachID))
        }
        guard !sources.isEmpty, let whole = TimeRange(start, end).map(rules.padded) else { return looks }
        let stale = sources.filter { source in
            source.error != nil || source.notifiedAt != nil || source.known?.contains(whole) != true
                || now.timeIntervalSince(source.readAt ?? .distantPast) > Self.freshFor
        }
        var client = client(.interactive)
        client.callTimeout = Self.patienceWhenBooking
        let answers = try await BusyReader(client: client).read(stale.map(\.calendarID), in: whole)
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
        for (time, look) in looks {
            let padded = rules.padded(time)
            var look = look
            for source in sources {
                look.conflicts += busy[source.calendarID, default: TimeRanges()].filter { $0.overlaps(padded) }.map {
                    .busy($0)
                }
                if case .unknown(let reason) = answers[source.calendarID] { look.conflicts.append(.unknown(padded, reason)) }
            }
            looks[time] = look
        }
        if !changed.isEmpty {
            // What else is new there is read soon.
            try await database.write { [changed] transaction in
                for source in changed { try transaction.markUnread(source, now: now) }
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
            UPDATE availability_source SET notified_at = \(now),
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
