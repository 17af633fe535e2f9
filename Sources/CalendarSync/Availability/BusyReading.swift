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
    /// Until then nobody else reads a calendar that somebody has begun to read.
    private static let claim: TimeInterval = 60

    let sync: CalendarSyncService
    /// How often a calendar is read of which nothing is heard.
    let interval: TimeInterval

    public var description: String { "BusyReading" }

    public func run() async throws {
        let ticks = AsyncTimerSequence(interval: SyncWorker.pollInterval, clock: .continuous).map { _ in }
        for try await _ in merge(sync.busySignal.notifications, ticks).cancelOnGracefulShutdown() {
            do {
                while try await readSome() {}
                try await sync.tendChannels()
            } catch {
                if error is CancellationError { return }
                sync.logger.error("reading calendars failed", metadata: ["error": "\(error)"])
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
        let answers = try await BusyReader(client: sync.client(.live)).read(calendars, in: range)
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
        let now = now
        let isStale = try await database.write { transaction in
            var isStale = false
            for claimed in sources {
                // It may have been taken out meanwhile, or read by somebody else who began later.
                guard let answer = answers[claimed.calendarID],
                    var source = try transaction.availabilitySource(claimed.coachID, claimed.calendarID),
                    source.readAt ?? .distantPast <= began
                else { continue }
                switch answer {
                case .busy(let found):
                    let busy = try transaction.withoutOwnEvents(found, in: source.calendarID, of: source.coachID)
                    try transaction.noteConflicts(of: source, new: busy, in: range, now: now)
                    try transaction.replaceBusyBlocks(of: source, by: busy)
                    source.readAt = began
                    source.known = range
                    source.error = nil
                    source.failures = 0
                    source.nextReadAt = now + interval * (0.9 + Backoff.fraction(of: source.calendarID, 0) / 5)
                case .unknown(let reason):
                    source.error = reason
                    source.failures += 1
                    source.nextReadAt = now + Backoff.calendar(afterFailures: source.failures, of: source.calendarID)
                }
                // A message that came while Google was being asked may be about something newer than the answer.
                if let notified = source.notifiedAt, notified <= began, source.error == nil { source.notifiedAt = nil }
                if source.notifiedAt != nil, source.error == nil {
                    source.nextReadAt = now
                    isStale = true
                }
                try transaction.save(source)
            }
            return isStale
        }
        if isStale { busySignal.notify() }
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
            ORDER BY s.next_read_at LIMIT \(BusyReader.mostCalendars)
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

    /// A session that was agreed on is not undone by what its coach writes into Google later; but both sides are told.
    fileprivate func noteConflicts(of source: AvailabilitySource, new busy: TimeRanges, in range: TimeRange, now: Date) throws {
        let before = try busyBlocks(of: source.coachID, in: range)[source.calendarID, default: TimeRanges()]
        for block in busy.subtracting(before) where block.end > now {
            let sessions = try rows(
                """
                SELECT id FROM coaching_session
                WHERE coach_id = \(source.coachID) AND status = 'scheduled' AND allows_overlap = 0 AND ends_at > \(now)
                    AND starts_at < \(block.end) AND ends_at > \(block.start)
                    AND starts_at > \(block.start - SessionDetails.longestDuration.seconds)
                """)
            for row in sessions { try note(.conflictFound, of: try row.get("id"), now: now) }
        }
    }

    /// Times at which the coach's Google calendars are busy although there is a session.
    func overlaps(of session: CoachingSession) throws -> [BusyBlock] {
        guard session.status == .scheduled, !session.details.allowsOverlap, let range = session.details.range else { return [] }
        let sources = try availabilitySources(of: session.coachID).map(\.calendarID)
        if sources.isEmpty { return [] }
        return try busyBlocks(of: session.coachID, in: range).sorted { $0.key < $1.key }
            .filter { sources.contains($0.key) }
            .flatMap { calendar, blocks in blocks.map { BusyBlock(calendarID: calendar, range: $0) } }
    }
}
