import Foundation

/// What a session may be. The lengths are counted in Unicode code points.
extension SessionDetails {
    public static let longestTopic = 2_500
    public static let longestSharedSummary = 8_000
    public static let longestPrivateNotes = 16_000
    public static let longestLocation = 1_000

    /// Years in which a session can take place; beyond them a typing error is likelier than a plan.
    public static let years = 2000...2200

    /// Every reason why these details cannot be stored; empty when they can.
    public var violations: [InvalidInput.Field] {
        var found: [InvalidInput.Field] = []
        let texts = [
            ("topic", topic, Self.longestTopic),
            ("sharedSummary", sharedSummary, Self.longestSharedSummary),
            ("privateNotes", privateNotes, Self.longestPrivateNotes),
            ("location", location, Self.longestLocation),
        ]
        for (name, text, limit) in texts {
            guard let text else { continue }
            if text.unicodeScalars.count > limit {
                found.append(.init(name, "is longer than \(limit) characters; shorten it"))
            } else if text.unicodeScalars.contains(where: \.isForbiddenInText) {
                found.append(.init(name, "contains control characters; only line breaks and tabs are allowed"))
            }
        }
        if let clientID, !Identifier.isValid(clientID) { found.append(.init("clientId", Identifier.rule)) }
        if Zone(timeZone) == nil { found.append(.init("timeZone", Zone.rule)) }
        if !Self.years.contains(startsAt.utcYear) {
            found.append(.init("startsAt", "must be in a year from \(Self.years.lowerBound) to \(Self.years.upperBound)"))
        }
        if duration <= .zero || duration > Self.longestDuration || duration.components.seconds % 60 != 0 {
            found.append(.init("durationMinutes", "must be from 1 to 1440 whole minutes"))
        }
        return found
    }
}

/// Ids that the platform gives to sessions and people.
public enum Identifier {
    public static let rule =
        "must be 1 to 128 characters out of letters, digits and . _ : @ ~ - and begin with a letter or a digit"

    public static func isValid(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard (1...128).contains(bytes.count), let first = bytes.first, isAlphanumeric(first) else { return false }
        return bytes.allSatisfy { isAlphanumeric($0) || ".@_:~-".utf8.contains($0) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}

extension Unicode.Scalar {
    fileprivate var isForbiddenInText: Bool {
        properties.generalCategory == .control && self != "\n" && self != "\r" && self != "\t"
    }
}

extension Date {
    fileprivate var utcYear: Int {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar.component(.year, from: self)
    }
}
