import Foundation
import OrderedCollections

/// `events.quickAdd`: an event from a line of English. Google does not publish its grammar; this one knows dates, times,
/// durations and "at a place", and takes what is left for the title.
/// Source: https://developers.google.com/workspace/calendar/api/v3/reference/events/quickAdd
extension World {
    private static let maximumLength = 1024

    mutating func quickAddEvent(_ call: Call) throws(GoogleError) -> Answer {
        let (calendar, role) = try writableCalendar(call)
        let text = call.query["text"] ?? ""
        guard text.count <= Self.maximumLength else { throw .invalid("The text is too long.", at: .parameter("text")) }
        let zone = TimeZone.iana(calendar.timeZone) ?? .utc
        let today = CivilTime(secondsSinceEpoch: call.now.seconds + Int64(zone.secondsFromGMT(for: call.now.date)))
        let said = QuickText(text, now: today)
        let (start, end) = said.times(in: zone, named: calendar.timeZone)
        var body: JSON.Object = ["start": start.input, "end": end.input]
        body["summary"] = said.title.isEmpty ? nil : .string(said.title)
        body["location"] = said.place.isEmpty ? nil : .string(said.place)
        let fields = try newFields(body, in: calendar, call: call)
        let event = Self.newEvent(id: random.resourceID(), fields: fields, body: body, call: call)
        events[calendar.id]?.put(event)
        return .resource(EventView(of: calendar, role: role, call: call).json(event), etag: event.etag)
    }
}

extension QuickText {
    /// A day without a time is all-day; a time without a day is the next such time; neither is an hour from now on.
    func times(in zone: TimeZone, named name: String) -> (EventTime, EventTime) {
        guard let time = time ?? (day == nil ? now.secondsSinceEpoch % 86400 / 60 * 60 : nil) else {
            let first = day ?? now.day
            return (.day(Day(daysSinceEpoch: first)), .day(Day(daysSinceEpoch: first + 1)))
        }
        let isOver = day == nil && time + 60 <= now.secondsSinceEpoch % 86400
        let start = (day ?? now.day + (isOver ? 1 : 0)) * 86400 + time
        var length = duration ?? 3600
        if let endTime, duration == nil { length = endTime > time ? endTime - time : endTime + 86400 - time }
        let instant = { CivilTime(secondsSinceEpoch: $0).instant(in: zone) }
        return (
            .instant(instant(start), timeZone: name),
            .instant(instant(start).adding(seconds: length), timeZone: name)
        )
    }
}

extension CivilTime {
    /// Days since 1970.
    var day: Int64 { secondsSinceEpoch.dividedDown(by: 86400) }
}
