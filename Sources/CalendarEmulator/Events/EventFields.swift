import Foundation
import OrderedCollections

/// The writable part of an event, checked and brought into the form in which it is kept.
/// Source: https://developers.google.com/workspace/calendar/api/v3/reference/events
struct EventFields: Sendable {
    var status: String
    var type: EventType
    var recurrence: Recurrence?
    var start: EventTime
    var end: EventTime
    var rest: JSON.Object
    var reminders: JSON?
    /// Nil when the caller did not say.
    var sequence: Int64?

    private static let flags = [
        ("anyoneCanAddSelf", false), ("guestsCanInviteOthers", true), ("guestsCanModify", false),
        ("guestsCanSeeOtherGuests", true),
    ]

    /// - Parameter body: a whole event as a client would send it; read-only and unknown fields are ignored.
    init(_ body: JSON.Object, switches: Switches) throws(GoogleError) {
        status = try Self.choice("status", of: ["confirmed", "tentative", "cancelled"], in: body) ?? "confirmed"
        (start, end) = try EventTime.range(in: body, takesLaterOffset: switches.localTimesTakeOffsetAfterChange)
        sequence = body["sequence"]?.integer
        type = try EventType(in: body)
        recurrence = try Self.recurrence(in: body, start: start, end: end)
        rest = JSON.Object(minimumCapacity: 4)
        for (name, limit) in [("summary", 1024), ("description", 8192), ("location", 1024)] {
            let text = try Self.text(name, in: body)
            if switches.longTextsRefused, let text, text.unicodeScalars.count > limit {
                throw .invalid("Invalid value for: \(name)")
            }
            rest[name] = text.map(JSON.string)
        }
        rest["colorId"] = try Self.color(in: body)
        rest["eventLabelId"] = try Self.text("eventLabelId", in: body).map(JSON.string)
        rest["transparency"] = try Self.choice("transparency", of: ["transparent", "opaque"], in: body)
            .flatMap { $0 == "opaque" ? nil : .string($0) }
        rest["visibility"] = try Self.choice("visibility", of: ["default", "public", "private", "confidential"], in: body)
            .flatMap { $0 == "default" ? nil : .string($0) }
        rest["attendees"] = try Self.attendees(in: body)
        rest["extendedProperties"] = try Self.extendedProperties(in: body)
        rest["conferenceData"] = try Shape.conferenceData.accept(body["conferenceData"] ?? .null, name: "conferenceData")
        for (name, usual) in Self.flags {
            if let value = body[name]?.bool, value != usual { rest[name] = .bool(value) }
        }
        rest["source"] = try Self.source(in: body)
        if let attachments = try Shape.attachments.accept(body["attachments"] ?? .null, name: "attachments"),
            attachments.array?.isEmpty == false
        {
            rest["attachments"] = attachments
        }
        reminders = try Self.reminders(in: body)
        if body["privateCopy"]?.bool == true { rest["privateCopy"] = true }
        if type != .default { try type.take(body, into: &self) }
    }

    /// A series repeats on the clock of a place, so a timed one has to name its zone.
    private static func recurrence(
        in body: JSON.Object, start: EventTime, end: EventTime
    ) throws(GoogleError) -> Recurrence? {
        guard let value = body["recurrence"], value != .null else { return nil }
        let lines = value.array?.compactMap(\.string) ?? []
        guard let sent = value.array, sent.count == lines.count else { throw .invalid("Invalid value for: recurrence") }
        guard !lines.isEmpty else { return nil }
        for (name, time) in [("start", start), ("end", end)] {
            if case .instant(_, timeZone: nil) = time {
                throw .required("Missing time zone definition for \(name) time.")
            }
        }
        var zone = TimeZone.utc
        if case .instant(_, let name?) = start { zone = TimeZone.iana(name) ?? .utc }
        return try Recurrence(lines: lines, zone: zone)
    }

    static func text(_ name: String, in body: JSON.Object) throws(GoogleError) -> String? {
        switch body[name] {
        case nil, .null: return nil
        case .string(let text): return text.isEmpty ? nil : text
        default: throw .invalid("Invalid value for: \(name)")
        }
    }

    static func choice(_ name: String, of values: [String], in body: JSON.Object) throws(GoogleError) -> String? {
        guard let text = try text(name, in: body) else { return nil }
        guard values.contains(text) else { throw .invalid("Invalid value for: \(text) is not a valid value") }
        return text
    }

    private static func color(in body: JSON.Object) throws(GoogleError) -> JSON? {
        guard let id = try text("colorId", in: body) else { return nil }
        guard Palette.isEventColor(id) else { throw .invalid("Invalid event color id.") }
        return .string(id)
    }

    private static func attendees(in body: JSON.Object) throws(GoogleError) -> JSON? {
        let sent = try Shape.attendees.accept(body["attendees"] ?? .null, name: "attendees")
        guard let attendees = sent?.array, !attendees.isEmpty else { return nil }
        var kept: [JSON] = []
        for attendee in attendees {
            guard var person = attendee.object, let email = person["email"]?.string else {
                throw .required("Missing attendee email.")
            }
            guard World.isAddress(email) else { throw .invalid("Invalid attendee email.") }
            if person["responseStatus"] == nil { person["responseStatus"] = "needsAction" }
            for name in ["optional", "resource"] where person[name] == false { person[name] = nil }
            kept.append(.object(person))
        }
        return .array(kept)
    }

    /// The link back to where the event came from; only http and https count.
    private static func source(in body: JSON.Object) throws(GoogleError) -> JSON? {
        guard let source = body["source"]?.object else { return nil }
        guard let url = source["url"]?.string, url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw .invalid("Invalid source url.")
        }
        var kept: JSON.Object = ["url": .string(url)]
        kept["title"] = try text("title", in: source).map(JSON.string)
        return .object(kept)
    }

    private static func reminders(in body: JSON.Object) throws(GoogleError) -> JSON? {
        guard let reminders = try Shape.reminders.accept(body["reminders"] ?? .null, name: "reminders") else { return nil }
        let overrides = reminders["overrides"]?.array ?? []
        guard overrides.allSatisfy({ $0["method"] != nil && $0["minutes"] != nil }) else {
            throw .invalid("Invalid reminders.")
        }
        let usesDefault = reminders["useDefault"]?.bool ?? false
        guard !usesDefault || overrides.isEmpty else {
            throw GoogleError(
                code: 400, domain: "calendar", reason: "cannotUseDefaultRemindersAndSpecifyOverride",
                message: "Cannot specify both default reminders and overrides at the same time.")
        }
        return overrides.isEmpty
            ? ["useDefault": .bool(usesDefault)] : ["useDefault": false, "overrides": .array(overrides)]
    }
}
