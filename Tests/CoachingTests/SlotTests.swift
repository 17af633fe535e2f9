import Foundation
import Testing

@testable import Coaching

@Suite struct SlotTests {
    private let zone = Zone("Europe/Berlin")!
    private let longAgo = Date(timeIntervalSinceReferenceDate: 0)
    private let rules = BookingRules(workingHours: .daily(Hours("09:00", "12:00")), slotStepMinutes: 30, horizonDays: 730)

    /// The Berlin times at which an hour is free on 2027-01-15, when clocks there are one hour ahead of UTC.
    private func starts(
        _ rules: BookingRules, sessions: [TimeRange] = [], busy: [TimeRange] = [], unknown: [TimeRange] = [],
        minutes: Int = 60, now: String = "2026-12-01T00:00:00Z"
    ) throws -> [String] {
        let slots = rules.freeSlots(
            in: try range("2027-01-15T00:00:00Z", "2027-01-16T00:00:00Z"), lasting: .seconds(minutes * 60), zone: zone,
            taken: TakenTime(sessions: TimeRanges(sessions), busy: TimeRanges(busy), unknown: TimeRanges(unknown)),
            now: try utc(now))
        #expect(slots.allSatisfy { $0.end == $0.start + TimeInterval(minutes * 60) })
        return slots.map { String(zone.rfc3339($0.start).dropFirst(11).prefix(5)) }
    }

    @Test func slotsFillTheWorkingHours() throws {
        #expect(try starts(rules) == ["09:00", "09:30", "10:00", "10:30", "11:00"])
        #expect(try starts(rules, minutes: 180) == ["09:00"])
        #expect(try starts(rules, minutes: 181) == [])
        #expect(try starts(rules, minutes: 0) == [])
    }

    @Test func slotsBeginOnStepsOfTheClockAndNotOfTheHours() throws {
        var rules = rules
        rules.workingHours = .daily(Hours("09:10", "11:40"))
        #expect(try starts(rules) == ["09:30", "10:00", "10:30"])
        rules.slotStepMinutes = 90
        #expect(try starts(rules) == ["10:30"])
    }

