import AsyncAlgorithms
import Coaching
import Foundation
import GoogleCalendar
import Logging
import ServiceLifecycle
import Storage

/// Brings pending changes to Google: takes lanes that have something to do, several at a time, each for a bounded turn.
public struct SyncWorker: Service, CustomStringConvertible {
    /// Lanes served at the same time by one process.
    static let lanesAtOnce = 8
    /// Changes that one lane delivers before others have their turn.
    static let changesPerTurn = 20
    /// How often to look for work of which nobody told us: of other processes, or of lanes whose owner died.
    static let pollInterval = Duration.seconds(1)

    let sync: CalendarSyncService
    /// Tells this worker from all others, for leases.
    let owner = UUID().uuidString

    public var description: String { "SyncWorker" }

    public func run() async throws {
        let ticks = AsyncTimerSequence(interval: Self.pollInterval, clock: .continuous).map { _ in }
        try await run(triggers: merge(sync.signal.notifications, ticks).cancelOnGracefulShutdown())
    }

    /// Looks for work at every trigger, and ends with the last one, once all lanes are given back.
    func run<Triggers: AsyncSequence>(triggers: Triggers) async throws where Triggers.Element == Void {
        let places = Places(Self.lanesAtOnce)
        try await withThrowingDiscardingTaskGroup { group in
            for try await _ in triggers {
                do {
                    while places.areFree, let lease = try await claim() {
                        places.take()
                        group.addTask {
                            await serve(lease)
                            places.giveBack()
                            // There may be more to do, here or in a lane that found no place.
                            sync.signal.notify()
                        }
                    }
                    guard let wait = try await timeToNextWork() else { continue }
                    group.addTask {
                        try? await sync.time.sleep(wait)
                        sync.signal.notify()
                    }
                } catch {
                    sync.logger.error("looking for work failed", metadata: ["error": "\(error)"])
                }
            }
        }
    }

    private func claim() async throws -> LaneLease? {
        while true {
            let now = sync.now
            // Most looks find nothing, and a read keeps no writer waiting.
            let account = sync.google.serviceAccount
            guard let coachID = try await sync.database.read({ try $0.nextLane(of: account, now: now) }) else { return nil }
            let lease = try await sync.database.write { [owner] in try $0.claimLane(of: coachID, owner: owner, now: now) }
            if let lease { return lease }
        }
    }

    /// How long until something is due that the next poll would find too late.
    private func timeToNextWork() async throws -> Duration? {
        let now = sync.now
        guard let due = try await sync.database.read({ try $0.nextWork(after: now) }) else { return nil }
        let wait = Duration.seconds(due.timeIntervalSince(now))
        return wait < Self.pollInterval ? wait : nil
    }

    /// One turn of a lane. Every failure is written down there or, when even that fails, logged; the lease then runs out.
    func serve(_ lease: LaneLease) async {
        do {
            var lease: LaneLease? = lease
            if let held = lease { lease = try await sync.resumeConnecting(held) }
            for _ in 0..<Self.changesPerTurn {
                guard let held = lease, !Task.isCancelled, !Task.isShuttingDownGracefully,
                    let work = try await nextChange(held)
                else { break }
                lease = try await deliver(work, held)
            }
            if let held = lease {
                let now = sync.now
                try await sync.database.write { try $0.release(held, now: now) }
            }
        } catch {
            sync.logger.error("lane stopped", metadata: ["coach": "\(lease.coachID)", "error": "\(error)"])
        }
    }

    private func nextChange(_ lease: LaneLease) async throws -> PlannedChange? {
        let now = sync.now
        let publicURL = sync.publicURL
        return try await sync.database.read { try $0.nextChange(of: lease.coachID, publicURL: publicURL, now: now) }
    }

    func intend(_ event: GoogleCalendarEvent, _ lease: LaneLease) async throws {
        let now = sync.now
        try await sync.database.write { transaction in
            // The lease keeps its end, by which the call that follows is limited.
            guard try transaction.renew(lease, now: now) != nil,
                try transaction.connection(of: lease.coachID)?.isConnected == true
            else { throw Delivery.Unwanted() }
            try transaction.save(event)
        }
    }

    /// - Returns: the lease for the next change; nil when this turn is over.
    private func deliver(_ work: PlannedChange, _ lease: LaneLease) async throws -> LaneLease? {
        var logger = sync.logger
        logger[metadataKey: "coach"] = "\(lease.coachID)"
        logger[metadataKey: "session"] = "\(work.change.sessionID)"
        let outcome: Outcome
        do {
            let delivery = Delivery(
                sessionID: work.change.sessionID, calendarID: work.calendarID, client: sync.google, lease: lease,
                now: sync.time.now, intend: { try await intend($0, lease) })
            outcome = .delivered(try await delivery.perform(work.plan))
            logger.debug("change delivered", metadata: ["attempt": "\(work.change.attempts + 1)"])
        } catch {
            guard let failure = Outcome(error) else {
                logger.debug("delivery interrupted", metadata: ["error": "\(error)"])
                let now = sync.now
                try await sync.database.write { try $0.release(lease, now: now) }
                return nil
            }
            outcome = failure
            logger.warning("delivery failed", metadata: ["outcome": "\(failure)", "attempt": "\(work.change.attempts + 1)"])
        }
        let now = sync.now
        let next = try await sync.database.write { try $0.record(outcome, of: work.change, lease: lease, now: now) }
        if next == nil { try await sync.database.write { try $0.release(lease, now: now) } }
        return next
    }
}

/// A change and what to do about it, read in one transaction.
struct PlannedChange: Sendable {
    var change: PendingChange
    var calendarID: String
    var plan: SyncPlan
}

extension Transaction {
    func nextChange(of coachID: String, publicURL: URL, now: Date) throws -> PlannedChange? {
        guard let connection = try connection(of: coachID), let calendarID = connection.calendarID,
            connection.isConnected || connection.removalRequestedAt != nil,
            let change = try row(
                """
                SELECT * FROM pending_change
                WHERE coach_id = \(coachID) AND parked_at IS NULL AND not_before <= \(now)
                ORDER BY not_before LIMIT 1
                """
            ).map({ try PendingChange($0) }),
            let session = try session(change.sessionID)
        else { return nil }
        let style = EventStyle(
            words: EventWords(locale: try person(coachID)?.locale), detailLevel: connection.detailLevel,
            colorID: connection.colorID, publicURL: publicURL)
        let isWanted = connection.isConnected && session.status == .scheduled
        let plan = SyncPlanner.plan(
            wanted: isWanted ? WantedEvent(session.shared, style: style) : nil, known: try event(of: session.id),
            calendarID: calendarID)
        return PlannedChange(change: change, calendarID: calendarID, plan: plan)
    }
}
