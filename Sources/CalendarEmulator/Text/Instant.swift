import Foundation

/// A point in time, in whole milliseconds since 1970-01-01T00:00:00Z: the resolution of every time Google shows.
struct Instant: Sendable, Hashable, Comparable {
    var milliseconds: Int64

    /// Years 0001 to 9999, the range RFC 3339 can write.
    static let representable: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999

    init(milliseconds: Int64) {
        self.milliseconds = min(max(milliseconds, Self.representable.lowerBound), Self.representable.upperBound)
    }

    init(_ date: Date) {
        let milliseconds = (date.timeIntervalSince1970 * 1000).rounded(.down)
        self.init(milliseconds: Int64(exactly: milliseconds) ?? (milliseconds < 0 ? .min : .max))
    }

    static func < (left: Instant, right: Instant) -> Bool { left.milliseconds < right.milliseconds }

    var seconds: Int64 { milliseconds.dividedDown(by: 1000) }
    var date: Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }

    func adding(milliseconds more: Int64) -> Instant {
        let (sum, overflow) = milliseconds.addingReportingOverflow(more)
        return Instant(milliseconds: overflow ? (more < 0 ? .min : .max) : sum)
    }

    func adding(seconds more: Int64) -> Instant {
        let (product, overflow) = more.multipliedReportingOverflow(by: 1000)
        return adding(milliseconds: overflow ? (more < 0 ? .min : .max) : product)
    }

    /// Without its milliseconds, as `created` is kept.
    var wholeSecond: Instant { Instant(milliseconds: seconds * 1000) }

    /// `2026-11-03T09:00:00.000Z`
    var utc: String {
        var text: [UInt8] = []
        CivilTime(secondsSinceEpoch: seconds).write(to: &text)
        text.append(UInt8(ascii: "."))
        text.append(Int(milliseconds - seconds * 1000), digits: 3)
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }

    /// `2026-11-03T10:00:00+01:00`: the wall clock of `zone` with its offset; `Z` in UTC.
    func text(in zone: TimeZone) -> String {
        // In whole minutes, since nothing smaller can be written: clocks of before time zones differ by seconds.
        let offset = zone.secondsFromGMT(for: date) / 60 * 60
        var text: [UInt8] = []
        CivilTime(secondsSinceEpoch: seconds + Int64(offset)).write(to: &text)
        if offset == 0 {
            text.append(UInt8(ascii: "Z"))
        } else {
            text.append(offset < 0 ? "-" : "+", twoDigits: abs(offset) / 3600)
            text.append(":", twoDigits: abs(offset) / 60 % 60)
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// A day of the calendar without a time: the `date` of all-day events.
struct Day: Sendable, Hashable, Comparable {
    var daysSinceEpoch: Int64

    static func < (left: Day, right: Day) -> Bool { left.daysSinceEpoch < right.daysSinceEpoch }

    /// Nil unless `text` is `yyyy-MM-dd` and such a day exists.
    init?(_ text: String) {
        var scanner = DigitScanner(text)
        guard let time = CivilTime(&scanner, hasTime: false), scanner.isAtEnd else { return nil }
        daysSinceEpoch = time.secondsSinceEpoch.dividedDown(by: 86400)
    }

    var text: String { String(CivilTime(secondsSinceEpoch: daysSinceEpoch * 86400).text.prefix(10)) }

    /// When this day begins in `zone`.
    func start(in zone: TimeZone) -> Instant {
        CivilTime(secondsSinceEpoch: daysSinceEpoch * 86400).instant(in: zone)
    }
}

func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

extension Int64 {
    /// Division that rounds towards minus infinity, so that times before 1970 fall on the right second and day.
    func dividedDown(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
