/// The local times at which a rule repeats, in order, from its first to the last; endless rules end with the year 9999.
struct Occurrences: Sequence, IteratorProtocol {
    /// A rule that finds nothing on so many days in a row, over a hundred years of them, finds nothing any more.
    private static let barrenDays: Int64 = 40_000

    private let rule: RecurrenceRule
    private let start: CivilTime
    /// The number of the next period since the one that holds `start`.
    private var period: Int64 = 0
    private var found: ArraySlice<CivilTime> = []
    private var left: Int

    /// - Parameters:
    ///   - start: the first occurrence, or what stands for it.
    ///   - hint: the caller does not need what is before; a rule without COUNT skips there.
    init(of rule: RecurrenceRule, from start: CivilTime, skippingTo hint: CivilTime?) {
        var complete = rule
        complete.fillIn(from: start)
        self.rule = complete
        self.start = start
        left = rule.count ?? .max
        if let hint, rule.count == nil { skip(to: hint) }
    }

    mutating func next() -> CivilTime? {
        guard left > 0 else { return nil }
        var barren: Int64 = 0
        while found.isEmpty {
            guard barren < Self.barrenDays, let days = days(of: period) else { return nil }
            period += rule.interval
            barren += daysOfPeriod
            found = times(on: days)[...]
        }
        left -= 1
        return found.popFirst()
    }

    private var daysOfPeriod: Int64 {
        switch rule.frequency {
        case .daily: 1
        case .weekly: 7
        case .monthly: 31
        case .yearly: rule.months.isEmpty ? 366 : Int64(31 * rule.months.count)
        }
    }

    private mutating func skip(to hint: CivilTime) {
        let days = (hint.secondsSinceEpoch - start.secondsSinceEpoch).dividedDown(by: 86400)
        let periods: Int64 =
            switch rule.frequency {
            case .daily: days
            case .weekly: days / 7
            case .monthly: days / 31
            case .yearly: days / 366
            }
        // One period early, since the first one may have begun before `start`.
        period = Swift.max(0, (periods - 1) / rule.interval * rule.interval)
    }

    private func times(on days: [Int64]) -> [CivilTime] {
        var times: [CivilTime] = []
        for day in days {
            for hour in rule.hours {
                for minute in rule.minutes {
                    for second in rule.seconds {
                        times.append(CivilTime(secondsSinceEpoch: day * 86400 + hour * 3600 + minute * 60 + second))
                    }
                }
            }
        }
        if !rule.positions.isEmpty {
            let count = Int64(times.count)
            let wanted = Set(rule.positions.map { $0 > 0 ? $0 - 1 : count + $0 })
            times = times.indices.filter { wanted.contains(Int64($0)) }.map { times[$0] }
        }
        return times.filter { $0.secondsSinceEpoch >= start.secondsSinceEpoch }
    }

    /// The days of a period that the rule wants; nil beyond the year 9999.
    private func days(of period: Int64) -> [Int64]? {
        let startDay = start.secondsSinceEpoch.dividedDown(by: 86400)
        let first = CivilTime.date(days: startDay)
        switch rule.frequency {
        case .daily:
            let day = startDay + period
            return Year.isWithin(day) ? [day].filter { rule.wants($0, in: Year(of: $0)) } : nil
        case .weekly:
            let monday = startDay - (Year.weekday(startDay) - Int64(rule.weekStart) + 7) % 7
            let week = monday + period * 7
            return Year.isWithin(week + 6) ? (week..<week + 7).filter { rule.wants($0, in: Year(of: $0)) } : nil
        case .monthly:
            let months = first.year * 12 + Int64(first.month) - 1 + period
            guard months / 12 <= 9999 else { return nil }
            let year = Year(months / 12)
            return year.days(ofMonth: months % 12 + 1).filter { rule.wants($0, in: year) }
        case .yearly:
            guard first.year + period <= 9999 else { return nil }
            let year = Year(first.year + period)
            let months = rule.months.isEmpty ? Array(1...12) : rule.months
            return months.flatMap { year.days(ofMonth: $0) }.filter { rule.wants($0, in: year) }
        }
    }
}

extension RecurrenceRule {
    /// What a rule does not say it takes from the first occurrence.
    fileprivate mutating func fillIn(from start: CivilTime) {
        let day = start.secondsSinceEpoch.dividedDown(by: 86400)
        let second = start.secondsSinceEpoch - day * 86400
        if hours.isEmpty { hours = [second / 3600] }
        if minutes.isEmpty { minutes = [second / 60 % 60] }
        if seconds.isEmpty { seconds = [second % 60] }
        guard weekNumbers.isEmpty, yearDays.isEmpty, monthDays.isEmpty, weekdays.isEmpty else { return }
        let date = CivilTime.date(days: day)
        switch frequency {
        case .daily: break
        case .weekly: weekdays = [WeekdayPart(ordinal: nil, weekday: Int(Year.weekday(day)))]
        case .monthly: monthDays = [Int64(date.day)]
        case .yearly:
            if months.isEmpty { months = [Int64(date.month)] }
            monthDays = [Int64(date.day)]
        }
    }

    /// Whether every part of the rule that speaks of days admits `day`.
    fileprivate func wants(_ day: Int64, in year: Year) -> Bool {
        let date = CivilTime.date(days: day)
        let month = Int64(date.month)
        if !months.isEmpty, !months.contains(month) { return false }
        if !monthDays.isEmpty {
            let length = CivilTime.days(inMonth: month, year: date.year)
            guard monthDays.contains(where: { ($0 > 0 ? $0 : length + 1 + $0) == Int64(date.day) }) else { return false }
        }
        if !yearDays.isEmpty {
            let number = day - year.first + 1
            guard yearDays.contains(where: { ($0 > 0 ? $0 : year.length + 1 + $0) == number }) else { return false }
        }
        if !weekNumbers.isEmpty, !year.isInWeek(day, of: weekNumbers, weekStart: Int64(weekStart)) { return false }
        return weekdays.isEmpty || weekdays.contains { isWanted(day, by: $0, in: year) }
    }

    private func isWanted(_ day: Int64, by part: WeekdayPart, in year: Year) -> Bool {
        guard Year.weekday(day) == Int64(part.weekday) else { return false }
        guard let ordinal = part.ordinal else { return true }
        // An ordinal counts within the month, unless the rule goes by whole years.
        let span =
            frequency == .monthly || !months.isEmpty
            ? year.days(ofMonth: Int64(CivilTime.date(days: day).month)) : year.first..<year.first + year.length
        let position = ordinal > 0 ? (day - span.lowerBound) / 7 + 1 : -((span.upperBound - 1 - day) / 7 + 1)
        return position == Int64(ordinal)
    }
}
