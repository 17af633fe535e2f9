/// The grammar of <https://www.rfc-editor.org/rfc/rfc3339#section-5.6>, with the ranges that its text adds. A formatter
/// would be too kind: it reads more than the grammar allows.
enum RFC3339 {
    static func isDateTime(_ text: String) -> Bool {
        let grammar = /([0-9-]{10})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?(?:[Zz]|[+-]([0-9]{2}):([0-9]{2}))/
        guard let match = text.wholeMatch(of: grammar)?.output else { return false }
        // Second 60 is left out: it exists only where a leap second was announced, and none is.
        return isFullDate(String(match.1))
            && number(match.2, isBelow: 24) && number(match.3, isBelow: 60) && number(match.4, isBelow: 60)
            && number(match.5 ?? "0", isBelow: 24) && number(match.6 ?? "0", isBelow: 60)
    }

    static func isFullDate(_ text: String) -> Bool {
        guard let match = text.wholeMatch(of: /([0-9]{4})-([0-9]{2})-([0-9]{2})/)?.output,
            let year = Int(match.1), let month = Int(match.2), let day = Int(match.3)
        else { return false }
        return (1...12).contains(month) && day >= 1 && day <= days(inMonth: month, of: year)
    }

    private static func number(_ digits: Substring, isBelow limit: Int) -> Bool {
        Int(digits).map { $0 < limit } ?? false
    }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
