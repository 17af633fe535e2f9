import Foundation

/// A time zone by its IANA name. Abbreviations such as `CET` and bare offsets are refused: they say nothing about
/// daylight saving, and Google takes names only.
public struct Zone: Sendable, Equatable {
    public static let rule = "must be an IANA time zone such as Europe/Berlin or UTC"

    public let name: String
    public let timeZone: TimeZone

    public static let utc = Zone(name: "UTC", timeZone: .gmt)

    private init(name: String, timeZone: TimeZone) {
        self.name = name
        self.timeZone = timeZone
    }

    public init?(_ name: String) {
        let isRegional = name.wholeMatch(of: /[A-Z][A-Za-z]+(\/[A-Za-z0-9_+\-]+){1,2}/) != nil
        // `SystemV/…` is known to old libraries only.
        guard name.utf8.count <= 64, !name.hasPrefix("SystemV/"), isRegional || name == "UTC",
            let timeZone = TimeZone(identifier: name)
        else { return nil }
        self.init(name: name, timeZone: timeZone)
    }

    /// `date` as RFC 3339 with this zone's offset, to the second: `2026-11-03T10:00:00+01:00`.
    public func rfc3339(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(timeZoneSeparator: .colon, timeZone: timeZone))
    }
}
