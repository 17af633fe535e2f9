/// A line such as "Lunch with a client at the corner cafe tomorrow 12:30-13:30", taken apart.
struct QuickText {
    /// The local time at which it was said.
    let now: CivilTime
    private(set) var title = ""
    private(set) var place = ""
    /// Days since 1970.
    private(set) var day: Int64?
    /// Seconds since midnight.
    private(set) var time: Int64?
    private(set) var endTime: Int64?
    /// In seconds.
    private(set) var duration: Int64?

    private let words: [Substring]
    private var position = 0

    init(_ text: String, now: CivilTime) {
        self.now = now
        words = text.split(whereSeparator: \.isWhitespace)
        var titleWords: [Substring] = []
        var placeWords: [Substring] = []
        var isInPlace = false
        while position < words.count {
            if takesTimes() {
                isInPlace = false
            } else if word(0) == "at", position + 1 < words.count, !titleWords.isEmpty, placeWords.isEmpty {
                isInPlace = true
                position += 1
            } else {
                if isInPlace { placeWords.append(words[position]) } else { titleWords.append(words[position]) }
                position += 1
            }
        }
        title = titleWords.joined(separator: " ")
        place = placeWords.joined(separator: " ")
    }

    /// The word so many places on, without capitals and a comma behind it.
    private func word(_ offset: Int) -> String {
        guard words.indices.contains(position + offset) else { return "" }
        let word = words[position + offset].lowercased()
        return word.hasSuffix(",") ? String(word.dropLast()) : word
    }

    private mutating func takesTimes() -> Bool {
        let isIntroduced = ["on", "at", "from", "this", "next"].contains(word(0))
        let skipped = isIntroduced ? 1 : 0
        if day == nil, let (found, count) = date(at: skipped) {
            day = found
            position += skipped + count
            return true
        }
        if time == nil, let (start, end, count) = clock(at: skipped, isIntroduced: isIntroduced) {
            (time, endTime) = (start, end)
            position += skipped + count
            return true
        }
        if duration == nil, word(0) == "for", let length = Self.length(word(1), word(2)) {
            duration = length
            position += 3
            return true
        }
        return false
    }
}

// MARK: - Words that tell a time

extension QuickText {
    private static let weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

    /// A day that begins at the word so many places on, and how many words it takes.
    private func date(at offset: Int) -> (Int64, Int)? {
        let first = word(offset)
        switch first {
        case "today", "tonight": return (now.day, 1)
        case "tomorrow": return (now.day + 1, 1)
        default: break
        }
        if let weekday = Self.weekdays.firstIndex(where: { $0 == first || (first.count >= 3 && $0.prefix(3) == first) }) {
            let ahead = (Int64(weekday) - Year.weekday(now.day) + 7) % 7
            return (now.day + (ahead == 0 ? 7 : ahead), 1)
        }
        if let day = Day(first) { return (day.daysSinceEpoch, 1) }
        let slashed = first.split(separator: "/").compactMap { Int64($0) }
        if first.contains("/"), (2...3).contains(slashed.count) {
            return day(month: slashed[0], day: slashed[1], year: slashed.count == 3 ? slashed[2] : nil).map { ($0, 1) }
        }
        let second = word(offset + 1)
        let named: (Int64, Int64)? =
            if let month = Self.month(first), let number = Self.ordinal(second) {
                (month, number)
            } else if let month = Self.month(second), let number = Self.ordinal(first) {
                (month, number)
            } else {
                nil
            }
        guard let named else { return nil }
        let year = Int64(word(offset + 2)).flatMap { (1970...9999).contains($0) ? $0 : nil }
        return day(month: named.0, day: named.1, year: year).map { ($0, year == nil ? 2 : 3) }
    }

    /// Without a year the next such day is meant.
    private func day(month: Int64, day: Int64, year: Int64?) -> Int64? {
        let thisYear = CivilTime.date(days: now.day).year
        for candidate in year.map({ [$0] }) ?? [thisYear, thisYear + 1] {
            guard (1...12).contains(month), (1...9999).contains(candidate),
                (1...CivilTime.days(inMonth: month, year: candidate)).contains(day)
            else { continue }
            let days = CivilTime.days(year: candidate, month: month, day: day)
            if year != nil || days >= now.day { return days }
        }
        return nil
    }

    private static func month(_ word: String) -> Int64? {
        guard word.count >= 3 else { return nil }
        let names = [
            "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
            "december",
        ]
        return names.firstIndex { $0 == word || $0.prefix(3) == word }.map { Int64($0) + 1 }
    }

    /// `3`, `3rd`, `21st`.
    private static func ordinal(_ word: String) -> Int64? {
        for suffix in ["st", "nd", "rd", "th"] where word.hasSuffix(suffix) { return Int64(word.dropLast(2)) }
        return word.count <= 2 ? Int64(word) : nil
    }

    /// `10am`, `10:30`, `10-11am`, `10:00 - 11:30`, `noon`; a bare number counts only where a word such as "at" leads to it.
    private func clock(at offset: Int, isIntroduced: Bool) -> (Int64, Int64?, Int)? {
        let parts = word(offset).split(separator: "-", omittingEmptySubsequences: false)
        if parts.count == 2 {
            guard let end = Self.clock(parts[1], half: nil, allowsBare: true) else { return nil }
            let half = parts[1].suffix(2) == "am" || parts[1].suffix(2) == "pm" ? parts[1].suffix(2) : nil
            let allowsBare = half != nil || parts[0].contains(":") || isIntroduced
            guard let start = Self.clock(parts[0], half: half, allowsBare: allowsBare) else { return nil }
            return (start, end, 1)
        }
        guard parts.count == 1, let start = Self.clock(parts[0], half: nil, allowsBare: isIntroduced) else { return nil }
        if ["-", "to", "until"].contains(word(offset + 1)),
            let end = Self.clock(word(offset + 2)[...], half: nil, allowsBare: true)
        {
            return (start, end, 3)
        }
        return (start, nil, 1)
    }

    /// - Parameter half: `am` or `pm` when the other end of a range says it.
    private static func clock(_ word: Substring, half: Substring?, allowsBare: Bool) -> Int64? {
        if word == "noon" { return 12 * 3600 }
        if word == "midnight" { return 0 }
        let ownHalf = word.hasSuffix("am") || word.hasSuffix("pm") ? word.suffix(2) : nil
        let numbers = (ownHalf == nil ? word : word.dropLast(2)).split(separator: ":", omittingEmptySubsequences: false)
        guard numbers.count <= 2, ownHalf != nil || numbers.count == 2 || allowsBare,
            let hour = numbers.first.flatMap({ Int64($0) }),
            let minute = numbers.count == 2 ? Int64(numbers[1]) : 0, (0...59).contains(minute)
        else { return nil }
        guard let half = ownHalf ?? half else { return (0...23).contains(hour) ? hour * 3600 + minute * 60 : nil }
        guard (1...12).contains(hour) else { return nil }
        return (hour % 12 + (half == "pm" ? 12 : 0)) * 3600 + minute * 60
    }

    private static func length(_ number: String, _ unit: String) -> Int64? {
        guard let count = Int64(number), (1...10_000).contains(count) else { return nil }
        switch unit {
        case "minute", "minutes", "min", "mins": return count * 60
        case "hour", "hours", "h": return count * 3600
        default: return nil
        }
    }
}
