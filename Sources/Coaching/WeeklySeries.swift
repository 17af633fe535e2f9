import Foundation

/// Sessions at the same local time, every so many weeks.
public struct WeeklySeries: Sendable, Equatable {
    public enum End: Sendable, Equatable {
        case count(Int)
        /// The last date that one can be on.
        case until(LocalDate)
    }

    /// 1 to 52.
    public var everyWeeks: Int
    public var end: End

    public init(everyWeeks: Int = 1, end: End) {
        self.everyWeeks = everyWeeks
        self.end = end
    }

    /// Seven years of weeks.
    public static let mostOccurrences = 366

    /// Every reason why there can be no such series; empty when there can.
    public func violations(from first: WallTime, in zone: Zone) -> [InvalidInput.Field] {
        guard (1...52).contains(everyWeeks) else { return [.init("everyWeeks", "must be from 1 to 52")] }
        let count = count(from: first.reading(in: zone))
        if (1...Self.mostOccurrences).contains(count) { return [] }
        return switch end {
        case .count: [.init("count", "must be from 1 to \(Self.mostOccurrences)")]
        case .until where count < 1: [.init("until", "must not be before the first date")]
        case .until: [.init("until", "allows for \(count) dates; at most \(Self.mostOccurrences) are possible")]
        }
    }

    /// The first as it is written, the others at what the zone's clocks show then. Of a time that they show twice it is the
    /// earlier one, unless the first was the later one of its kind; one that they skip stays a refusal.
    ///
    /// For a series without violations; never more than ``mostOccurrences``.
    public func occurrences(from first: WallTime, in zone: Zone) -> [Occurrence] {
        let start = first.reading(in: zone)
        let result = first.result(in: zone)
        let isLater =
            switch WallTime(reading: start, offset: .unstated).result(in: zone) {
            case .failure(.repeated(_, let later)): result == .success(later)
            default: false
            }
        return (0..<min(max(count(from: start), 0), Self.mostOccurrences)).map { index in
            let reading = start + TimeInterval(index * everyWeeks * 7 * WallClock.day)
            var occurrence = Occurrence(
                number: index + 1, reading: String(reading.formatted(.iso8601).dropLast()), result: result)
            if index > 0 {
                occurrence.result = WallTime(reading: reading, offset: .unstated).result(in: zone)
                if case .failure(.repeated(let earlier, let later)) = occurrence.result {
                    occurrence.result = .success(isLater ? later : earlier)
                }
            }
            return occurrence
        }
    }

    private func count(from reading: Date) -> Int {
        switch end {
        case .count(let count): return count
        case .until(let last):
            let days = last.day - Int(reading.timeIntervalSinceReferenceDate).quotient(WallClock.day)
            return days.quotient(max(1, everyWeeks) * 7) + 1
        }
    }
}

/// One date of a series.
public struct Occurrence: Sendable, Equatable {
    /// From 1.
    public var number: Int
    /// What the zone's clocks show, without an offset: `2027-03-28T02:30:00`.
    public var reading: String
    public var result: Result<Date, WallTime.Refusal>
}

extension WallTime {
    fileprivate func result(in zone: Zone) -> Result<Date, Refusal> {
        Result { () throws(Refusal) in try instant(in: zone) }
    }

    /// What the zone's clocks show at this time, taken as if it were UTC: a time with `Z` or another zone's offset has been
    /// written in what other clocks show.
    fileprivate func reading(in zone: Zone) -> Date {
        switch result(in: zone) {
        case .success(let instant): instant + TimeInterval(zone.timeZone.secondsFromGMT(for: instant))
        case .failure: reading
        }
    }
}
