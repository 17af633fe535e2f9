import Foundation

@testable import Coaching

/// The same throws for the same seed (SplitMix64).
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: Int) { state = UInt64(seed) }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
    mutating func isLucky(oneIn chances: Int) -> Bool { number(1...chances) == 1 }
    mutating func one<Element>(of elements: [Element]) -> Element { elements.randomElement(using: &self)! }
}

/// A point in time, as `2027-03-05T09:00:00Z`.
func utc(_ text: String) throws -> Date { try Date.ISO8601FormatStyle().parse(text) }

/// A stretch of time from and to an RFC 3339 text with offsets.
func range(_ start: String, _ end: String) throws -> TimeRange { TimeRange(try utc(start), try utc(end))! }

extension Hours {
    init(_ from: String, _ to: String) {
        func minutes(_ text: String) -> Int { Int(text.prefix(2))! * 60 + Int(text.suffix(2))! }
        self.init(from: minutes(from), to: minutes(to))
    }
}

extension WorkingHours {
    /// The same every day.
    static func daily(_ hours: Hours...) -> WorkingHours {
        WorkingHours(weekdays: Dictionary(uniqueKeysWithValues: Weekday.allCases.map { ($0, hours) }))
    }
}
