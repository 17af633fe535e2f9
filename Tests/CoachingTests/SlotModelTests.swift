import Foundation
import Testing

@testable import Coaching

/// Slots against a model that walks minute by minute and asks Foundation's calendar what the clocks show at each.
/// `LOOM_SLOT_CASES` sets the number of cases.
@Suite struct SlotModelTests {
    /// Zones, and the hours in UTC around which their clocks change or a day is missing.
    static let places = [
        ("Europe/Berlin", ["2027-03-28T01:00:00Z", "2027-10-31T01:00:00Z", "2027-06-12T00:00:00Z"]),
        ("America/New_York", ["2027-03-14T07:00:00Z", "2027-11-07T06:00:00Z"]),
        ("Asia/Jerusalem", ["2027-03-26T00:00:00Z", "2027-10-30T23:00:00Z"]),
        ("Australia/Lord_Howe", ["2027-04-03T15:00:00Z", "2027-10-02T15:30:00Z"]),
        ("Asia/Kathmandu", ["2027-01-01T00:00:00Z"]),
        ("Pacific/Apia", ["2011-12-30T10:00:00Z", "2011-09-24T11:00:00Z"]),
        ("America/Sao_Paulo", ["2018-02-18T02:00:00Z", "2018-11-04T03:00:00Z"]),
        ("Asia/Beirut", ["2027-03-27T22:00:00Z", "2027-10-30T21:00:00Z"]),
        ("America/Havana", ["2027-03-14T05:00:00Z", "2027-11-07T05:00:00Z"]),
        ("America/St_Johns", ["2010-03-14T03:31:00Z", "2010-11-07T02:31:00Z"]),
    ]

