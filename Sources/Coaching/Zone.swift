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
        // `SystemV/…` is known to old libraries only.
        guard name.utf8.count <= 64, !name.hasPrefix("SystemV/"), Self.isRegional(name) || name == "UTC",
            let timeZone = TimeZone(identifier: name)
        else { return nil }
        self.init(name: name, timeZone: timeZone)
    }

    /// An area and one or two parts, as in `America/Argentina/Salta`. By hand, as zones are made by the hundred and a regular expression is
    /// compiled for each.
    private static func isRegional(_ name: String) -> Bool {
        func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) }
        func isPart(_ byte: UInt8) -> Bool {
            isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "_+-".utf8.contains(byte)
        }
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard let area = parts.first, (2...3).contains(parts.count), area.count >= 2 else { return false }
        return area.allSatisfy(isLetter) && area.first.map { $0 < UInt8(ascii: "a") } == true
            && parts.dropFirst().allSatisfy { !$0.isEmpty && $0.allSatisfy(isPart) }
    }

    /// `date` as RFC 3339 with this zone's offset, to the second: `2026-11-03T10:00:00+01:00`.
    public func rfc3339(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(timeZoneSeparator: .colon, timeZone: timeZone))
    }
}
