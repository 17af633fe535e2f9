import Foundation

/// A `dateTime` as RFC 3339 writes it: a wall-clock reading, perhaps with its offset from UTC.
struct DateTimeText: Sendable, Hashable {
    var local: CivilTime
    var milliseconds: Int64
    /// Seconds east of UTC; nil when the text has no offset and only a time zone can say which instant is meant.
    var offset: Int64?

    init?(_ text: String) {
        guard text.utf8.count <= 40 else { return nil }
        var scanner = DigitScanner(text)
        guard let local = CivilTime(&scanner, hasTime: true) else { return nil }
        self.local = local
        milliseconds = 0
        if scanner.take(".") {
            var unit: Int64 = 100
            while let digit = scanner.digit() {
                milliseconds += digit * unit
                unit /= 10
            }
            // Digits beyond the third are read and count for nothing, but there has to be one.
            guard unit < 100 else { return nil }
        }
        if scanner.take("Z") || scanner.take("z") {
            offset = 0
        } else {
            let isWest = scanner.take("-")
            if isWest || scanner.take("+") {
                guard let hours = scanner.digits(2), hours < 24, scanner.take(":"), let minutes = scanner.digits(2),
                    minutes < 60
                else { return nil }
                offset = (isWest ? -1 : 1) * (hours * 3600 + minutes * 60)
            }
        }
        guard scanner.isAtEnd else { return nil }
    }

    /// Nil when neither the text nor the caller says where the clock stands.
    /// - Parameter takesLaterOffset: for readings that the clocks of `zone` skip or show twice.
    func instant(in zone: TimeZone?, takesLaterOffset: Bool = false) -> Instant? {
        if let offset {
            return Instant(milliseconds: (local.secondsSinceEpoch - offset) * 1000 + milliseconds)
        }
        return zone.map {
            local.instant(in: $0, takesLaterOffset: takesLaterOffset).adding(milliseconds: milliseconds)
        }
    }
}

extension TimeZone {
    /// A zone of the IANA database, by name. Foundation alone would also take `GMT+5`, which is none.
    static func iana(_ name: String) -> TimeZone? {
        guard !name.isEmpty, name.utf8.count <= 64 else { return nil }
        let isOffset = name.utf8.prefix(3).elementsEqual("gmt".utf8) { $0 | 0x20 == $1 } && name != "GMT" && name != "GMT0"
        return isOffset ? nil : TimeZone(identifier: name)
    }

    static let utc = TimeZone(secondsFromGMT: 0) ?? .gmt
}
