import Foundation

/// How many calls may be made now: a bucket that fills steadily, a little below the limit. Pure.
///
/// In any 60 seconds at most `capacity + debt + steady rate` calls are made, which is the limit: Google's sliding window is never
/// overrun, however calls are bunched. 95.5 % of it is the steady rate, and of small limits less.
struct Budget: Sendable, Equatable {
    /// How much of the limit can be saved up while nothing is sent.
    static let savedShare = 0.02
    /// How far calls that cannot be put off may overdraw.
    static let debtShare = 0.025

    /// After a refusal by rate, the rate is halved, and comes back by one hundredth a second.
    static let slowestRate = 0.1
    static let recoveryPerSecond = 0.01
    /// Refusals that come together are one.
    static let refusalsAreOneFor: TimeInterval = 5

    /// In calls; negative when overdrawn.
    var level: Double
    var levelAt: Date
    /// The share of the steady rate that was left right after the last refusal.
    var rateAfterRefusal: Double
    var refusedAt: Date?

    init(limit: Int, now: Date) {
        level = Self.capacity(limit)
        levelAt = now
        rateAfterRefusal = 1
    }

    init(level: Double, levelAt: Date, rateAfterRefusal: Double, refusedAt: Date?) {
        self.level = level
        self.levelAt = levelAt
        self.rateAfterRefusal = rateAfterRefusal
        self.refusedAt = refusedAt
    }

    static func capacity(_ limit: Int) -> Double { max(3, Double(limit) * savedShare) }

    static func debt(_ limit: Int) -> Double { Double(limit) * debtShare }

    /// Calls that flow in evenly each minute: what bunching leaves of the limit.
    static func steady(_ limit: Int) -> Double { max(1, Double(limit) - capacity(limit) - debt(limit)) }

    /// What has to be there before a call of this urgency is made, so that those in more of a hurry find something left.
    static func threshold(_ urgency: Urgency, limit: Int) -> Double {
        switch urgency {
        case .interactive: 1 - debt(limit)
        case .live: 1 + capacity(limit) / 6
        case .backfill: 1 + capacity(limit) / 3
        }
    }

    /// Calls a second.
    func rate(limit: Int, now: Date) -> Double {
        let recovered = refusedAt.map { max(0, now.timeIntervalSince($0)) * Self.recoveryPerSecond } ?? 1
        return Self.steady(limit) / 60 * min(1, rateAfterRefusal + recovered)
    }

    mutating func fill(limit: Int, now: Date) {
        // Those who ask at the same time do not come in the order of their clocks. What has flowed in already does not again.
        if levelAt > now, levelAt <= now + LaneLease.clockDifference { return }
        // A clock that was set back brings nothing in, and nothing is held against it.
        let passed = max(0, now.timeIntervalSince(levelAt))
        level = min(Self.capacity(limit), level + passed * rate(limit: limit, now: now))
        levelAt = now
        if let refused = refusedAt, refused > now { refusedAt = now }
    }

    /// Takes one call out, if there is enough for this urgency. The budget has to be filled up to now.
    mutating func take(_ urgency: Urgency, limit: Int) -> Bool {
        guard level >= Self.threshold(urgency, limit: limit) else { return false }
        level -= 1
        return true
    }

    /// How long, from the moment it was filled, until a call of this urgency can be made; zero when it can be now.
    func wait(for urgency: Urgency, limit: Int) -> TimeInterval {
        let missing = Self.threshold(urgency, limit: limit) - level
        return missing <= 0 ? 0 : missing / rate(limit: limit, now: levelAt)
    }

    mutating func refused(now: Date) {
        if let refusedAt, now.timeIntervalSince(refusedAt) < Self.refusalsAreOneFor { return }
        let current = min(1, rateAfterRefusal + (refusedAt.map { now.timeIntervalSince($0) * Self.recoveryPerSecond } ?? 1))
        rateAfterRefusal = max(Self.slowestRate, current / 2)
        refusedAt = now
        level = min(level, 0)
    }
}
