/// An RRULE or EXRULE. Source: https://www.rfc-editor.org/rfc/rfc5545#section-3.3.10
///
/// Rules that repeat within a day (`HOURLY` and below) are refused: no calendar shows them.
struct RecurrenceRule: Sendable, Hashable {
    enum Frequency: String, Sendable {
        case daily = "DAILY"
        case weekly = "WEEKLY"
        case monthly = "MONTHLY"
        case yearly = "YEARLY"
    }

    /// `TU`, or with an ordinal `2TU` and `-1TU`: the second and the last of the month or the year.
    struct WeekdayPart: Sendable, Hashable {
        var ordinal: Int?
        /// 0 is Monday.
        var weekday: Int
    }

    /// The last moment at which an occurrence may begin.
    enum Until: Sendable, Hashable {
        case instant(Instant)
        /// On the clock of the series.
        case local(CivilTime)
    }

    var frequency = Frequency.daily
    var interval: Int64 = 1
    var count: Int?
    var until: Until?
    var months: [Int64] = []
    var weekNumbers: [Int64] = []
    var yearDays: [Int64] = []
    var monthDays: [Int64] = []
    var weekdays: [WeekdayPart] = []
    var hours: [Int64] = []
    var minutes: [Int64] = []
    var seconds: [Int64] = []
    var positions: [Int64] = []
    var weekStart = 0

    private static let maximumTimesOfDay = 100

    /// How many times one day can have.
    var timesOfDay: Int { [hours, minutes, seconds].reduce(1) { $0 * max(1, $1.count) } }

    /// Nil for text that is no rule, or none that is understood.
    init?(_ text: Substring) {
        var names: Set<Substring> = []
        for part in text.split(separator: ";", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, names.insert(pair[0]).inserted, take(pair[0], pair[1]) else { return nil }
        }
        guard names.contains("FREQ"), count == nil || until == nil else { return nil }
        guard frequency == .monthly || frequency == .yearly || weekdays.allSatisfy({ $0.ordinal == nil }) else { return nil }
        guard timesOfDay <= Self.maximumTimesOfDay else { return nil }
        guard positions.isEmpty || names.contains(where: { $0.hasPrefix("BY") && $0 != "BYSETPOS" }) else { return nil }
    }

    private mutating func take(_ name: Substring, _ value: Substring) -> Bool {
        switch name {
        case "FREQ": return Frequency(rawValue: String(value)).map { frequency = $0 } != nil
        case "INTERVAL": return Self.number(value, in: 1...100_000).map { interval = $0 } != nil
        case "COUNT": return Self.number(value, in: 1...1_000_000).map { count = Int($0) } != nil
        case "UNTIL": return Until(value).map { until = $0 } != nil
        case "WKST": return Self.weekday(value).map { weekStart = $0 } != nil
        case "BYDAY": return list(value, Self.weekdayPart).map { weekdays = $0 } != nil
        case "BYMONTH": return numbers(value, in: 1...12).map { months = $0 } != nil
        case "BYMONTHDAY": return signed(value, upTo: 31).map { monthDays = $0 } != nil
        case "BYYEARDAY": return signed(value, upTo: 366).map { yearDays = $0 } != nil
        case "BYWEEKNO": return frequency == .yearly && signed(value, upTo: 53).map { weekNumbers = $0 } != nil
        case "BYSETPOS": return signed(value, upTo: 366).map { positions = $0 } != nil
        case "BYHOUR": return numbers(value, in: 0...23).map { hours = $0 } != nil
        case "BYMINUTE": return numbers(value, in: 0...59).map { minutes = $0 } != nil
        case "BYSECOND": return numbers(value, in: 0...59).map { seconds = $0 } != nil
        default: return false
        }
    }

    /// What stands in a list twice counts once.
    private func list<Element: Hashable>(_ text: Substring, _ read: (Substring) -> Element?) -> [Element]? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let elements = parts.compactMap(read)
        guard elements.count == parts.count else { return nil }
        var known: Set<Element> = []
        return elements.filter { known.insert($0).inserted }
    }

    private func numbers(_ text: Substring, in range: ClosedRange<Int64>) -> [Int64]? {
        list(text) { Self.number($0, in: range) }.map { $0.sorted() }
    }

    /// Negative numbers count from the end.
    private func signed(_ text: Substring, upTo limit: Int64) -> [Int64]? {
        list(text) { part in Self.number(part, in: -limit...limit).flatMap { $0 == 0 ? nil : $0 } }
    }

    private static func number(_ text: Substring, in range: ClosedRange<Int64>) -> Int64? {
        guard let number = Int64(text), range.contains(number) else { return nil }
        return number
    }

    private static func weekday(_ text: Substring) -> Int? { ["MO", "TU", "WE", "TH", "FR", "SA", "SU"].firstIndex(of: text) }

    private static func weekdayPart(_ text: Substring) -> WeekdayPart? {
        guard let weekday = weekday(text.suffix(2)) else { return nil }
        let ordinal = text.dropLast(2)
        guard !ordinal.isEmpty else { return WeekdayPart(ordinal: nil, weekday: weekday) }
        guard let number = Int(ordinal), number != 0, (-53...53).contains(number) else { return nil }
        return WeekdayPart(ordinal: number, weekday: weekday)
    }
}

extension RecurrenceRule.Until {
    init?(_ text: Substring) {
        guard let time = CompactTime(text) else { return nil }
        switch time {
        // A day means all of it.
        case .day(let day): self = .local(CivilTime(secondsSinceEpoch: day.daysSinceEpoch * 86400 + 86399))
        case .utc(let instant): self = .instant(instant)
        case .local(let local): self = .local(local)
        }
    }
}

/// A time as iCalendar writes it: `20261103`, `20261103T100000` or `20261103T090000Z`.
enum CompactTime {
    case day(Day)
    case local(CivilTime)
    case utc(Instant)

    init?(_ text: Substring) {
        var scanner = DigitScanner(text)
        guard let year = scanner.digits(4), let month = scanner.digits(2), let date = scanner.digits(2),
            let day = Day("\(text.prefix(4))-\(twoDigits(Int(month)))-\(twoDigits(Int(date)))"), year > 0
        else { return nil }
        guard !scanner.isAtEnd else {
            self = .day(day)
            return
        }
        guard scanner.take("T"), let hour = scanner.digits(2), hour < 24, let minute = scanner.digits(2), minute < 60,
            let second = scanner.digits(2), second < 60
        else { return nil }
        let seconds = day.daysSinceEpoch * 86400 + hour * 3600 + minute * 60 + second
        if scanner.isAtEnd {
            self = .local(CivilTime(secondsSinceEpoch: seconds))
        } else if scanner.take("Z"), scanner.isAtEnd {
            self = .utc(Instant(milliseconds: seconds * 1000))
        } else {
            return nil
        }
    }
}
