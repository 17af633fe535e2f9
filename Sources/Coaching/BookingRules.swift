import Foundation

/// How clients may book a coach.
public struct BookingRules: Sendable, Equatable {
    public var workingHours: WorkingHours
    /// Sessions can begin where the coach's clocks show a whole number of steps since midnight. A step divides the day.
    public var slotStepMinutes: Int
    /// Kept free ahead of a session, 0 to 240.
    public var bufferBeforeMinutes: Int
    /// Kept free behind a session, 0 to 240.
    public var bufferAfterMinutes: Int
    /// So long before it begins a session has to be booked, 0 to 43200 (thirty days).
    public var noticeMinutes: Int
    /// So far ahead a session can begin, 1 to 730 days of 24 hours.
    public var horizonDays: Int
    public var whenUnknown: UnknownPolicy

    public init(
        workingHours: WorkingHours = .usual, slotStepMinutes: Int = 15, bufferBeforeMinutes: Int = 0,
        bufferAfterMinutes: Int = 0, noticeMinutes: Int = 0, horizonDays: Int = 365, whenUnknown: UnknownPolicy = .refuse
    ) {
        self.workingHours = workingHours
        self.slotStepMinutes = slotStepMinutes
        self.bufferBeforeMinutes = bufferBeforeMinutes
        self.bufferAfterMinutes = bufferAfterMinutes
        self.noticeMinutes = noticeMinutes
        self.horizonDays = horizonDays
        self.whenUnknown = whenUnknown
    }

    public static let longestBufferMinutes = 240

    /// Seconds between two sessions of a coach. What comes after one is also what comes before the next, so it is the longer
    /// of the two buffers, not their sum.
    public var gap: TimeInterval { TimeInterval(max(bufferBeforeMinutes, bufferAfterMinutes) * 60) }

    /// Every reason why these rules cannot be kept; empty when they can.
    public var violations: [InvalidInput.Field] {
        var found = workingHours.violations(field: "workingHours")
        if slotStepMinutes < 1 || Hours.day % slotStepMinutes != 0 {
            found.append(.init("slotStepMinutes", "must divide a day of 1440 minutes, such as 5, 15, 30, 45, 60 or 90"))
        }
        let numbers = [
            ("bufferBeforeMinutes", bufferBeforeMinutes, 0...Self.longestBufferMinutes),
            ("bufferAfterMinutes", bufferAfterMinutes, 0...Self.longestBufferMinutes),
            ("noticeMinutes", noticeMinutes, 0...43_200),
            ("horizonDays", horizonDays, 1...730),
        ]
        for (name, number, range) in numbers where !range.contains(number) {
            found.append(.init(name, "must be from \(range.lowerBound) to \(range.upperBound)"))
        }
        return found
    }
}

/// What holds for time of which nobody knows whether the coach is free.
public enum UnknownPolicy: String, Sendable, Codable, CaseIterable {
    /// Clients cannot book it.
    case refuse
    case allow

    public init(from decoder: any Decoder) throws {
        self = try decoder.parsed(Self.init(rawValue:), else: "must be one of refuse, allow")
    }
}

/// An object with these fields, where each may be missing and then has its usual value.
extension BookingRules: Codable {
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        func read<Value: Decodable>(_ path: WritableKeyPath<Self, Value>, _ key: CodingKeys) throws {
            if let value = try fields.decodeIfPresent(Value.self, forKey: key) { self[keyPath: path] = value }
        }
        try read(\.workingHours, .workingHours)
        try read(\.slotStepMinutes, .slotStepMinutes)
        try read(\.bufferBeforeMinutes, .bufferBeforeMinutes)
        try read(\.bufferAfterMinutes, .bufferAfterMinutes)
        try read(\.noticeMinutes, .noticeMinutes)
        try read(\.horizonDays, .horizonDays)
        try read(\.whenUnknown, .whenUnknown)
    }
}
