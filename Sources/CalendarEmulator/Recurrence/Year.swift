/// A year of the Gregorian calendar, its days counted since 1970.
struct Year {
    let number: Int64
    let first: Int64
    let length: Int64

    init(_ number: Int64) {
        self.number = number
        first = CivilTime.days(year: number, month: 1, day: 1)
        length = CivilTime.days(year: number + 1, month: 1, day: 1) - first
    }

    init(of day: Int64) { self.init(CivilTime.date(days: day).year) }

    /// Whether the day has a date of four digits.
    static func isWithin(_ day: Int64) -> Bool { (-719_162...lastDay).contains(day) }

    /// 31 December 9999.
    static let lastDay: Int64 = 2_932_896

    /// 0 is Monday; the first of January 1970 was a Thursday.
    static func weekday(_ day: Int64) -> Int64 { ((day + 3) % 7 + 7) % 7 }

    func days(ofMonth month: Int64) -> Range<Int64> {
        let first = CivilTime.days(year: number, month: month, day: 1)
        return first..<first + CivilTime.days(inMonth: month, year: number)
    }

    /// Week 1 is the first with at least four days in the year.
    private func firstWeek(weekStart: Int64) -> Int64 {
        let daysBefore = (Self.weekday(first) - weekStart + 7) % 7
        return daysBefore <= 3 ? first - daysBefore : first + 7 - daysBefore
    }

    /// Early January may belong to the last week of the year before, late December to the first of the next.
    func isInWeek(_ day: Int64, of numbers: [Int64], weekStart: Int64) -> Bool {
        let start = firstWeek(weekStart: weekStart)
        let next = Year(number + 1).firstWeek(weekStart: weekStart)
        if day < start { return Year(number - 1).isInWeek(day, of: numbers, weekStart: weekStart) }
        if day >= next { return Year(number + 1).isInWeek(day, of: numbers, weekStart: weekStart) }
        let weeks = (next - start) / 7
        return numbers.contains { ($0 > 0 ? $0 : weeks + 1 + $0) == (day - start) / 7 + 1 }
    }
}
