import Foundation

/// A `dateTime` as RFC 3339 writes it: a wall-clock reading, perhaps with its offset from UTC.
struct DateTimeText: Sendable, Hashable {
    var local: CivilTime
    var milliseconds: Int64
    /// Seconds east of UTC; nil when the text has no offset and only a time zone can say which instant is meant.
    var offset: Int64?

    init?(_ text: String) {
        guard text.utf8.count <= 40, let local = CivilTime(text.prefix(19), separator: "T") else { return nil }
        var scanner = DigitScanner(rest: text.dropFirst(19))
        var milliseconds: Int64 = 0
        if scanner.take(".") {
            let fraction = scanner.rest.prefix { $0.isASCII && $0.isNumber }
            guard !fraction.isEmpty, let value = Int64((fraction + "00").prefix(3)) else { return nil }
            milliseconds = value
            scanner.rest = scanner.rest.dropFirst(fraction.count)
        }
        if scanner.take("Z") || scanner.take("z") {
            offset = 0
        } else if let sign = scanner.rest.first, sign == "+" || sign == "-" {
            scanner.rest = scanner.rest.dropFirst()
            guard let hours = scanner.digits(2), hours < 24, scanner.take(":"), let minutes = scanner.digits(2), minutes < 60
            else { return nil }
            offset = (sign == "-" ? -1 : 1) * (hours * 3600 + minutes * 60)
        }
        guard scanner.rest.isEmpty else { return nil }
        self.local = local
        self.milliseconds = milliseconds
    }

    /// Nil when neither the text nor the caller says where the clock stands.
    func instant(in zone: TimeZone?) -> Instant? {
        if let offset {
            return Instant(milliseconds: (local.secondsSinceEpoch - offset) * 1000 + milliseconds)
        }
        return zone.map { local.instant(in: $0).adding(milliseconds: milliseconds) }
    }
}

extension TimeZone {
    /// A zone of the IANA database, by name. Foundation alone would also take `GMT+5`, which is none.
    static func iana(_ name: String) -> TimeZone? {
        guard !name.isEmpty, name.utf8.count <= 64, name == "GMT" || !name.uppercased().hasPrefix("GMT") || name == "GMT0"
        else {
            return nil
        }
        return TimeZone(identifier: name)
    }

    static let utc = TimeZone(secondsFromGMT: 0) ?? .gmt
}
