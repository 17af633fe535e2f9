import Coaching
import Foundation
import Storage

/// What became of a series that was asked for.
public struct SeriesReport: Sendable, Equatable {
    /// A date on which there is no session.
    public struct Skipped: Sendable, Equatable {
        public enum Why: Sendable, Equatable {
            case timeTaken([TimeConflict])
            case notBookable(Obstacle)
            /// Clocks skip that time; this is the same distance after the jump.
            case clocksSkipIt(suggestion: Date)
        }

        /// From 1.
        public var number: Int
        /// What clocks in the session's zone would show.
        public var reading: String
        public var why: Why
    }

    public var seriesID: String
    public var sessions: [SyncedSession]
    public var skipped: [Skipped]
    /// Whether any session is new.
    public var isNew: Bool
}

extension CalendarSyncService {
    /// What a series does where a date cannot be had.
    public enum SeriesPolicy: String, Sendable, CaseIterable {
        /// Nothing is booked.
        case all
        /// The others are booked, and it is told which are missing.
        case free
    }

    /// From the first date of a series to its last.
    public static let longestSeries: TimeInterval = 5 * 366 * 24 * 60 * 60
    /// The longest that the id of a series may be: its sessions are called `{id}-{number}`.
    public static let longestSeriesID = 120

    /// Creates or updates sessions at the same local time, every so many weeks, in one transaction. Each is a session of its own.
    /// - Parameters:
    ///   - details: of each of them; the start is that of the first, as `first` says.
    ///   - first: the wall time of the first, in the zone of `details`.
    public func putSeries(
        _ id: String, coachID: String?, details: SessionDetails, first: WallTime, _ series: WeeklySeries,
        _ policy: SeriesPolicy,
        by actor: Person
    ) async throws -> SeriesReport {
        guard Identifier.isValid(id), id.utf8.count <= Self.longestSeriesID else {
            throw InvalidInput("id", Identifier.rule + ", at most \(Self.longestSeriesID) of them")
        }
        let coachID = try actor.coachOfNewSession(asked: coachID)
        let details = try actor.wanted(details)
        guard let zone = Zone(details.timeZone) else { throw InvalidInput("timeZone", Zone.rule) }
        let violations = series.violations(from: first, in: zone)
        if !violations.isEmpty { throw InvalidInput(violations) }
        let dates = series.occurrences(from: first, in: zone)
        if let start = try? dates.first?.result.get(), let end = try? dates.last?.result.get(),
            end.timeIntervalSince(start) > Self.longestSeries
        {
            throw InvalidInput("everyWeeks", "goes on for more than five years; take fewer dates")
        }
        @Sendable func dated(_ start: Date) -> SessionDetails {
            var each = details
            each.startsAt = start
            return each
        }
        let times = dates.compactMap { date in
            (try? dated(date.result.get()).range).map { WantedTime(range: $0, sessionID: "\(id)-\(date.number)") }
        }
        return try await book(by: actor) { _ in
            (coachID, times)
        } write: { transaction, booking in
            var report = SeriesReport(seriesID: id, sessions: [], skipped: [], isNew: false)
            // A series that moves goes on step by step into the time that it leaves.
            let before = try transaction.session("\(id)-1")?.details.startsAt
            let isLater = before.map { details.startsAt > $0 } ?? false
            for date in isLater ? dates.reversed() : dates {
                let why: SeriesReport.Skipped.Why
                do {
                    let (session, isNew) = try transaction.put(
                        "\(id)-\(date.number)", coachID: coachID, dated(try date.result.get()), seriesID: id, booking, by: actor
                    )
                    report.sessions.append(session)
                    if isNew { report.isNew = true }
                    continue
                } catch SyncRefusal.timeTaken(let conflicts) {
                    why = .timeTaken(conflicts)
                } catch SyncRefusal.notBookable(let obstacle) {
                    why = .notBookable(obstacle)
                } catch WallTime.Refusal.skipped(let suggestion) {
                    why = .clocksSkipIt(suggestion: suggestion)
                }
                report.skipped.append(.init(number: date.number, reading: date.reading, why: why))
            }
            if isLater {
                report.sessions.reverse()
                report.skipped.reverse()
            }
            if policy == .all, !report.skipped.isEmpty { throw SyncRefusal.seriesNotFree(report.skipped) }
            return report
        }
    }

    /// Changes a session and all after it in its series; see ``edit(_:by:change:)``. A new time is as much earlier or later for each of
    /// them, on the clocks of its zone. All are changed or none.
    public func editFollowing(
        _ id: String, by actor: Person, change: @escaping @Sendable (inout SessionDetails) throws -> Void
    ) async throws -> [SyncedSession] {
        @Sendable func edited(_ transaction: any Transaction) throws -> [(before: CoachingSession, after: CoachingSession)] {
            let all = try transaction.following(id, by: actor)
            guard let anchor = all.first else { throw SyncRefusal.notFound }
            var first = anchor.details
            try change(&first)
            let shift = try first.localReading.timeIntervalSince(anchor.details.localReading)
            let changes = try all.map { session in
                var details = session.details
                try change(&details)
                details.startsAt = first.startsAt
                if session != anchor {
                    details.startsAt = try (session.details.localReading + shift).instant(
                        onClocksOf: first.timeZone, in: session)
                }
                return (session, session.with(actor.wanted(try actor.wanted(details), after: session), session.status))
            }
            // One after the other steps into the time that the one before it has left.
            return first.startsAt > anchor.details.startsAt ? changes.reversed() : changes
        }
        return try await book(by: actor) { transaction in
            let changes = try edited(transaction)
            return (changes.first?.before.coachID ?? "", changes.flatMap { $0.after.timesTaken(after: $0.before) })
        } write: { transaction, booking in
            var warnings: [String: [TimeConflict]] = [:]
            for (before, after) in try edited(transaction) {
                warnings[before.id] = try transaction.change(before, to: after, booking, by: actor)
            }
            return try transaction.following(id, by: actor).map { session in
                try transaction.synced(session, warnings[session.id] ?? [], now: booking.now)
            }
        }
    }

