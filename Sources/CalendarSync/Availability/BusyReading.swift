import AsyncAlgorithms
import Coaching
import Foundation
import GoogleCalendar
import Logging
import ServiceLifecycle
import Storage

/// Keeps what is stored of coaches' Google calendars close to the truth: reads them when Google says that they have changed, and from time
/// to time, since Google drops some of its messages.
public struct BusyReading: Service, CustomStringConvertible {
    /// How far back and ahead is read: two of the longest stretches that Google answers for.
    static let past: TimeInterval = 24 * 60 * 60
    static let ahead: TimeInterval = 2 * BusyReader.longestRange - past
    /// A calendar that changes all the time is not read more often.
    static let shortestInterval: TimeInterval = 1
    /// Until then nobody else reads a calendar that somebody has begun to read.
    private static let claim: TimeInterval = 60

    let sync: CalendarSyncService
    /// How often a calendar is read of which nothing is heard.
    let interval: TimeInterval

    public var description: String { "BusyReading" }

    public func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            // Apart from each other: a channel that takes long to open keeps no calendar from being read.
            group.addTask {
                let ticks = AsyncTimerSequence(interval: SyncWorker.pollInterval, clock: .continuous).map { _ in }
                try await attempt(at: merge(sync.busySignal.notifications, ticks).cancelOnGracefulShutdown()) {
                    while try await readSome() {}
                }
            }
            group.addTask {
                let ticks = AsyncTimerSequence(interval: SyncWorker.pollInterval, clock: .continuous).map { _ in }
                try await attempt(at: ticks.cancelOnGracefulShutdown()) { try await sync.tendChannels() }
            }
        }
    }

    private func attempt<Triggers: AsyncSequence>(
        at triggers: Triggers, _ work: () async throws -> Void
    ) async throws where Triggers.Element == Void {
        for try await _ in triggers {
            do {
                try await work()
            } catch is CancellationError {
                return
            } catch {
                sync.logger.error("looking after calendars failed", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Reads as many calendars as fit into one question.
    /// - Returns: false when none is due.
    package func readSome() async throws -> Bool {
        let now = sync.now
        let account = sync.google.serviceAccount
        let due = try await sync.database.read { transaction in
            // The budget is shared with what people have just done, which comes first.
            if try sync.governor.wait(for: .live, in: transaction, now: now) != nil { return false }
            return try !transaction.dueSources(of: account, by: now).isEmpty
        }
        guard due else { return false }
        // One question is as good for fifty calendars as for one, so those that are due soon come along.
        let soon = now + interval / 5
        let sources = try await sync.database.write { try $0.claimSources(of: account, by: soon, until: now + Self.claim) }
        guard !sources.isEmpty, let range = TimeRange(now - Self.past, now + Self.ahead) else { return false }
        // Two coaches may share a calendar.
        let calendars = Set(sources.map(\.calendarID)).sorted()
        let answers = try await BusyReader(sync: sync, urgency: .live).read(calendars, in: range)
        try await sync.store(answers, of: sources, in: range, began: now, interval: interval)
        return true
    }
}

extension CalendarSyncService {
    /// Writes down what was read, and tells sessions that are overlapped now.
    /// - Parameter began: when Google was asked. What changed after that is read again.
    func store(
        _ answers: [String: BusyReader.Answer], of sources: [AvailabilitySource], in range: TimeRange, began: Date,
        interval: TimeInterval
    ) async throws {
        for source in sources {
            guard let answer = answers[source.calendarID] else { continue }
            let now = now
            // Each alone, so that a booking need not wait for all.
            try await database.write { transaction in
                try transaction.store(answer, of: source, in: range, began: began, interval: interval, now: now)
            }
        }
    }
}

extension Transaction {
    fileprivate func store(
        _ answer: BusyReader.Answer, of claimed: AvailabilitySource, in range: TimeRange, began: Date, interval: TimeInterval,
        now: Date
    ) throws {
        // It may have been taken out meanwhile, or read by somebody else who began later.
        guard var source = try availabilitySource(claimed.coachID, claimed.calendarID),
            source.readAt ?? .distantPast <= began || source.readAt ?? .distantPast > now + LaneLease.clockDifference
        else { return }
        switch answer {
        case .busy(let found):
            let busy = try withoutOwnEvents(found, in: source.calendarID, of: source.coachID)
            let before = try busyBlocks(of: source)
            if busy != before {
                try noteConflicts(of: source.coachID, new: busy.subtracting(before), now: now)
                try replaceBusyBlocks(of: source, by: busy)
            }
            source.readAt = began
            source.known = range
            source.error = nil
            source.failures = 0
            source.nextReadAt = now + interval * (0.9 + Backoff.fraction(of: source.calendarID, 0) / 5)
            // A message that came while Google was being asked may be about something newer than the answer.
            if let notified = source.notifiedAt, notified > began {
                source.nextReadAt = now + BusyReading.shortestInterval
            } else {
                source.notifiedAt = nil
            }
        case .unknown(let reason):
            source.error = reason
            source.failures += 1
            source.nextReadAt = now + Backoff.calendar(afterFailures: source.failures, of: source.calendarID)
        }
        try save(source)
    }
}

extension Transaction {
    func availabilitySource(_ coachID: String, _ calendarID: String) throws -> AvailabilitySource? {
        try row("SELECT * FROM availability_source WHERE coach_id = \(coachID) AND calendar_id = \(calendarID)")
            .map { try AvailabilitySource($0) }
    }

    fileprivate func dueSources(of account: String, by date: Date) throws -> [AvailabilitySource] {
        try rows(
            """
            SELECT s.* FROM availability_source s JOIN user_calendar_connection c ON c.user_id = s.coach_id
            WHERE s.service_account = \(account) AND s.next_read_at <= \(date) AND c.state <> 'disconnected'
            ORDER BY s.notified_at IS NULL, s.next_read_at LIMIT \(BusyReader.mostCalendars)
            """
        ).map { try AvailabilitySource($0) }
    }

    fileprivate func claimSources(of account: String, by date: Date, until: Date) throws -> [AvailabilitySource] {
        let sources = try dueSources(of: account, by: date)
        for source in sources {
            try execute(
                """
                UPDATE availability_source SET next_read_at = \(until)
                WHERE coach_id = \(source.coachID) AND calendar_id = \(source.calendarID)
                """)
        }
        return sources
    }

    /// A session that was agreed on is not undone by what its coach writes into Google later; but it is told.
    private func noteConflicts(of coachID: String, new busy: TimeRanges, now: Date) throws {
        guard let first = busy.first, let last = busy.last else { return }
        let sessions = try rows(
            """
            SELECT id, starts_at, ends_at FROM coaching_session
            WHERE coach_id = \(coachID) AND status = 'scheduled' AND allows_overlap = 0 AND ends_at > \(now)
                AND starts_at < \(last.end) AND ends_at > \(first.start)
                AND starts_at > \(first.start - SessionDetails.longestDuration.seconds)
            """)
        for row in sessions {
            let range = try TimeRange(row)
            if busy.contains(where: { $0.overlaps(range) }) { try note(.conflictFound, of: try row.get("id"), now: now) }
        }
    }

    /// Times at which Google calendars are busy although there is a session, by the session's id. Nobody minds those that are over.
    func overlaps(of sessions: [CoachingSession], now: Date) throws -> [String: [BusyBlock]] {
        var found: [String: [BusyBlock]] = [:]
        let open = sessions.filter { $0.status == .scheduled && !$0.details.allowsOverlap && $0.details.endsAt > now }
        for (coachID, sessions) in Dictionary(grouping: open, by: \.coachID) {
            let times = sessions.compactMap { session in session.details.range.map { (session.id, $0) } }
            let calendars = try availabilitySources(of: coachID).map(\.calendarID)
            guard !calendars.isEmpty, let start = times.map(\.1.start).min(), let end = times.map(\.1.end).max(),
                let whole = TimeRange(start, end)
            else { continue }
            let blocks = try busyBlocks(of: coachID, in: whole)
            for calendar in calendars {
                for block in blocks[calendar, default: TimeRanges()] {
                    for (id, time) in times where time.overlaps(block) {
                        found[id, default: []].append(BusyBlock(calendarID: calendar, range: block))
                    }
                }
            }
        }
        return found
    }
}
