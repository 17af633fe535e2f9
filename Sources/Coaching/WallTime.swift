import Foundation

/// A date and time of day as a person wrote it (RFC 3339, the offset may be left out), before it is a point in time.
///
/// Clocks skip hours and repeat hours. A wall time that a zone skips is refused with the time that was probably meant; one
/// that it repeats is refused unless the offset says which of the two is meant.
public struct WallTime: Sendable, Equatable {
    enum Offset: Sendable, Equatable {
        case unstated
        /// `Z`: a point in time, whatever the zone's clocks show.
        case zulu
        case seconds(Int)
    }

    /// The clock's reading, taken as if it were UTC.
    let reading: Date
    let offset: Offset

    public static let rule = "must be a date and time such as 2026-11-03T10:00:00+01:00 (RFC 3339)"

    public enum Refusal: Error, Equatable {
        /// The zone's clocks jump over this time. `suggestion` is the same distance after the jump.
        case skipped(suggestion: Date)
        /// The zone's clocks show this time twice; either of the two needs its offset written out.
        case repeated(earlier: Date, later: Date)
    }

    /// The point in time, if the offset alone settles it.
    public var instant: Date? {
        switch offset {
        case .unstated: nil
        case .zulu: reading
        case .seconds(let seconds): reading - TimeInterval(seconds)
        }
    }

    /// The point in time at which clocks in `zone` show this reading.
    public func instant(in zone: Zone) throws(Refusal) -> Date {
        let day: TimeInterval = 24 * 60 * 60
        let before = zone.timeZone.secondsFromGMT(for: reading - day)
        let after = zone.timeZone.secondsFromGMT(for: reading + day)
        // An offset that is none of the zone's names a point in time and says nothing about the zone's clocks.
        if let instant, offset != .seconds(before), offset != .seconds(after) { return instant }
        let candidates = Set([before, after])
            .map { reading - TimeInterval($0) }
            .filter { $0 + TimeInterval(zone.timeZone.secondsFromGMT(for: $0)) == reading }
            .sorted()
        guard let first = candidates.first, let last = candidates.last else {
            throw .skipped(suggestion: reading - TimeInterval(before))
        }
        if let instant { return instant }
        guard first == last else { throw .repeated(earlier: first, later: last) }
        return first
    }
}

extension WallTime {
    /// Reads `2026-11-03T10:00[:00[.000]][Z|±01:00]`; nil when it is anything else or no real date. Fractions are dropped.
    public init?(_ text: String) {
        let pattern = /(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?([Zz]|[+\-]\d\d:\d\d)?/.asciiOnlyDigits()
        guard text.utf8.count <= 40, let match = text.wholeMatch(of: pattern)?.output else { return nil }
        func number(_ part: Substring?) -> Int { part.flatMap { Int($0) } ?? 0 }

        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = DateComponents(
            year: number(match.1), month: number(match.2), day: number(match.3), hour: number(match.4),
            minute: number(match.5), second: number(match.6))
        guard number(match.4) < 24, number(match.5) < 60, number(match.6) < 60, let reading = calendar.date(from: parts),
            calendar.dateComponents([.month, .day], from: reading)
                == DateComponents(month: parts.month, day: parts.day)
        else { return nil }

        self.reading = reading
        switch match.7 {
        case nil: offset = .unstated
        case "Z", "z": offset = .zulu
        case .some(let written):
            let hours = number(written.dropFirst().prefix(2))
            let minutes = number(written.suffix(2))
            guard hours < 24, minutes < 60 else { return nil }
            offset = .seconds((written.first == "-" ? -1 : 1) * (hours * 60 + minutes) * 60)
        }
    }
}
