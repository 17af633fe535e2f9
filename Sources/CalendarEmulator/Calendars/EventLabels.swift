import OrderedCollections

/// The labels of a calendar's events, which supersede colours by number.
/// Source: https://developers.google.com/workspace/calendar/api/v3/reference/calendars, `labelProperties`
extension World {
    private static let maximumCount = 200
    private static let maximumNameLength = 50

    /// The list is replaced as a whole; a label without an id gets one. Without `labelProperties` nothing changes.
    mutating func setLabels(in body: JSON.Object, of calendar: inout CalendarRecord) throws(GoogleError) {
        let label = Shape.object(["backgroundColor": .text, "id": .text, "name": .text])
        let shape = Shape.object(["eventLabels": .list(of: label, atMost: Self.maximumCount)])
        guard let sent = try shape.accept(body["labelProperties"] ?? .null, name: "labelProperties"),
            let labels = sent["eventLabels"]?.array
        else { return }
        var ids: Set<String> = []
        calendar.labels = []
        for label in labels {
            guard let color = label["backgroundColor"]?.string else { throw .required("Missing label background color.") }
            guard Self.isColor(color) else { throw .invalid("Invalid label background color.") }
            let name = label["name"]?.string
            guard name?.count ?? 0 <= Self.maximumNameLength else { throw .invalid("Invalid label name.") }
            let id = label["id"]?.string ?? random.uuid()
            guard Self.isUUID(id), ids.insert(id).inserted else { throw .invalid("Invalid label id.") }
            var kept: JSON.Object = ["id": .string(id)]
            kept["name"] = name.map(JSON.string)
            kept["backgroundColor"] = .string(color)
            calendar.labels.append(.object(kept))
        }
    }

    private static func isColor(_ text: String) -> Bool {
        text.utf8.count == 7 && text.hasPrefix("#") && text.dropFirst().allSatisfy { $0.isASCII && $0.isHexDigit }
    }

    private static func isUUID(_ text: String) -> Bool {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        return groups.map(\.utf8.count) == [8, 4, 4, 4, 12]
            && groups.joined().allSatisfy { $0.isASCII && $0.isHexDigit }
    }
}
