import Foundation

/// A stretch of time, half open: it begins at `start` and ends right before `end`.
public struct TimeRange: Sendable, Hashable {
    public let start: Date
    public let end: Date

    /// Nil unless `start` is before `end`: a stretch is never empty.
    public init?(_ start: Date, _ end: Date) {
        guard start < end else { return nil }
        self.start = start
        self.end = end
    }

    private init(from start: Date, to end: Date) {
        self.start = start
        self.end = end
    }

    public func overlaps(_ other: TimeRange) -> Bool { start < other.end && other.start < end }
    public func contains(_ other: TimeRange) -> Bool { start <= other.start && other.end <= end }

    /// What both have in common; nil when they do not overlap.
    public func clamped(to other: TimeRange) -> TimeRange? {
        TimeRange(Swift.max(start, other.start), Swift.min(end, other.end))
    }

    /// Longer by so many seconds on either side, none of them negative.
    public func padded(before: TimeInterval, after: TimeInterval) -> TimeRange {
        precondition(before >= 0 && after >= 0)
        return TimeRange(from: start - before, to: end + after)
    }

    /// From where the earlier of the two begins to where the later one ends.
    fileprivate func joined(with other: TimeRange) -> TimeRange {
        TimeRange(from: Swift.min(start, other.start), to: Swift.max(end, other.end))
    }
}

/// Stretches of time in order, none touching another: what overlaps or touches has become one.
public struct TimeRanges: Sendable, Equatable, RandomAccessCollection {
    private var ranges: [TimeRange] = []

    public init() {}

    /// Takes ranges in any order. Linear where they come sorted, as `sort` merges the runs that it finds.
    public init(_ ranges: some Sequence<TimeRange>) {
        // An array first, as other modules' sequences are slow to go through one by one.
        for range in Array(ranges).sorted(by: { $0.start < $1.start }) {
            if let last = self.ranges.last, range.start <= last.end {
                self.ranges[self.ranges.count - 1] = last.joined(with: range)
            } else {
                self.ranges.append(range)
            }
        }
    }

    public var startIndex: Int { ranges.startIndex }
    public var endIndex: Int { ranges.endIndex }
    public subscript(position: Int) -> TimeRange { ranges[position] }

    /// What is in either of the two. Linear: the two are two sorted runs.
    public func union(_ other: TimeRanges) -> TimeRanges { TimeRanges(ranges + other.ranges) }

    /// What is here and not in `other`. Linear.
    public func subtracting(_ other: TimeRanges) -> TimeRanges {
        var result = TimeRanges()
        var next = 0
        for range in ranges {
            var start = range.start
            while next < other.count, other[next].start < range.end {
                if let left = TimeRange(start, other[next].start) { result.ranges.append(left) }
                start = Swift.max(start, other[next].end)
                // It may reach into the range after this one.
                if start >= range.end { break }
                next += 1
            }
            if let left = TimeRange(start, range.end) { result.ranges.append(left) }
        }
        return result
    }

    /// What is in both. Linear.
    public func intersection(_ other: TimeRanges) -> TimeRanges {
        var result = TimeRanges()
        var (mine, theirs) = (0, 0)
        while mine < count, theirs < other.count {
            if let both = self[mine].clamped(to: other[theirs]) { result.ranges.append(both) }
            if self[mine].end < other[theirs].end { mine += 1 } else { theirs += 1 }
        }
        return result
    }
}
