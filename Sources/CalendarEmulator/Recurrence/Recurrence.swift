import Foundation

/// How an event repeats: the lines of its `recurrence`.
/// Source: https://developers.google.com/workspace/calendar/api/concepts/events-calendars#recurrence_rule
struct Recurrence: Sendable, Hashable {
    /// As they were sent; answers give them back unchanged.
    let lines: [String]
    private var rules: [RecurrenceRule] = []
    private var exclusionRules: [RecurrenceRule] = []
    private var dates: [EventTime] = []
    private var exclusions: [EventTime] = []

    private static let maximumLines = 1000
    private static let maximumRules = 10
    /// How many instances of a series are found where nobody says when to stop: about two years of days. Google's own bound
    /// is not published.
    static let maximumUnbounded = 730
    /// How many instances one series can have at all. Google's own bound is not published.
    static let maximumCount = 20_000

    /// - Parameter zone: of the event; times without a zone of their own are on its clock.
    init(lines: [String], zone: TimeZone) throws(GoogleError) {
        self.lines = lines
        guard lines.count <= Self.maximumLines else { throw .invalid("Too many recurrence lines.") }
        for line in lines {
            guard take(line, zone: zone), rules.count + exclusionRules.count <= Self.maximumRules else {
                throw .invalid("Invalid recurrence rule.")
            }
        }
    }

    /// `NAME:value` or `NAME;PARAMETER=…:value`. DTSTART and DTEND are not allowed: `start` and `end` say it.
    private mutating func take(_ line: String, zone: TimeZone) -> Bool {
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return false }
        let names = parts[0].split(separator: ";", omittingEmptySubsequences: false)
        switch names.first {
        case "RRULE": return names.count == 1 && RecurrenceRule(parts[1]).map { rules.append($0) } != nil
        case "EXRULE": return names.count == 1 && RecurrenceRule(parts[1]).map { exclusionRules.append($0) } != nil
        case "RDATE": return Self.times(parts[1], names.dropFirst(), zone: zone).map { dates += $0 } != nil
        case "EXDATE": return Self.times(parts[1], names.dropFirst(), zone: zone).map { exclusions += $0 } != nil
        default: return false
        }
    }

    private static func times(
        _ text: Substring, _ parameters: ArraySlice<Substring>, zone: TimeZone
    ) -> [EventTime]? {
        var zone = zone
        for parameter in parameters {
            if parameter.hasPrefix("TZID=") {
                guard let named = TimeZone.iana(String(parameter.dropFirst(5))) else { return nil }
                zone = named
            } else if parameter != "VALUE=DATE", parameter != "VALUE=DATE-TIME" {
                return nil
            }
        }
        var times: [EventTime] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            switch CompactTime(part) {
            case .day(let day): times.append(.day(day))
            case .utc(let instant): times.append(.instant(instant, timeZone: nil))
            case .local(let local): times.append(.instant(local.instant(in: zone), timeZone: nil))
            case nil: return nil
            }
        }
        return times
    }
}

extension Recurrence {
    /// When the instances begin, in order and each once.
    /// - Parameters:
    ///   - start: of the first one.
    ///   - bounds: what the caller wants to see of it; the lower one lets a series of years ago be found fast.
    ///   - wanted: how many the caller needs at most.
    func starts(
        from start: EventTime, within bounds: (min: Instant?, max: Instant?), wanted: Int = .max
    ) -> [EventTime] {
        let clock = SeriesClock(start)
        // What is taken away is known only afterwards.
        let isReduced = !exclusions.isEmpty || !exclusionRules.isEmpty || !dates.isEmpty
        let limit = min(bounds.max == nil ? Self.maximumUnbounded : Self.maximumCount, isReduced ? .max : wanted)
        let excluded = Set(
            exclusions + exclusionRules.flatMap { Self.starts(of: $0, clock, within: bounds, limit: Self.maximumCount) })
        var found = Set(dates.filter { clock.isOfSameKind($0) })
        if rules.isEmpty { found.insert(clock.plain(start)) }
        for rule in rules { found.formUnion(Self.starts(of: rule, clock, within: bounds, limit: limit)) }
        let isWanted = { (time: EventTime) in
            let instant = time.instant(in: clock.zone)
            return bounds.min.map { instant >= $0 } ?? true && bounds.max.map { instant < $0 } ?? true
        }
        let sorted = found.subtracting(excluded).filter(isWanted)
            .sorted { $0.instant(in: clock.zone) < $1.instant(in: clock.zone) }
        return sorted.prefix(limit).map(clock.placed)
    }

    /// How many instances begin on one day at most, but for those of RDATE.
    var timesOfDay: Int { max(1, rules.map(\.timesOfDay).reduce(0, +)) }

    /// Whether an instance begins then.
    func has(_ time: EventTime, from start: EventTime) -> Bool {
        let instant = time.instant(in: SeriesClock(start).zone)
        let day = (instant.adding(seconds: -86400), instant.adding(seconds: 86400))
        return starts(from: start, within: day).contains(time)
    }

    private static func starts(
        of rule: RecurrenceRule, _ clock: SeriesClock, within bounds: (min: Instant?, max: Instant?), limit: Int
    ) -> [EventTime] {
        // Two days of room, since bounds are in the time of the world and occurrences on a clock of some zone.
        let hint = bounds.min.map { CivilTime(secondsSinceEpoch: $0.seconds - 2 * 86400) }
        let end = bounds.max.map { $0.seconds + 2 * 86400 }
        var starts: [EventTime] = []
        var examined = 0
        for local in Occurrences(of: rule, from: clock.start, skippingTo: hint) {
            if let end, local.secondsSinceEpoch > end { break }
            let time = clock.time(local)
            switch rule.until {
            case .instant(let last)? where time.instant(in: clock.zone) > last: return starts
            case .local(let last)? where local.secondsSinceEpoch > last.secondsSinceEpoch: return starts
            default: break
            }
            examined += 1
            if examined > Recurrence.maximumCount { break }
            if let hint, local.secondsSinceEpoch < hint.secondsSinceEpoch { continue }
            starts.append(time)
            if starts.count == limit { break }
        }
        return starts
    }
}
