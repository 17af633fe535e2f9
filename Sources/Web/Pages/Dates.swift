import Coaching
import Foundation

/// Dates and times as one person reads them: in their language, on the clocks of one zone.
struct Dates: Sendable {
    let words: Words
    let zone: Zone
    let locale: Locale
    let calendar: Calendar

    /// - Parameter tag: the person's own locale; it counts where it is of the language of the page.
    init(_ words: Words, zone: Zone, personal tag: String?) {
        self.words = words
        self.zone = zone
        let isSame = tag.flatMap { Language(tag: $0) } == words.language && tag?.contains { "-_".contains($0) } == true
        // Without a region, English counts the hours to 24 and begins the week on Monday.
        locale = Locale(identifier: isSame ? tag ?? "" : words.language == .en ? "en_GB" : words.language.rawValue)
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone.timeZone
        calendar.locale = locale
        self.calendar = calendar
    }

    private func format(_ style: Date.FormatStyle, _ date: Date) -> String { date.formatted(style) }

    private var style: Date.FormatStyle {
        Date.FormatStyle(locale: locale, calendar: calendar, timeZone: zone.timeZone)
    }

    /// `10:00`
    func time(_ date: Date) -> String { format(style.hour().minute(), date) }

    /// `Mon 4`
    func shortDay(_ date: Date) -> String { format(style.weekday(.abbreviated).day(), date) }

    /// `Monday 4 January 2027`
    func day(_ date: Date) -> String { format(style.weekday(.wide).day().month(.wide).year(), date) }

    /// `4 Jan`
    func shortDate(_ date: Date) -> String { format(style.day().month(.abbreviated), date) }

    /// `January 2027`
    func month(_ date: Date) -> String { format(style.month(.wide).year(), date) }

    /// `Monday`
    func weekday(_ date: Date) -> String { format(style.weekday(.abbreviated), date) }

    func dayOfMonth(_ date: Date) -> String { format(style.day(), date) }

    /// `Monday 4 January 2027, 10:00–11:00`
    func range(_ range: TimeRange) -> String {
        let isOneDay = calendar.isDate(range.start, inSameDayAs: range.end - 1)
        let end = isOneDay ? time(range.end) : "\(shortDate(range.end)) \(time(range.end))"
        return "\(day(range.start)), \(time(range.start))–\(end)"
    }

    func times(_ range: TimeRange) -> String { "\(time(range.start))–\(time(range.end))" }

    /// `4 Jan, 10:00`, with the year where it is not this one.
    func moment(_ date: Date, now: Date) -> String {
        let isThisYear = calendar.isDate(date, equalTo: now, toGranularity: .year)
        let day = isThisYear ? shortDate(date) : format(style.day().month(.abbreviated).year(), date)
        return calendar.isDate(date, inSameDayAs: now) ? time(date) : "\(day), \(time(date))"
    }

    /// `3 minutes ago`, `in 2 hours`, and what is now.
    func relative(_ date: Date, now: Date) -> String {
        let seconds = date.timeIntervalSince(now)
        if abs(seconds) < 45 { return words(seconds > 5 ? "relative.soon" : "relative.now") }
        let (unit, length): (String, Double) =
            switch abs(seconds) {
            case ..<(55 * 60): ("minutes", 60)
            case ..<(22 * 3600): ("hours", 3600)
            default: ("days", 86_400)
            }
        let number = max(1, Int((abs(seconds) / length).rounded()))
        return words.count("relative.\(seconds < 0 ? "past" : "future").\(unit)", number)
    }

    /// `2027-01-04`, as addresses and forms have it.
    func iso(_ date: Date) -> String { String(zone.rfc3339(date).prefix(10)) }

    /// `10:00`, as forms have it.
    func isoTime(_ date: Date) -> String { String(zone.rfc3339(date).dropFirst(11).prefix(5)) }

    /// Midnight, or when the day begins where clocks skip it.
    func start(of day: LocalDate) -> Date? {
        let numbers = day.description.split(separator: "-").compactMap { Int($0) }
        guard numbers.count == 3 else { return nil }
        return calendar.date(from: DateComponents(year: numbers[0], month: numbers[1], day: numbers[2])).map {
            calendar.startOfDay(for: $0)
        }
    }

    func adding(_ days: Int, to date: Date) -> Date {
        calendar.date(byAdding: .day, value: days, to: date).map { calendar.startOfDay(for: $0) } ?? date
    }

    func weekStart(_ date: Date) -> Date { calendar.dateInterval(of: .weekOfYear, for: date)?.start ?? date }

    func monthStart(_ date: Date) -> Date { calendar.dateInterval(of: .month, for: date)?.start ?? date }

    /// Minutes since midnight that the clocks show.
    func minuteOfDay(_ date: Date) -> Int {
        let parts = calendar.dateComponents([.hour, .minute], from: date)
        return (parts.hour ?? 0) * 60 + (parts.minute ?? 0)
    }
}

extension Zone {
    /// As people read it: `Europe/Berlin` is fine, underscores are not.
    var display: String { name.replacingOccurrences(of: "_", with: " ") }

    /// All that can be chosen, by name.
    static let all: [Zone] = TimeZone.knownTimeZoneIdentifiers.sorted().compactMap { name in
        name.contains("/") && !name.hasPrefix("Etc/") || name == "UTC" ? Zone(name) : nil
    }
}
