import Foundation
import OrderedCollections

/// `freebusy.query`. Source: https://developers.google.com/workspace/calendar/api/v3/reference/freebusy/query
extension World {
    private static let maximumCalendars = 50

    /// A calendar that cannot be read fails alone, inside an answer of 200: empty `busy` beside `errors` is not "free".
    func queryFreeBusy(_ call: Call) throws(GoogleError) -> Answer {
        let body = try call.object()
        let zone = try Self.zone(in: body)
        let (timeMin, timeMax) = (try Self.bound("timeMin", in: body, zone), try Self.bound("timeMax", in: body, zone))
        guard timeMin < timeMax else { throw .timeRangeEmpty(at: .parameter("timeMax")) }
        if let days = switches.freeBusyMaxDays, timeMax > timeMin.adding(seconds: Int64(days) * 86400) {
            throw GoogleError(
                code: 400, domain: "calendar", reason: "timeRangeTooLong",
                message: "The requested time range is too long.", location: .parameter("timeMax"))
        }
        let limit = try Self.expansionLimit("calendarExpansionMax", in: body, atMost: Self.maximumCalendars)
        _ = try Self.expansionLimit("groupExpansionMax", in: body, atMost: 100)
        var calendars = JSON.Object()
        for (index, item) in (body["items"]?.array ?? []).enumerated() {
            guard let id = item["id"]?.string else { throw .required("Missing calendar ID.") }
            if index >= limit {
                calendars[id] = Self.failure("tooManyCalendarsRequested")
            } else if let calendar = calendar(named: id, by: call.principal),
                role(of: call.caller, in: calendar, for: call.route) >= .freeBusyReader
            {
                let busy = busy(in: calendar, from: timeMin, to: timeMax)
                calendars[id] = [
                    "busy": .array(
                        busy.map { ["start": .string($0.start.text(in: zone)), "end": .string($0.end.text(in: zone))] })
                ]
            } else {
                calendars[id] = Self.failure("notFound")
            }
        }
        let json: JSON = [
            "kind": "calendar#freeBusy", "timeMin": .string(timeMin.utc), "timeMax": .string(timeMax.utc),
            "calendars": .object(calendars),
        ]
        return .resource(json, etag: nil)
    }

    private static func failure(_ reason: String) -> JSON {
        ["errors": [["domain": "global", "reason": .string(reason)]], "busy": []]
    }

    private static func zone(in body: JSON.Object) throws(GoogleError) -> TimeZone {
        guard let name = body["timeZone"], name != .null else { return .utc }
        guard let zone = name.string.flatMap(TimeZone.iana) else { throw .invalid("Invalid time zone.") }
        return zone
    }

    private static func bound(_ name: String, in body: JSON.Object, _ zone: TimeZone) throws(GoogleError) -> Instant {
        guard let value = body[name], value != .null else {
            throw .required("Missing \(name) parameter.", at: .parameter(name))
        }
        guard let instant = value.string.flatMap(DateTimeText.init)?.instant(in: body["timeZone"] == nil ? nil : zone) else {
            throw .badRequest()
        }
        return instant
    }

    private static func expansionLimit(_ name: String, in body: JSON.Object, atMost limit: Int) throws(GoogleError) -> Int {
        guard let value = body[name], value != .null else { return limit }
        guard let number = value.integer.flatMap(Int.init(exactly:)), (1...limit).contains(number) else {
            throw .invalid("Invalid value for: \(name)", at: .parameter(name))
        }
        return number
    }

    /// The times that opaque events take, cut to the window, in order, overlaps merged into one.
    private func busy(in calendar: CalendarRecord, from timeMin: Instant, to timeMax: Instant) -> [(
        start: Instant, end: Instant
    )] {
        let zone = TimeZone.iana(calendar.timeZone) ?? .utc
        let occurrences = events[calendar.id]?.occurrences(within: Window(min: timeMin, max: timeMax), zone: zone) ?? []
        let taken = occurrences.compactMap { event -> (start: Instant, end: Instant)? in
            guard !event.isCancelled, !event.isTransparent,
                switches.declinedEventsBlock || !Self.isDeclined(event, by: calendar.id)
            else { return nil }
            let start = max(event.start.instant(in: zone), timeMin)
            let end = min(event.end.instant(in: zone), timeMax)
            return start < end ? (start, end) : nil
        }
        var merged: [(start: Instant, end: Instant)] = []
        for range in taken.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
            if let last = merged.last, range.start < last.end {
                merged[merged.count - 1].end = max(last.end, range.end)
            } else {
                merged.append(range)
            }
        }
        return merged
    }

    private static func isDeclined(_ event: EventRecord, by email: String) -> Bool {
        (event.fields["attendees"]?.array ?? []).contains {
            $0["email"]?.string?.lowercased() == email && $0["responseStatus"] == "declined"
        }
    }
}
