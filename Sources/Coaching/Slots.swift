import Foundation

/// What is already known about a coach's time.
public struct TakenTime: Sendable {
    /// Sessions and holds, each already extended by the gap at its end.
    public var sessions: TimeRanges
    /// What the coach's own calendars say.
    public var busy: TimeRanges
    /// Time of which they could not be asked.
    public var unknown: TimeRanges

    public init(sessions: TimeRanges = .init(), busy: TimeRanges = .init(), unknown: TimeRanges = .init()) {
        self.sessions = sessions
        self.busy = busy
        self.unknown = unknown
    }
}

/// Why a time cannot be booked.
public enum Obstacle: String, Sendable, CaseIterable {
    case outsideWorkingHours
    /// Less than the notice ahead, or gone by.
    case tooSoon
    /// Beyond the horizon.
    case tooFar
    /// Another session or hold is there, or nearer than the gap.
    case session
    /// The coach's own calendars have something there, or within the buffers.
    case busy
    case unknown
}

/// All of it for rules without ``violations``.
extension BookingRules {
    /// The times at which a session of this length can be booked, in order. They may overlap one another.
    ///
    /// Linear in the days of `window`, its steps and what is taken.
    public func freeSlots(
        in window: TimeRange, lasting duration: Duration, zone: Zone, taken: TakenTime, now: Date
    ) -> [TimeRange] {
        let clock = WallClock(zone, around: window)
        var search = Search(taken)
        var slots: [TimeRange] = []
        for open in workingHours.open(in: window, clock) {
            for start in clock.moments(every: slotStepMinutes * 60, in: open) {
                guard let slot = TimeRange(start, start + duration / .seconds(1)), open.contains(slot),
                    obstacle(toOpen: slot, &search, now) == nil
                else { continue }
                slots.append(slot)
            }
        }
        return slots
    }

    /// Why a time cannot be booked, the first reason in the order of ``Obstacle``; nil when it can. It may begin at any
    /// minute: the platform is not bound to the steps.
    public func obstacle(to slot: TimeRange, zone: Zone, taken: TakenTime, now: Date) -> Obstacle? {
        guard workingHours.open(in: slot, zone: zone).first == slot else { return .outsideWorkingHours }
        var search = Search(taken)
        return obstacle(toOpen: slot, &search, now)
    }

    private func obstacle(toOpen slot: TimeRange, _ taken: inout Search, _ now: Date) -> Obstacle? {
        if slot.start < now + TimeInterval(noticeMinutes * 60) { return .tooSoon }
        if slot.start > now + TimeInterval(horizonDays * 24 * 60 * 60) { return .tooFar }
        // The sessions have the gap at their ends, so that this one needs it only at its own.
        if taken.sessions.overlap(slot.padded(before: 0, after: gap)) { return .session }
        let padded = slot.padded(before: TimeInterval(bufferBeforeMinutes * 60), after: TimeInterval(bufferAfterMinutes * 60))
        if taken.busy.overlap(padded) { return .busy }
        if whenUnknown == .refuse, taken.unknown.overlap(padded) { return .unknown }
        return nil
    }
}

/// Goes through what is taken once, for slots that come in order.
private struct Search {
    struct Pointer {
        private let ranges: TimeRanges
        private var next = 0

        init(_ ranges: TimeRanges) { self.ranges = ranges }

        mutating func overlap(_ range: TimeRange) -> Bool {
            while next < ranges.count, ranges[next].end <= range.start { next += 1 }
            return next < ranges.count && ranges[next].start < range.end
        }
    }

    var sessions: Pointer
    var busy: Pointer
    var unknown: Pointer

    init(_ taken: TakenTime) {
        sessions = Pointer(taken.sessions)
        busy = Pointer(taken.busy)
        unknown = Pointer(taken.unknown)
    }
}
