import AsyncAlgorithms
import Foundation
import GoogleCalendar
import Logging
import ServiceLifecycle
import Storage

/// Brings pending changes to Google: takes lanes that have something to do, several at a time, each for a bounded turn.
public struct SyncWorker: Service, CustomStringConvertible {
    /// Lanes served at the same time by one process.
    package static let lanesAtOnce = 8
    /// How many of them are for lanes that people have just done something in, so that filling calendars never takes all.
    static let lanesForLiveChanges = 2
    /// Changes that one lane delivers before others have their turn, and how long its turn lasts at most.
    static let changesPerTurn = 20
    static let turn: TimeInterval = 2
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
        let alarm = Alarm()
        var lastLook = Date.distantFuture
        try await withThrowingDiscardingTaskGroup { group in
            for try await _ in triggers {
                do {
                    let now = sync.now
                    // At the first look nobody knows what time it was before.
                    if now < lastLook { try await mendTimes() }
                    lastLook = now
                    while let lease = try await claim(free: places.free) {
                        places.take()
                        group.addTask {
                            await serve(lease)
                            places.giveBack()
                            // There may be more to do, here or in a lane that found no place.
                            sync.signal.notify()
                        }
                    }
                    guard let due = try await nextWork(), alarm.set(for: due) else { continue }
                    group.addTask {
                        try? await sync.time.sleep(.seconds(max(0, due.timeIntervalSince(sync.now))))
                        alarm.ring(due)
                        sync.signal.notify()
                    }
                } catch {
                    sync.logger.error("looking for work failed", metadata: ["error": "\(error)"])
                }
            }
        }
    }

    /// Takes the lane that is next, live ones first.
    /// - Parameter free: how many lanes this process could serve beside those it serves.
    /// - Returns: nil when there is nothing to do, or no budget or no place to do it.
    package func claim(free: Int = lanesAtOnce) async throws -> LaneLease? {
        let governor = sync.governor
        for (urgency, kept) in [(Urgency.live, 0), (.backfill, Self.lanesForLiveChanges)] where free > kept {
            while true {
                let now = sync.now
                // Most looks find nothing, and a read keeps no writer waiting.
                let next = try await sync.database.read { transaction -> String? in
                    guard try governor.wait(for: urgency, in: transaction, now: now) == nil else { return nil }
                    let mayChange = try governor.pause(.changes, in: transaction, now: now) == nil
                    return try transaction.nextLane(of: governor.account, urgency, mayChange: mayChange, now: now)
                }
                guard let coachID = next else { break }
                let lease = try await sync.database.write { [owner] in try $0.claimLane(of: coachID, owner: owner, now: now) }
                if let lease { return lease }
            }
        }
        return nil
    }

    /// After the clock was set back, what was put off until a moment that is now far ahead is due.
    package func mendTimes() async throws {
        let now = sync.now
        try await sync.database.write { try $0.mendTimes(now: now) }
    }

    /// The moment of the next work, if the next poll would find it too late.
    private func nextWork() async throws -> Date? {
        let now = sync.now
        let governor = sync.governor
        let due = try await sync.database.read { transaction in
            let budget = try governor.wait(for: .backfill, in: transaction, now: now)
            return [try transaction.nextWork(after: now), budget].compactMap { $0 }.min()
        }
        guard let due, due.timeIntervalSince(now) < Self.pollInterval.seconds else { return nil }
        return due
    }

    /// One turn of a lane. Every failure is written down there or, when even that fails, logged; the lease then runs out.
    package func serve(_ lease: LaneLease) async {
        do {
            let began = sync.now
            var lease: LaneLease? = lease
            if let held = lease { lease = try await sync.resumeConnecting(held) }
            for _ in 0..<Self.changesPerTurn {
                guard let held = lease, !Task.isCancelled, !Task.isShuttingDownGracefully,
                    sync.now.timeIntervalSince(began) < Self.turn, let work = try await begin(held)
                else { break }
                lease = try await deliver(work, held)
            }
            if let held = lease { lease = try await sync.auditIfDue(held) }
            if let held = lease {
                let now = sync.now
                try await sync.database.write { try $0.release(held, now: now) }
            }
        } catch {
            sync.logger.error("lane stopped", metadata: ["coach": "\(lease.coachID)", "error": "\(error)"])
        }
    }

    /// Takes the next change up, with everything that has to be on record before Google is asked.
    func begin(_ lease: LaneLease) async throws -> PlannedChange? {
        let now = sync.now
        let (publicURL, governor) = (sync.publicURL, sync.governor)
        return try await sync.database.write {
            try $0.beginNextChange(lease, publicURL: publicURL, governor: governor, now: now)
        }
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

    /// Asks Google for what is planned.
    func perform(_ work: PlannedChange, _ lease: LaneLease) async throws -> Outcome {
        let delivery = Delivery(
            sessionID: work.change.sessionID, calendarID: work.calendarID, client: sync.client(.interactive, prepaid: 1),
            lease: lease, now: sync.time.now, intend: { try await intend($0, lease) })
        do {
            return .delivered(try await delivery.perform(work.plan))
        } catch {
            guard let outcome = Outcome(error) else { throw error }
            return outcome
        }
    }

    /// - Returns: the lease for the next change; nil when this turn is over.
    private func deliver(_ work: PlannedChange, _ lease: LaneLease) async throws -> LaneLease? {
        var logger = sync.logger
        logger[metadataKey: "coach"] = "\(lease.coachID)"
        logger[metadataKey: "session"] = "\(work.change.sessionID)"
        let outcome: Outcome
        do {
            outcome = try await perform(work, lease)
        } catch {
            let isExpected = error is Governor.HeldBack || error is Delivery.Unwanted || error is CancellationError
            logger.log(level: isExpected ? .debug : .error, "delivery interrupted", metadata: ["error": "\(error)"])
            let now = sync.now
            try await sync.database.write { try $0.release(lease, now: now) }
            return nil
        }
        if case .failed = outcome {
            logger.warning("delivery failed", metadata: ["outcome": "\(outcome)", "attempt": "\(work.change.attempts + 1)"])
        } else {
            logger.debug("change delivered", metadata: ["attempt": "\(work.change.attempts + 1)"])
        }
        let now = sync.now
        let governor = sync.governor
        return try await sync.database.write { transaction in
            let next = try transaction.record(outcome, of: work.change, lease: lease, governor: governor, now: now)
            if next == nil { try transaction.release(lease, now: now) }
            return next
        }
    }
}
