/// A day of the calendar without a zone, such as `2027-03-05`.
public struct LocalDate: Sendable, Hashable, Comparable, LosslessStringConvertible {
    public static let rule = "must be a date such as 2027-03-05, in a year from 2000 to 2200"

    /// Days since 2001-01-01: a Monday, and the day that Foundation counts seconds from.
    let day: Int

    init(day: Int) { self.day = day }

    /// Nil for anything but a real date in the years that a session can be in.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Int($0) }
        guard text.utf8.count == 10, parts.count == 3, numbers.count == 3 else { return nil }
        day = Self.day(year: numbers[0], month: numbers[1], day: numbers[2])
        // A day that no month has comes out as another one, and odd spelling as the usual one.
        guard SessionDetails.years.contains(numbers[0]), description == text else { return nil }
    }

    public static func < (one: LocalDate, other: LocalDate) -> Bool { one.day < other.day }

    public var weekday: Weekday { Weekday.allCases[day.modulo(7)] }

    public var description: String {
        // Counts from a March, so that the leap day is a year's last; see https://howardhinnant.github.io/date_algorithms.html
        let days = day + Self.daysBefore2001
        let century = (4 * days + 3) / Self.fourCenturies
        let inCentury = days - century * Self.fourCenturies / 4
        let year = (4 * inCentury + 3) / Self.fourYears
        let inYear = inCentury - year * Self.fourYears / 4
        let month = (5 * inYear + 2) / 153
        let isNextYear = month >= 10
        return "\(century * 100 + year + (isNextYear ? 1 : 0))-\((isNextYear ? month - 9 : month + 3).twoDigits)-"
            + (inYear - (153 * month + 2) / 5 + 1).twoDigits
    }

    /// The inverse of ``description``, from the same place.
    private static func day(year: Int, month: Int, day: Int) -> Int {
        let fromMarch = month > 2 ? year : year - 1
        return fromMarch * 365 + fromMarch / 4 - fromMarch / 100 + fromMarch / 400
            + (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1 - daysBefore2001
    }

    /// From March 1st of the year 0.
    private static let daysBefore2001 = 730_791
    private static let fourCenturies = 146_097
    private static let fourYears = 1_461
}

extension LocalDate: Codable {
    public init(from decoder: any Decoder) throws {
        self = try decoder.parsed(Self.init, else: Self.rule)
    }

    public func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        try value.encode(description)
    }
}

public enum Weekday: String, Sendable, CaseIterable, Codable, CodingKeyRepresentable {
    case monday, tuesday, wednesday, thursday, friday, saturday, sunday
}

extension Int {
    /// The remainder that is never negative.
    func modulo(_ divisor: Int) -> Int {
        let remainder = self % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }

    /// The quotient that belongs to ``modulo(_:)``.
    func quotient(_ divisor: Int) -> Int { (self - modulo(divisor)) / divisor }

    var twoDigits: String { self < 10 ? "0\(self)" : "\(self)" }
}

/// Any key that an object may have.
private struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension Decoder {
    /// Refuses an object with other fields than these, which are likely misspelt.
    func requireOnly(_ known: String...) throws {
        let found = try container(keyedBy: AnyKey.self).allKeys
        guard let stray = found.first(where: { !known.contains($0.stringValue) }) else { return }
        throw DecodingError.dataCorrupted(
            .init(
                codingPath: codingPath + [stray],
                debugDescription: "is not known here; known are \(known.joined(separator: ", "))"))
    }

    /// A string that has to mean something.
    func parsed<Value>(_ parse: (String) -> Value?, else rule: String) throws -> Value {
        let container = try singleValueContainer()
        guard let value = parse(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: rule)
        }
        return value
    }
}
