import Foundation
import Testing

@testable import CalendarSync

/// The bucket of calls, held against an exact window that slides.
@Suite struct BudgetTests {
    private static let start = Date(timeIntervalSince1970: 1_793_000_000)

    /// Takes calls out as time passes, and remembers when.
    private struct Caller {
        let limit: Int
        var budget: Budget
        /// In seconds since the start.
        var now: TimeInterval = 0
        var calls: [TimeInterval] = []

        init(limit: Int) {
            self.limit = limit
            budget = Budget(limit: limit, now: BudgetTests.start)
        }

        @discardableResult
        mutating func call(_ urgency: Urgency, clockOff seconds: TimeInterval = 0) -> Bool {
            budget.fill(limit: limit, now: BudgetTests.start + now + seconds)
            guard budget.take(urgency, limit: limit) else { return false }
            calls.append(now)
            return true
        }

        /// As many calls as there are to be had at this moment.
        mutating func callAll(_ urgency: Urgency) -> Int {
            let before = calls.count
            while call(urgency) {}
            return calls.count - before
        }

        mutating func wait(for urgency: Urgency) {
            budget.fill(limit: limit, now: BudgetTests.start + now)
            now += budget.wait(for: urgency, limit: limit) + 0.001
        }

        mutating func isRefused(at seconds: TimeInterval) {
            now = seconds
            budget.fill(limit: limit, now: BudgetTests.start + now)
            budget.refused(now: BudgetTests.start + now)
        }

        var share: Double {
            budget.rate(limit: limit, now: BudgetTests.start + now) / budget.rate(limit: limit, now: .distantFuture)
        }

        /// The most calls in any 60 seconds, counted one by one.
        var busiestMinute: Int {
            var (most, first) = (0, 0)
            for (index, call) in calls.enumerated() {
                while call - calls[first] >= 60 { first += 1 }
                most = max(most, index - first + 1)
            }
            return most
        }
    }

    @Test(arguments: [600, 60, 10, 10_000], 1...8 as ClosedRange<UInt64>)
    func noMinuteHasMoreCallsThanTheLimit(_ limit: Int, _ seed: UInt64) {
        var dice = Dice(seed: seed)
        var caller = Caller(limit: limit)
        while caller.now < 300 {
            let urgency = Urgency.allCases.randomElement(using: &dice) ?? .live
            switch Int.random(in: 0..<4, using: &dice) {
            case 0: caller.now += .random(in: 0..<90, using: &dice)
            case 1: _ = caller.callAll(urgency)
            default:
                // A stretch of calls, from a few to far more than there are.
                let end = caller.now + .random(in: 1..<30, using: &dice)
                let gap = 60 / Double(limit) * .random(in: 0.2..<2, using: &dice)
                while caller.now < end {
                    caller.call(urgency)
                    caller.now += .random(in: 0..<2 * gap, using: &dice)
                }
            }
        }
        #expect(caller.busiestMinute <= limit)
        #expect(caller.calls.count > limit / 2, "the test would prove nothing if hardly anybody called")
    }

    /// Whoever wants most gets all: first everything that was saved up and lent, then whatever comes in.
    @Test(arguments: [600, 60, 10, 10_000])
    func noHurryIsGreatEnoughToPassTheLimit(_ limit: Int) {
        var caller = Caller(limit: limit)
        while caller.now < 180 {
            _ = caller.callAll(.interactive)
            caller.wait(for: .interactive)
        }
        #expect(caller.busiestMinute <= limit)
        #expect(caller.busiestMinute >= limit * 9 / 10)
    }

    /// Of small limits more is kept back, since there is no saving up less than a few calls.
    @Test(arguments: [(600, 0.95), (10_000, 0.95), (60, 0.9), (10, 0.6)])
    func aLongBacklogUsesNearlyAll(_ limit: Int, _ share: Double) {
        var caller = Caller(limit: limit)
        while caller.now < 600 {
            _ = caller.callAll(.backfill)
            caller.wait(for: .backfill)
        }
        #expect(Double(caller.calls.count) / 10 / Double(limit) >= share)
        #expect(caller.busiestMinute <= limit)
    }