    @Test func slotsAndObstaclesAreThoseOfTheModel() throws {
        let cases = ProcessInfo.processInfo.environment["LOOM_SLOT_CASES"].flatMap { Int($0) } ?? 300
        let walks = try Self.places.flatMap { name, edges in
            try edges.map { WallClockWalk(try #require(Zone(name)), around: try utc($0)) }
        }
        var found = 0
        var obstacles: [Obstacle: Int] = [:]
        for seed in 1...cases {
            var dice = Dice(seed: seed)
            let model = SlotModel(dice.one(of: walks), &dice)
            let slots = model.rules.freeSlots(
                in: model.window, lasting: .seconds(model.minutes * 60), zone: model.walk.zone, taken: model.taken,
                now: model.now)
            let expected = model.freeSlots
            guard slots == expected else {
                let wrong = Set(slots).symmetricDifference(expected).sorted { $0.start < $1.start }
                Issue.record("seed \(seed), \(model): differs in \(wrong.prefix(3).map(\.start)) …")
                return
            }
            found += slots.count
            for slot in slots.prefix(3) + (0..<40).map({ _ in model.someSlot(&dice) }) {
                let obstacle = model.rules.obstacle(
                    to: slot, zone: model.walk.zone, taken: model.taken, now: model.now)
                guard obstacle == model.obstacle(to: slot) else {
                    Issue.record(
                        """
                        seed \(seed), \(model): \(slot) has the obstacle \(obstacle?.rawValue ?? "none"), \
                        the model says \(model.obstacle(to: slot)?.rawValue ?? "none")
                        """)
                    return
                }
                if let obstacle { obstacles[obstacle, default: 0] += 1 }
            }
        }
        // Or it would prove little.
        #expect(found > cases * 10)
        for obstacle in Obstacle.allCases { #expect(obstacles[obstacle, default: 0] > cases / 10, "\(obstacle)") }
    }
}

/// What the clocks show at every minute of some days.
private final class WallClockWalk {
    static let daysAround = 4

    struct Minute {
        /// Such as 20270305, which sorts as the dates do.
        var date: Int
        var weekday: Weekday
        var ofDay: Int

        func isAtOrAfter(_ date: Int, _ minute: Int) -> Bool {
            self.date > date || (self.date == date && ofDay >= minute)
        }
    }

    let zone: Zone
    let start: Date
    let middle: Date
    let minutes: [Minute]
    /// Each once, in order.
    let dates: [(number: Int, date: LocalDate, weekday: Weekday)]

    init(_ zone: Zone, around middle: Date) {
        self.zone = zone
        self.middle = middle
        let start = middle - Double(Self.daysAround) * 86_400
        self.start = start
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone.timeZone
        let weekdays: [Weekday] = [.sunday, .monday, .tuesday, .wednesday, .thursday, .friday, .saturday]
        minutes = (0..<Self.daysAround * 2 * 1440).map { minute in
            let parts = calendar.dateComponents(
                [.year, .month, .day, .hour, .minute, .weekday], from: start + Double(minute) * 60)
            return Minute(
                date: parts.year! * 10_000 + parts.month! * 100 + parts.day!, weekday: weekdays[parts.weekday! - 1],
                ofDay: parts.hour! * 60 + parts.minute!)
        }
        dates = Dictionary(minutes.map { ($0.date, $0.weekday) }) { one, _ in one }
            .sorted { $0.key < $1.key }
            .map { number, weekday in
                var digits = Array("\(number)")
                digits.insert("-", at: 6)
                digits.insert("-", at: 4)
                return (number, LocalDate(String(digits))!, weekday)
            }
    }

    /// The minutes that `hours` of a date reach over.
    func minutes(of hours: Hours, on date: Int) -> Range<Int> {
        func next(_ minute: Int) -> Int { minutes.firstIndex { $0.isAtOrAfter(date, minute) } ?? minutes.count }
        let first = next(hours.from)
        let last: Int
        if hours.to == 1440 {
            last = (minutes.lastIndex { $0.date <= date } ?? -1) + 1
        } else {
            last = minutes.lastIndex { $0.date == date && $0.ofDay == hours.to } ?? next(hours.to)
        }
        return first..<max(first, last)
    }
}

/// One case: rules and what is taken, thrown with dice, and what follows from them.
private struct SlotModel: CustomStringConvertible {
    let walk: WallClockWalk
    let rules: BookingRules
    let window: TimeRange
    let minutes: Int
    let now: Date
    private let sessions: [TimeRange]
    private let busy: [TimeRange]
    private let unknown: [TimeRange]
    /// For each minute of the walk.
    private let isOpen: [Bool]

    init(_ walk: WallClockWalk, _ dice: inout Dice) {
        self.walk = walk
        func hours() -> [Hours] {
            if dice.isLucky(oneIn: 6) { return [Hours(from: 0, to: 1440)] }
            // Clocks change at night.
            let latest = dice.isLucky(oneIn: 2) ? 300 : 1440
            let grain = dice.one(of: [1, 15, 30, 60])
            var times = (0..<dice.number(0...3) * 2).map { _ in dice.number(0...latest / grain) * grain }
            if latest == 300, dice.isLucky(oneIn: 2) { times += [dice.number(1320...1439), 1440] }
            times.sort()
            return stride(from: 0, to: times.count, by: 2).map { Hours(from: times[$0], to: times[$0 + 1]) }
                .filter { $0.from < $0.to }
        }
        var working = WorkingHours(weekdays: [:])
        for weekday in Weekday.allCases where !dice.isLucky(oneIn: 5) { working.weekdays[weekday] = hours() }
        for date in walk.dates where dice.isLucky(oneIn: 4) { working.exceptions[date.date] = hours() }
        rules = BookingRules(
            workingHours: working, slotStepMinutes: dice.one(of: [1, 5, 10, 15, 20, 30, 45, 60, 90, 120, 480]),
            bufferBeforeMinutes: dice.isLucky(oneIn: 2) ? 0 : dice.number(0...90),
            bufferAfterMinutes: dice.isLucky(oneIn: 2) ? 0 : dice.number(0...90),
            noticeMinutes: dice.isLucky(oneIn: 2) ? 0 : dice.number(0...2_880), horizonDays: dice.number(1...4),
            whenUnknown: dice.one(of: UnknownPolicy.allCases))

        func aRange(_ longest: Int) -> TimeRange {
            let grain = dice.one(of: [1, 60, 900])
            let start = walk.middle + Double(dice.number(-150_000 / grain...150_000 / grain) * grain)
            return TimeRange(start, start + Double(dice.number(1...max(1, longest / grain)) * grain))!
        }
        window = aRange(150_000)
        minutes = dice.one(of: [1, 15, 30, 45, 50, 60, 60, 90, 180])
        now = window.start + Double(dice.number(-3 * 86_400...40_000))
        sessions = (0..<dice.number(0...6)).map { _ in aRange(20_000) }
        busy = (0..<dice.number(0...6)).map { _ in aRange(20_000) }
        unknown = (0..<dice.number(0...2)).map { _ in aRange(60_000) }

        var isOpen = Array(repeating: false, count: walk.minutes.count)
        for (number, date, weekday) in walk.dates {
            for hours in working.exceptions[date] ?? working.weekdays[weekday] ?? [] {
                for minute in walk.minutes(of: hours, on: number) { isOpen[minute] = true }
            }
        }
        self.isOpen = isOpen
    }

    var taken: TakenTime {
        TakenTime(
            sessions: TimeRanges(sessions.map { TimeRange($0.start, $0.end + rules.gap)! }), busy: TimeRanges(busy),
            unknown: TimeRanges(unknown))
    }

    var freeSlots: [TimeRange] {
        walk.minutes.indices.compactMap { minute in
            guard walk.minutes[minute].ofDay % rules.slotStepMinutes == 0 else { return nil }
            let start = walk.start + Double(minute) * 60
            let end = start + Double(minutes) * 60
            guard start >= window.start, end <= window.end, obstacle(to: TimeRange(start, end)!) == nil else { return nil }
            return TimeRange(start, end)
        }
    }

    func obstacle(to slot: TimeRange) -> Obstacle? {
        let from = Int((slot.start.timeIntervalSince(walk.start) / 60).rounded(.down))
        let to = Int((slot.end.timeIntervalSince(walk.start) / 60).rounded(.up))
        if !isOpen[from..<to].allSatisfy({ $0 }) { return .outsideWorkingHours }
        let ahead = slot.start.timeIntervalSince(now)
        if ahead < Double(rules.noticeMinutes) * 60 { return .tooSoon }
        if ahead > Double(rules.horizonDays) * 86_400 { return .tooFar }
        /// Whether there is as much time as needed between the slot and each of the ranges.
        func isClear(of ranges: [TimeRange], _ before: Int, _ after: Int) -> Bool {
            ranges.allSatisfy {
                slot.start.timeIntervalSince($0.end) >= Double(before) * 60
                    || $0.start.timeIntervalSince(slot.end) >= Double(after) * 60
            }
        }
        let (before, after) = (rules.bufferBeforeMinutes, rules.bufferAfterMinutes)
        if !isClear(of: sessions, max(before, after), max(before, after)) { return .session }
        if !isClear(of: busy, before, after) { return .busy }
        if rules.whenUnknown == .refuse && !isClear(of: unknown, before, after) { return .unknown }
        return nil
    }

    /// Anywhere around the window, at any second, more often where it is open.
    func someSlot(_ dice: inout Dice) -> TimeRange {
        var slot = window
        for _ in 0..<20 {
            let grain = dice.one(of: [1, 60])
            let start = walk.middle + Double(dice.number(-200_000 / grain...200_000 / grain) * grain)
            slot = TimeRange(start, start + Double(minutes) * 60)!
            if isOpen[Int(start.timeIntervalSince(walk.start) / 60)] { break }
        }
        return slot
    }

    var description: String {
        "\(rules) in \(walk.zone.name), window \(window), \(minutes) minutes, now \(now), sessions \(sessions), busy \(busy), "
            + "unknown \(unknown)"
    }
}
