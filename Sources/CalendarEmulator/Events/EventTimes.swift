import Foundation
import OrderedCollections

/// `start` and `end` as they are sent: `{date}` or `{dateTime, timeZone?}`.
extension EventTime {
    /// - Parameter takesLaterOffset: how local times are read that the clocks skip or show twice.
    static func range(
        in body: JSON.Object, takesLaterOffset: Bool
    ) throws(GoogleError) -> (EventTime, EventTime) {
        guard let end = body["end"]?.object else { throw .required("Missing end time.") }
        guard let start = body["start"]?.object else { throw .required("Missing start time.") }
        let range = (
            try EventTime(start, name: "start", takesLaterOffset), try EventTime(end, name: "end", takesLaterOffset)
        )
        switch range {
        case (.day(let first), .day(let last)):
            guard first < last else { throw .timeRangeEmpty() }
        case (.instant(let first, _), .instant(let last, _)):
            guard first < last else { throw .timeRangeEmpty() }
        default:
            throw .invalid("Start and end times must either both be date or both be dateTime.")
        }
        return range
    }

    private init(_ object: JSON.Object, name: String, _ takesLaterOffset: Bool) throws(GoogleError) {
        let date = object["date"].flatMap { $0 == .null ? nil : $0 }
        let dateTime = object["dateTime"].flatMap { $0 == .null ? nil : $0 }
        let zoneName = object["timeZone"]?.string
        let zone = zoneName.flatMap(TimeZone.iana)
        if zoneName != nil, zone == nil { throw .invalid("Invalid time zone definition for \(name) time.") }
        switch (date, dateTime) {
        case (nil, nil):
            throw .required("Missing \(name) time.")
        case (.string(let text), nil):
            guard let day = Day(text) else { throw .invalid("Invalid value for: Invalid format: \"\(text)\"") }
            self = .day(day)
        case (nil, .string(let text)):
            guard let parsed = DateTimeText(text) else { throw .invalid("Invalid value for: Invalid format: \"\(text)\"") }
            guard let instant = parsed.instant(in: zone, takesLaterOffset: takesLaterOffset) else {
                throw .required("Missing time zone definition for \(name) time.")
            }
            // Answers have no fractions of seconds either.
            self = .instant(instant.wholeSecond, timeZone: zoneName)
        default:
            throw .invalid("Invalid \(name) time.")
        }
    }

    /// In the form a client would send, the basis of PATCH.
    var input: JSON {
        switch self {
        case .day(let day): return ["date": .string(day.text)]
        case .instant(let instant, let timeZone):
            var object: JSON.Object = ["dateTime": .string(instant.utc)]
            object["timeZone"] = timeZone.map(JSON.string)
            return .object(object)
        }
    }

    /// In the form of an answer: the wall clock of `zone` with offset, and the zone that was sent.
    func output(in zone: TimeZone) -> JSON {
        switch self {
        case .day: return input
        case .instant(let instant, let timeZone):
            var object = JSON.Object(minimumCapacity: 2)
            object.add("dateTime", .string(instant.text(in: zone)))
            object.add("timeZone", timeZone.map(JSON.string))
            return .object(object)
        }
    }
}