    /// Cancels a session and all after it in its series.
    public func cancelFollowing(_ id: String, by actor: Person) async throws -> [SyncedSession] {
        let now = now
        let answer = try await database.write { transaction in
            try transaction.following(id, by: actor).map { session in
                try transaction.synced(try transaction.cancel(session, now: now), now: now)
            }
        }
        signal.notify()
        return answer
    }

    /// Clocks of a zone were given new rules: sessions to come keep the local time that was agreed on. To be called when the program starts,
    /// which is when it learns of them.
    /// - Returns: how many were moved.
    public func keepLocalTimes() async throws -> Int {
        let now = now
        // Nobody waits while all are looked through.
        let moves = try await database.read { transaction in
            try transaction.rows(
                """
                SELECT id, time_zone, starts_at, local_start FROM coaching_session
                WHERE status = 'scheduled' AND starts_at > \(now) AND local_start IS NOT NULL
                """
            ).compactMap { try Move($0) }
        }
        // One after the other steps into the time that the one before it has left.
        let later = moves.filter { $0.to > $0.from }.sorted { $0.from > $1.from }
        let earlier = moves.filter { $0.to < $0.from }.sorted { $0.from < $1.from }
        for move in later + earlier { try await database.write { try $0.make(move, now: now) } }
        if !moves.isEmpty { signal.notify() }
        return moves.count
    }
}

/// A session that is to keep its local time.
private struct Move: Sendable {
    var id: String
    var from: Date
    var to: Date

    /// Nil when clocks still show at that point in time what they were to show.
    init?(_ row: Row) throws {
        id = try row.get("id")
        from = try row.get("starts_at")
        let agreed: String = try row.get("local_start")
        guard let zone = Zone(try row.get("time_zone")), !zone.rfc3339(from).hasPrefix(agreed), let time = WallTime(agreed)
        else {
            return nil
        }
        do throws(WallTime.Refusal) {
            to = try time.instant(in: zone)
        } catch {
            switch error {
            case .skipped(let suggestion): to = suggestion
            case .repeated(let earlier, _): to = earlier
            }
        }
        if to == from { return nil }
    }
}

extension Transaction {
    fileprivate func make(_ move: Move, now: Date) throws {
        guard var session = try session(move.id), session.status == .scheduled, session.details.startsAt == move.from else {
            return
        }
        let before = session
        session.details.startsAt = move.to
        let gap = try bookingRules(of: session.coachID).gap
        // Where it meets another one now, that is nobody's fault.
        if let range = session.details.range,
            try !conflicts(of: session.coachID, with: range, gap: gap, but: session.id, now: now).isEmpty
        {
            session.details.allowsOverlap = true
        }
        session.revision += 1
        session.updatedAt = now
        try update(session, gap: gap, isMore: session.isMore(than: before))
        try note(.sessionMovedWithZone, of: session.id, now: now)
        try markPending(session.id, of: session.coachID, now: now, settles: false)
    }
}

extension SessionDetails {
    /// What clocks in the session's zone show at its start, as if they showed UTC.
    fileprivate var localReading: Date {
        get throws {
            guard let zone = Zone(timeZone) else { throw InvalidInput("timeZone", Zone.rule) }
            return startsAt + TimeInterval(zone.timeZone.secondsFromGMT(for: startsAt))
        }
    }
}

extension Date {
    /// This reading of a clock as a point in time; of two it is the earlier.
    fileprivate func instant(onClocksOf name: String, in session: CoachingSession) throws -> Date {
        let reading = String(formatted(.iso8601).prefix(19))
        guard let zone = Zone(name), let time = WallTime(reading) else { throw InvalidInput("timeZone", Zone.rule) }
        do {
            return try time.instant(in: zone)
        } catch WallTime.Refusal.repeated(let earlier, _) {
            return earlier
        } catch WallTime.Refusal.skipped(let suggestion) {
            throw InvalidInput(
                "startsAt",
                "does not exist for \(session.id): clocks in \(name) skip \(reading); change that one alone, for example to "
                    + zone.rfc3339(suggestion))
        }
    }
}

extension Transaction {
    /// A session and those of its series that begin later and are not cancelled; alone if it is in none.
    fileprivate func following(_ id: String, by actor: Person) throws -> [CoachingSession] {
        guard let anchor = try visibleSession(id, to: actor) else { throw SyncRefusal.notFound }
        guard let series = anchor.seriesID else { return [anchor] }
        let later = try rows(
            """
            SELECT * FROM coaching_session
            WHERE series_id = \(series) AND starts_at > \(anchor.details.startsAt) AND status = 'scheduled' AND coach_id = \(anchor.coachID)
            ORDER BY starts_at
            """
        ).map { try CoachingSession($0) }
        return [anchor] + later.filter { actor.maySee($0) }
    }
}
