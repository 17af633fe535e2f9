/// The colours that an event can have, by the names that people know from Google Calendar.
/// Source: https://developers.google.com/workspace/calendar/api/v3/reference/colors, in the order of the ids "1" to "11"
public enum EventColor: String, Sendable, CaseIterable {
    case lavender, sage, grape, flamingo, banana, tangerine, peacock, graphite, blueberry, basil, tomato

    /// What Google calls it.
    public var id: String { "\((Self.allCases.firstIndex(of: self) ?? 0) + 1)" }

    public init?(id: String) {
        guard let color = Self.allCases.first(where: { $0.id == id }) else { return nil }
        self = color
    }
}
