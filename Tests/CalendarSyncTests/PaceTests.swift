import Foundation
import Testing

@testable import CalendarSync

/// How fast one calendar is written to, as a story of seconds.
@Suite struct PaceTests {
    private static let start = Date(timeIntervalSince1970: 1_793_000_000)

    private struct Writer {
        var pace = Pace(now: PaceTests.start)
        var now: TimeInterval = 0

        private var date: Date { PaceTests.start + now }
        /// As exactly as the database tells moments apart.
        var mayWrite: Bool { pace.nextWriteAt < date + 0.000_5 }

        mutating func write() { pace.wrote(now: date) }
        mutating func isRefused() { pace.refused(now: date) }

        /// Writes whenever it may, for so long.
        /// - Returns: how often.
        mutating func write(for seconds: TimeInterval) -> Int {
            let end = now + seconds
            var count = 0
            while now < end {
                if mayWrite {
                    write()
                    count += 1
                } else {
                    now = min(end, pace.nextWriteAt.timeIntervalSince(PaceTests.start))
                }
            }
            return count
        }
    }

    @Test func aFewWritesComeAtOnceAndThenOneAfterAnother() {
        var writer = Writer()
        for _ in 1...10 {
            #expect(writer.mayWrite)
            writer.write()
        }
        #expect(!writer.mayWrite)
        writer.now = 0.19
        #expect(!writer.mayWrite)
        writer.now = 0.21
        #expect(writer.mayWrite)
        writer.write()
        #expect(!writer.mayWrite)
        // After a pause there is a burst again, and no more than one.
        writer.now = 30
        for _ in 1...10 {
            #expect(writer.mayWrite)
            writer.write()
        }
        #expect(!writer.mayWrite)
    }

    @Test func aRefusalHalvesThePaceAndEndsTheBurst() {
        var writer = Writer()
        writer.now = 100
        writer.isRefused()
        #expect(writer.pace.writesPerMinute == 150)
        #expect(!writer.mayWrite)
        writer.now = 100.39
        #expect(!writer.mayWrite)
        writer.now = 100.41
        #expect(writer.mayWrite)
        writer.write()
        #expect(!writer.mayWrite, "one by one from here on")
    }

    /// A minute that is full stays full for a while, however slow the writer has become.
    @Test func refusalsThatComeTogetherAreOne() {
        var writer = Writer()
        for seconds in [100.0, 101, 103, 107, 115, 129.9] {
            writer.now = seconds
            writer.isRefused()
            #expect(writer.pace.writesPerMinute == 150)
            #expect(!writer.mayWrite, "and none is followed by a burst")
        }
        writer.now = 130
        writer.isRefused()
        #expect(writer.pace.writesPerMinute == 75)
    }

    @Test func thePaceNeverStops() {
        var writer = Writer()
        var seen: [Int] = []
        for _ in 1...8 {
            writer.now += 30
            writer.isRefused()
            seen.append(writer.pace.writesPerMinute)
        }
        #expect(seen == [150, 75, 37, 18, 9, 6, 6, 6])
        writer.now += 11
        #expect(writer.mayWrite)
    }

    @Test func quietMinutesMakeItFasterAgain() {
        var writer = Writer()
        writer.now = 30
        writer.isRefused()
        var (seen, counts): ([Int], [Int]) = ([], [])
        for _ in 1...6 {
            counts.append(writer.write(for: 60.5))
            seen.append(writer.pace.writesPerMinute)
        }
        #expect(seen == [165, 181, 199, 218, 239, 262])
        // And so many there are: nobody has to wait for having become faster.
        for (count, rate) in zip(counts, [150] + seen) { #expect((rate - 2...rate + 5).contains(count)) }
        writer.now += 30
        writer.isRefused()
        #expect(writer.pace.writesPerMinute == 131)
        // Time alone proves nothing: it is writing without a refusal that does.
        writer.now += 10_000
        #expect(writer.pace.writesPerMinute == 131)
        writer.write()
        #expect(writer.pace.writesPerMinute == 144)
        writer.write()
        #expect(writer.pace.writesPerMinute == 144, "a tenth a minute, and no more")
    }

    @Test func itHasAnUpperBound() {
        var writer = Writer()
        for _ in 1...60 {
            writer.now += 60
            writer.write()
        }
        #expect(writer.pace.writesPerMinute == Pace.fastest)
    }

    @Test(arguments: [6, 37, 300, 600])
    func noMinuteHasMoreWritesThanTheBurstAndTheRate(_ rate: Int) {
        var writer = Writer()
        writer.pace.writesPerMinute = rate
        let count = writer.write(for: 59)
        #expect((rate - 1...rate + Int(Pace.burst)).contains(count))
    }

    @Test func whatLiesAheadIsNotWaitedForAfterTheClockWasSetBack() {
        var writer = Writer()
        writer.now = 30
        writer.isRefused()
        writer.now = -86_400
        #expect(!writer.mayWrite, "nobody told it yet")
        writer.isRefused()
        #expect(writer.pace.nextWriteAt.timeIntervalSince(Self.start) < -86_390)
        writer.now += 5
        #expect(writer.mayWrite)
    }
}
