import Foundation

/// A wall-clock reading without a zone. Its number of seconds counts as if the clock stood in UTC.
struct CivilTime: Sendable, Hashable {
    var secondsSinceEpoch: Int64

    init(secondsSinceEpoch: Int64) { self.secondsSinceEpoch = secondsSinceEpoch }

    /// Reads `yyyy-MM-dd`, followed by `THH:mm:ss` when there is to be a time. Nil for days or times that do not exist.
    init?(_ scanner: inout DigitScanner, hasTime: Bool) {
        guard let year = scanner.digits(4), year > 0, scanner.take("-"), let month = scanner.digits(2),
            (1...12).contains(month),
            scanner.take("-"), let day = scanner.digits(2), (1...Self.days(inMonth: month, year: year)).contains(day)
        else { return nil }
        secondsSinceEpoch = Self.days(year: year, month: month, day: day) * 86400
        guard hasTime else { return }
        guard scanner.take("T") || scanner.take("t"), let hour = scanner.digits(2), hour < 24, scanner.take(":"),
            let minute = scanner.digits(2), minute < 60, scanner.take(":"), let second = scanner.digits(2), second < 60
        else { return nil }
        secondsSinceEpoch += hour * 3600 + minute * 60 + second
    }

    /// `2026-11-03T10:00:00`
    var text: String {
        var text: [UInt8] = []
        write(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends what `text` is, for texts that go on behind it.
    func write(to text: inout [UInt8]) {
        text.reserveCapacity(32)
        let days = secondsSinceEpoch.dividedDown(by: 86400)
        let (year, month, day) = Self.date(days: days)
        let second = Int(secondsSinceEpoch - days * 86400)
        text.append(Int(year), digits: year > 9999 ? 5 : 4)
        text.append("-", twoDigits: month)
        text.append("-", twoDigits: day)
        text.append("T", twoDigits: second / 3600)
        text.append(":", twoDigits: second / 60 % 60)
        text.append(":", twoDigits: second % 60)
    }

    /// The instant at which the clocks of `zone` show this. In the gap of a spring change the clock that ran before it
    /// counts, in the overlap of autumn the earlier instant; what Google does there is not documented.
    /// - Parameter takesLaterOffset: the clock that runs after the change counts in both cases.
    func instant(in zone: TimeZone, takesLaterOffset: Bool = false) -> Instant {
        let day: Int64 = takesLaterOffset ? 86400 : -86400
        let beside = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(secondsSinceEpoch + day)))
        let guess = secondsSinceEpoch - Int64(beside)
        let there = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(guess)))
        let second = secondsSinceEpoch - Int64(there)
        let isSettled = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second))) == there
        return Instant(milliseconds: (isSettled ? second : guess) * 1000)
    }

    // Days from and to the civil date after Howard Hinnant, http://howardhinnant.github.io/date_algorithms.html
    static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted.dividedDown(by: 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    static func date(days: Int64) -> (year: Int64, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted.dividedDown(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), Int(month), Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1))
    }

    static func days(inMonth month: Int64, year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension [UInt8] {
    /// Appends the last `count` decimal digits of a number that is not negative.
    mutating func append(_ number: Int, digits count: Int) {
        var place = 1
        for _ in 1..<count { place *= 10 }
        while place > 0 {
            append(UInt8(ascii: "0") + UInt8(number / place % 10))
            place /= 10
        }
    }

    /// Appends a separator and a number below 100.
    mutating func append(_ separator: Unicode.Scalar, twoDigits number: Int) {
        append(UInt8(ascii: separator))
        append(UInt8(ascii: "0") + UInt8(number / 10))
        append(UInt8(ascii: "0") + UInt8(number % 10))
    }
}

/// Reads a text of digits and separators from the front.
struct DigitScanner {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: some StringProtocol) { bytes = Array(text.utf8) }

    var isAtEnd: Bool { position == bytes.count }

    mutating func digit() -> Int64? {
        guard position < bytes.count, 0x30...0x39 ~= bytes[position] else { return nil }
        position += 1
        return Int64(bytes[position - 1] - 0x30)
    }

    mutating func digits(_ count: Int) -> Int64? {
        var number: Int64 = 0
        for _ in 0..<count {
            guard let digit = digit() else { return nil }
            number = number * 10 + digit
        }
        return number
    }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }
}
