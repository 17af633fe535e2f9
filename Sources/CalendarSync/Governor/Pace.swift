import Foundation

/// How fast one calendar may be written to, learned from what Google refuses. Pure.
///
/// Google limits quick changes of one calendar and does not say to how many.
/// Source: https://developers.google.com/workspace/calendar/api/guides/quota#operational
struct Pace: Sendable, Equatable {
    static let first = 300
    static let slowest = 6
    static let fastest = 600
    /// So many writes may come at once after a pause.
    static let burst = 10.0
    /// How far ahead the writes of a burst can lie when they are spread evenly.
    static let longestAhead: TimeInterval = (burst + 1) * 60 / Double(slowest)
    /// After so long without a refusal it may go a little faster.
    static let quiet: TimeInterval = 60
    /// What was too much a moment ago is still refused for a while, and that says nothing about the pace since.
    static let settledAfter: TimeInterval = 30

    var writesPerMinute: Int
    /// When the rate was last changed, or found to be right.
    var changedAt: Date
    /// When the writes made so far would have been made, had they been spread evenly.
    var evenlyUntil: Date

    init(now: Date) {
        writesPerMinute = Self.first
        changedAt = now
        evenlyUntil = now
    }

    init(writesPerMinute: Int, changedAt: Date, evenlyUntil: Date) {
        self.writesPerMinute = writesPerMinute
        self.changedAt = changedAt
        self.evenlyUntil = evenlyUntil
    }

    private var interval: TimeInterval { 60 / Double(writesPerMinute) }

    /// The next write is not to be made before this.
    var nextWriteAt: Date { evenlyUntil - (Self.burst - 1) * interval }

    mutating func wrote(now: Date) {
        mendClock(now)
        evenlyUntil = max(evenlyUntil, now) + interval
        guard writesPerMinute < Self.fastest, now.timeIntervalSince(changedAt) >= Self.quiet else { return }
        let before = nextWriteAt
        writesPerMinute = min(Self.fastest, writesPerMinute + max(1, writesPerMinute / 10))
        changedAt = now
        // A burst is shorter now; the next write does not come later for it.
        evenlyUntil -= max(0, nextWriteAt.timeIntervalSince(before))
    }

    mutating func refused(now: Date) {
        mendClock(now)
        if now.timeIntervalSince(changedAt) >= Self.settledAfter {
            writesPerMinute = max(Self.slowest, writesPerMinute / 2)
            changedAt = now
        }
        // Nothing is left of the burst.
        evenlyUntil = max(evenlyUntil, now + Self.burst * interval)
    }

    /// After the clock was set back, what lies ahead is not waited for.
    private mutating func mendClock(_ now: Date) {
        changedAt = min(changedAt, now)
        if evenlyUntil > now + (Self.burst + 1) * interval { evenlyUntil = now }
    }
}
