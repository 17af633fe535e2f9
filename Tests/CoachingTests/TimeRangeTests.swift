import Foundation
import Testing

@testable import Coaching

@Suite struct TimeRangeTests {
    private func range(_ start: Double, _ end: Double) -> TimeRange {
        TimeRange(Date(timeIntervalSinceReferenceDate: start), Date(timeIntervalSinceReferenceDate: end))!
    }

    @Test func aStretchIsNeverEmpty() {
        #expect(TimeRange(.distantPast, .distantPast) == nil)
        #expect(TimeRange(.distantFuture, .distantPast) == nil)
    }

    @Test func stretchesThatTouchDoNotOverlap() {
        #expect(!range(0, 10).overlaps(range(10, 20)))
        #expect(!range(10, 20).overlaps(range(0, 10)))
        #expect(range(0, 11).overlaps(range(10, 20)))
        #expect(range(0, 30).overlaps(range(10, 20)))
        #expect(range(10, 20).overlaps(range(0, 30)))
    }

    @Test func aStretchContainsItself() {
        #expect(range(0, 10).contains(range(0, 10)))
        #expect(range(0, 10).contains(range(3, 7)))
        #expect(!range(0, 10).contains(range(-1, 7)))
        #expect(!range(0, 10).contains(range(3, 11)))
    }

    @Test func clampingKeepsWhatIsInBoth() {
        #expect(range(0, 10).clamped(to: range(5, 20)) == range(5, 10))
        #expect(range(0, 10).clamped(to: range(10, 20)) == nil)
    }

    @Test func paddingMakesLonger() {
        #expect(range(0, 10).padded(before: 1, after: 2) == range(-1, 12))
    }

    @Test func rangesAreSortedAndNoneTouchesAnother() {
        let ranges = TimeRanges([range(20, 30), range(0, 10), range(10, 15), range(22, 25), range(40, 50)])
        #expect(Array(ranges) == [range(0, 15), range(20, 30), range(40, 50)])
        #expect(TimeRanges().isEmpty)
    }

    /// Against sets of seconds.
    @Test func rangesAreSetsOfMoments() {
        func set(_ ranges: TimeRanges) -> Set<Int> {
            Set(
                ranges.flatMap {
                    Int($0.start.timeIntervalSinceReferenceDate)..<Int($0.end.timeIntervalSinceReferenceDate)
                })
        }
        for seed in 1...2_000 {
            var dice = Dice(seed: seed)
            func some() -> TimeRanges {
                TimeRanges(
                    (0..<dice.number(0...6)).map { _ in
                        let start = dice.number(0...40)
                        return range(Double(start), Double(start + dice.number(1...8)))
                    })
            }
            let (one, other) = (some(), some())
            let results = [one.union(other), one.subtracting(other), one.intersection(other)]
            let sets = [
                set(one).union(set(other)), set(one).subtracting(set(other)), set(one).intersection(set(other)),
            ]
            #expect(results.map(set) == sets, "seed \(seed)")
            for ranges in results + [one, other] {
                #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.end < $1.start }, "seed \(seed)")
            }
        }
    }
}
