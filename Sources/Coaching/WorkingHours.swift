import Foundation

/// When a coach works, in readings of the clocks of a zone that the caller names.
public struct WorkingHours: Sendable, Equatable {
    /// A day that is missing is a day off.
    public var weekdays: [Weekday: [Hours]]
    /// Dates with hours of their own, or none. They take the place of the weekday's.
    public var exceptions: [LocalDate: [Hours]]

    public init(weekdays: [Weekday: [Hours]], exceptions: [LocalDate: [Hours]] = [:]) {
        self.weekdays = weekdays
        self.exceptions = exceptions
    }

    /// Monday to Friday from nine to five.
    public static let usual = {
        let week: [Weekday] = [.monday, .tuesday, .wednesday, .thursday, .friday]
        return WorkingHours(weekdays: Dictionary(uniqueKeysWithValues: week.map { ($0, [Hours(from: 9 * 60, to: 17 * 60)]) }))
    }()

    /// Stretches that one day can have: more than anybody's, and few enough to go through.
    public static let mostPerDay = 24
    /// More than a year of days that all differ.
    public static let mostExceptions = 400

    /// Every reason why these hours cannot be kept; empty when they can. A day that is twice among the exceptions is found
    /// while decoding.
    /// - Parameter prefix: the name of the field that has these hours; empty if they are not inside of one.
    public func violations(field prefix: String) -> [InvalidInput.Field] {
        let prefix = prefix.isEmpty ? "" : prefix + "."
        var found: [InvalidInput.Field] = []
        func check(_ day: [Hours], _ name: String) {
            if day.count > Self.mostPerDay {
                found.append(.init(prefix + name, "has more than \(Self.mostPerDay) stretches; join some of them"))
            } else if !day.isInOrder {
                found.append(.init(prefix + name, "must be in order and not overlap, and every `to` must be after its `from`"))
            }
        }
        for weekday in Weekday.allCases { check(weekdays[weekday] ?? [], "weekdays.\(weekday)") }
        if exceptions.count > Self.mostExceptions {
            found.append(.init(prefix + "exceptions", "has more than \(Self.mostExceptions) dates; leave out those gone by"))
        } else {
            for (date, hours) in exceptions.sorted(by: { $0.key < $1.key }) { check(hours, "exceptions.\(date)") }
        }
        return found
    }

    /// The time within `window` at which the coach works.
    ///
    /// Where clocks change: a time that they skip is the moment at which they do; of a time that they show twice, `from` is
    /// the first and `to` the second. `24:00` is where the day ends.
    public func open(in window: TimeRange, zone: Zone) -> TimeRanges {
        open(in: window, WallClock(zone, around: window))
    }

    /// - Parameter clock: one around `window`.
    func open(in window: TimeRange, _ clock: WallClock) -> TimeRanges {
        let week = Weekday.allCases.map { weekdays[$0] ?? [] }
        // Clocks that go back over midnight show the day before again.
        let days = clock.day(at: window.start) - 1...clock.day(at: window.end) + 1
        return TimeRanges(
            days.flatMap { day in
                (exceptions[LocalDate(day: day)] ?? week[day.modulo(7)]).compactMap { hours in
                    let midnight = day * WallClock.day
                    let start = clock.first(midnight + hours.from * 60)
                    let end = midnight + hours.to * 60
                    return TimeRange(start, hours.to == Hours.day ? clock.end(ofDayBefore: end) : clock.last(end))?
                        .clamped(to: window)
                }
            })
    }
}

/// A stretch of a working day, half open, in minutes since the midnight of the coach's clocks: what they show, not what has
/// gone by.
public struct Hours: Sendable, Hashable {
    /// 0 to 1439.
    public var from: Int
    /// 1 to 1440, which is the end of the day, and after `from`.
    public var to: Int

    public init(from: Int, to: Int) {
        self.from = from
        self.to = to
    }

    static let day = 24 * 60
}

extension [Hours] {
    fileprivate var isInOrder: Bool {
        allSatisfy { 0 <= $0.from && $0.from < $0.to && $0.to <= Hours.day }
            && zip(self, dropFirst()).allSatisfy { $0.to <= $1.from }
    }
}

/// `{"from": "09:00", "to": "24:00"}`
extension Hours: Codable {
    private struct Time: Codable {
        var minutes: Int

        init(minutes: Int) { self.minutes = minutes }

        init(from decoder: any Decoder) throws {
            self = try decoder.parsed(Self.init, else: "must be a time of day such as 09:00; only `to` can be 24:00")
        }

        init?(_ text: String) {
            let numbers = text.split(separator: ":").compactMap { Int($0) }
            guard text.utf8.count == 5, numbers.count == 2 else { return nil }
            minutes = numbers[0] * 60 + numbers[1]
            guard (0...Hours.day).contains(minutes), description == text else { return nil }
        }

        var description: String { "\((minutes / 60).twoDigits):\((minutes % 60).twoDigits)" }

        func encode(to encoder: any Encoder) throws {
            var value = encoder.singleValueContainer()
            try value.encode(description)
        }
    }

    private enum CodingKeys: CodingKey { case from, to }

    public init(from decoder: any Decoder) throws {
        try decoder.requireOnly("from", "to")
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        from = try fields.decode(Time.self, forKey: .from).minutes
        to = try fields.decode(Time.self, forKey: .to).minutes
        guard from < Self.day else {
            throw DecodingError.dataCorruptedError(forKey: .from, in: fields, debugDescription: "must be before 24:00")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(Time(minutes: from), forKey: .from)
        try fields.encode(Time(minutes: to), forKey: .to)
    }
}

/// `{"weekdays": {"monday": [{"from": "09:00", "to": "12:00"}]}, "exceptions": [{"date": "2027-03-05", "hours": []}]}`, where
/// `exceptions` may be missing.
extension WorkingHours: Codable {
    private struct Exception: Codable {
        var date: LocalDate
        var hours: [Hours]

        init(date: LocalDate, hours: [Hours]) {
            self.date = date
            self.hours = hours
        }

        init(from decoder: any Decoder) throws {
            try decoder.requireOnly("date", "hours")
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            date = try fields.decode(LocalDate.self, forKey: .date)
            hours = try fields.decode([Hours].self, forKey: .hours)
        }
    }

    private enum CodingKeys: CodingKey { case weekdays, exceptions }

    public init(from decoder: any Decoder) throws {
        try decoder.requireOnly("weekdays", "exceptions")
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        weekdays = [:]
        for (name, hours) in try fields.decode([String: [Hours]].self, forKey: .weekdays) {
            guard let weekday = Weekday(rawValue: name) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .weekdays, in: fields, debugDescription: "has a name that is none of monday to sunday")
            }
            weekdays[weekday] = hours
        }
        exceptions = [:]
        for exception in try fields.decodeIfPresent([Exception].self, forKey: .exceptions) ?? []
        where exceptions.updateValue(exception.hours, forKey: exception.date) != nil {
            throw DecodingError.dataCorruptedError(
                forKey: .exceptions, in: fields, debugDescription: "has \(exception.date) twice")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(weekdays, forKey: .weekdays)
        let exceptions = exceptions.sorted { $0.key < $1.key }.map { Exception(date: $0.key, hours: $0.value) }
        try fields.encode(exceptions, forKey: .exceptions)
    }
}