    @Test(arguments: [600, 10_000])
    func whoIsInMoreOfAHurryFindsSomethingLeft(_ limit: Int) {
        var caller = Caller(limit: limit)
        for urgency in [Urgency.backfill, .live, .interactive] {
            #expect(caller.callAll(urgency) > 0)
            #expect(caller.call(urgency) == false)
        }
        #expect(caller.budget.level < 0, "what cannot be put off is lent")
    }

    @Test(arguments: [600, 60, 10, 10_000])
    func whoIsInMoreOfAHurryWaitsLess(_ limit: Int) {
        var caller = Caller(limit: limit)
        _ = caller.callAll(.interactive)
        let waits = [Urgency.interactive, .live, .backfill].map { caller.budget.wait(for: $0, limit: limit) }
        #expect(waits == waits.sorted())
        #expect(Set(waits).count == 3)
        caller.wait(for: .live)
        #expect(caller.call(.backfill) == false)
        #expect(caller.call(.live) == true, "a wait is as long as it has to be")
    }

    struct Refusal: Sendable {
        var at: TimeInterval
        var share: Double
    }

    @Test func refusalsHalveTheRateAndItComesBack() {
        var caller = Caller(limit: 600)
        #expect(caller.share == 1)
        let transcript = [
            Refusal(at: 0, share: 0.5), Refusal(at: 4.9, share: 0.549), Refusal(at: 5, share: 0.275),
            Refusal(at: 10, share: 0.1625), Refusal(at: 15, share: 0.10625), Refusal(at: 20, share: 0.1),
            Refusal(at: 25, share: 0.1),
        ]
        for refusal in transcript {
            caller.isRefused(at: refusal.at)
            #expect(abs(caller.share - refusal.share) < 0.0001, "at \(refusal.at)")
        }
        caller.now = 65
        #expect(abs(caller.share - 0.5) < 0.0001)
        caller.now = 116
        #expect(caller.share == 1)
    }

    @Test func aRefusalSpendsWhatWasSavedUp() {
        var caller = Caller(limit: 600)
        caller.isRefused(at: 1)
        #expect(caller.call(.live) == false)
        #expect(caller.budget.wait(for: .live, limit: 600) > 0.5)
    }

    @Test(arguments: [3_600.0, 86_400, 10_000_000])
    func aClockThatIsSetBackCostsNothingAndBringsNothing(_ seconds: TimeInterval) {
        var caller = Caller(limit: 600)
        _ = caller.callAll(.backfill)
        let level = caller.budget.level
        caller.budget.fill(limit: 600, now: Self.start - seconds)
        #expect(caller.budget.level == level)
        caller.budget.fill(limit: 600, now: Self.start - seconds + 0.5)
        #expect(abs(caller.budget.level - level - 0.5 * caller.budget.rate(limit: 600, now: Self.start)) < 0.001)
    }

    /// Those who ask at the same time write one after another, and not in the order in which they looked at the clock; nodes have
    /// clocks of their own.
    @Test(arguments: [0.005, 0.1, 2, 50])
    func clocksThatDifferALittleBringNothing(_ difference: TimeInterval) {
        var caller = Caller(limit: 600)
        while caller.now < 180 {
            for off in [difference, 0] { while caller.call(.interactive, clockOff: off) {} }
            caller.now += 0.02
        }
        #expect(caller.busiestMinute <= 600)
        #expect(caller.busiestMinute >= 570)
    }

    @Test func aRateThatWasHalvedBeforeTheClockWasSetBackComesBackAllTheSame() {
        var caller = Caller(limit: 600)
        caller.isRefused(at: 0)
        caller.now = -86_400
        #expect(caller.call(.live) == false)
        caller.now += 51
        #expect(caller.call(.live) == true)
        #expect(caller.share == 1)
    }
}

/// Dice that fall the same way for the same seed (SplitMix64).
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