    @Test func slotsLieInTheWindow() throws {
        func slots(_ start: String, _ end: String) throws -> [TimeRange] {
            try rules.freeSlots(
                in: range(start, end), lasting: .seconds(3600), zone: zone, taken: TakenTime(), now: utc("2026-12-01T00:00:00Z")
            )
        }
        #expect(
            try slots("2027-01-15T08:30:00Z", "2027-01-15T09:30:00Z") == [range("2027-01-15T08:30:00Z", "2027-01-15T09:30:00Z")]
        )
        #expect(try slots("2027-01-15T08:30:01Z", "2027-01-15T09:59:59Z") == [])
    }

    @Test func theGapIsKeptOnBothSidesOfASession() throws {
        var rules = rules
        let from = "2027-01-15T09:00:00Z"
        #expect(try starts(rules, sessions: [range(from, "2027-01-15T09:30:00Z")]) == ["09:00", "10:30", "11:00"])
        rules.bufferAfterMinutes = 15
        // As the caller hands it over: extended by the gap.
        let session = try range(from, "2027-01-15T09:45:00Z")
        #expect(try starts(rules, sessions: [session]) == ["11:00"])
        rules.bufferBeforeMinutes = 30
        #expect(try starts(rules, sessions: [session], minutes: 30) == ["09:00", "11:00", "11:30"])
    }

    @Test func theBuffersAreKeptFreeOfOtherThings() throws {
        var rules = rules
        let busy = try range("2027-01-15T09:00:00Z", "2027-01-15T09:30:00Z")
        #expect(try starts(rules, busy: [busy]) == ["09:00", "10:30", "11:00"])
        rules.bufferBeforeMinutes = 1
        #expect(try starts(rules, busy: [busy]) == ["09:00", "11:00"])
        rules.bufferAfterMinutes = 1
        #expect(try starts(rules, busy: [busy]) == ["11:00"])
        #expect(try starts(rules, unknown: [busy]) == ["11:00"])
        // They may lie outside of the working hours.
        rules.bufferBeforeMinutes = 240
        #expect(try starts(rules) == ["09:00", "09:30", "10:00", "10:30", "11:00"])
    }

    @Test func theUnknownIsRefusedUnlessTheCoachAllowsIt() throws {
        var rules = rules
        let unknown = try range("2027-01-15T00:00:00Z", "2027-01-15T09:30:00Z")
        #expect(try starts(rules, unknown: [unknown]) == ["10:30", "11:00"])
        rules.whenUnknown = .allow
        #expect(try starts(rules, unknown: [unknown]).count == 5)
    }

    @Test func noticeAndHorizonCanBeReached() throws {
        var rules = rules
        rules.noticeMinutes = 60
        #expect(try starts(rules, now: "2027-01-15T08:00:00Z") == ["10:00", "10:30", "11:00"])
        #expect(try starts(rules, now: "2027-01-15T08:00:01Z") == ["10:30", "11:00"])
        rules.noticeMinutes = 0
        rules.horizonDays = 1
        #expect(try starts(rules, now: "2027-01-14T09:00:00Z") == ["09:00", "09:30", "10:00"])
        #expect(try starts(rules, now: "2027-01-14T08:59:59Z") == ["09:00", "09:30"])
    }

    @Test func anHourThatClocksShowTwiceHasTwiceTheSlots() throws {
        var rules = rules
        rules.workingHours = .daily(Hours("02:00", "03:00"))
        let slots = rules.freeSlots(
            in: try range("2027-10-30T22:00:00Z", "2027-10-31T12:00:00Z"), lasting: .seconds(1800), zone: zone,
            taken: TakenTime(), now: try utc("2027-10-01T00:00:00Z"))
        #expect(
            slots.map { zone.rfc3339($0.start) } == [
                "2027-10-31T02:00:00+02:00", "2027-10-31T02:30:00+02:00", "2027-10-31T02:00:00+01:00",
                "2027-10-31T02:30:00+01:00",
            ])
    }

    @Test func theFirstObstacleIsNamed() throws {
        var rules = rules
        rules.noticeMinutes = 60
        rules.horizonDays = 2
        rules.bufferBeforeMinutes = 10
        let slot = try range("2027-01-15T08:07:00Z", "2027-01-15T09:07:00Z")
        func obstacle(
            to slot: TimeRange, sessions: [TimeRange] = [], busy: [TimeRange] = [], unknown: [TimeRange] = [],
            now: String = "2027-01-14T00:00:00Z"
        ) throws -> Obstacle? {
            rules.obstacle(
                to: slot, zone: zone,
                taken: TakenTime(sessions: TimeRanges(sessions), busy: TimeRanges(busy), unknown: TimeRanges(unknown)),
                now: try utc(now))
        }
        // It begins at no step.
        #expect(try obstacle(to: slot) == nil)
        #expect(try obstacle(to: slot.padded(before: 8 * 60, after: 0), sessions: [slot]) == .outsideWorkingHours)
        #expect(try obstacle(to: slot, sessions: [slot], now: "2027-01-15T07:08:00Z") == .tooSoon)
        #expect(try obstacle(to: slot, sessions: [slot], now: "2027-01-13T08:06:00Z") == .tooFar)
        #expect(try obstacle(to: slot, sessions: [slot], busy: [slot], unknown: [slot]) == .session)
        #expect(try obstacle(to: slot, busy: [slot], unknown: [slot]) == .busy)
        #expect(try obstacle(to: slot, unknown: [slot]) == .unknown)
        // The gap.
        let next = try range("2027-01-15T09:16:59Z", "2027-01-15T10:16:59Z")
        #expect(try obstacle(to: slot, sessions: [next]) == .session)
        #expect(try obstacle(to: slot, busy: [next]) == nil)
    }

    /// Generous, as tests are built for debugging: it is quick, or something has become quadratic.
    @Test func manySessionsAreGoneThroughOnce() throws {
        let day = 86_400.0
        func many(_ count: Int) -> TimeRanges {
            TimeRanges(
                (0..<count).map {
                    let start = longAgo + Double($0) * 60 * day / Double(count)
                    return TimeRange(start, start + 60)!
                })
        }
        let rules = BookingRules(slotStepMinutes: 1)
        let taken = TakenTime(sessions: many(10_000), busy: many(5_000))
        let took = ContinuousClock().measure {
            let slots = rules.freeSlots(
                in: TimeRange(longAgo, longAgo + 60 * day)!, lasting: .seconds(300), zone: zone, taken: taken, now: longAgo)
            #expect(!slots.isEmpty)
        }
        #expect(took < .seconds(5))
    }
}
