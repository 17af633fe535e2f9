import Foundation
import OrderedCollections

/// `events.import`: a private copy of an event that exists elsewhere.
/// Source: https://developers.google.com/workspace/calendar/api/v3/reference/events/import
extension World {
    private static let maximumUIDLength = 1024

    /// Importing the same iCalUID again changes the copy, unless its sequence is behind.
    mutating func importEvent(_ call: Call) throws(GoogleError) -> Answer {
        let (calendar, role) = try writableCalendar(call)
        let body = Self.accepted(try call.object(), call: call)
        guard let uid = body["iCalUID"]?.string, !uid.isEmpty else { throw .required("Missing iCalUID.") }
        guard uid.utf8.count <= Self.maximumUIDLength else { throw .invalid("Invalid iCalUID value.") }
        var fields = try newFields(body, in: calendar, call: call)
        guard fields.type == .default else { throw .invalid("Only events of type default can be imported.") }
        fields.rest["organizer"] = try Self.organizer(in: body)
        var event: EventRecord
        var isChanged = true
        if let known = events[calendar.id]?.events(withICalUID: uid).first {
            guard Self.mayTouch(known, role: role, by: call.principal) else { throw .forbidden }
            event = known
            let isOutdated = fields.sequence ?? known.sequence < known.sequence
            if known.isInvitation {
                try refuseSharedChanges(fields.rest, of: known)
                fields.rest["organizer"] = known.fields["organizer"]
            }
            let bumps = switches.sequenceCountsTimeChanges
            isChanged = isOutdated ? false : try event.take(fields, by: call.principal, now: call.now, bumpsSequence: bumps)
        } else {
            event = Self.newEvent(id: "_" + Self.base32hex(uid), fields: fields, body: body, call: call)
        }
        if isChanged {
            events[calendar.id]?.put(event)
            events[calendar.id]?.dropLostExceptions(of: event, now: call.now)
        }
        return .resource(EventView(of: calendar, role: role, call: call).json(event), etag: event.etag)
    }

    private static func organizer(in body: JSON.Object) throws(GoogleError) -> JSON? {
        let shape = Shape.object(["displayName": .text, "email": .text])
        guard let organizer = try shape.accept(body["organizer"] ?? .null, name: "organizer"),
            organizer.object?.isEmpty == false
        else { return nil }
        guard let email = organizer["email"]?.string, isAddress(email) else { throw .invalid("Invalid organizer email.") }
        return organizer
    }

    /// RFC 4648 section 7, in lower case and without padding.
    private static func base32hex(_ text: String) -> String {
        let alphabet = Array("0123456789abcdefghijklmnopqrstuv".utf8)
        var encoded: [UInt8] = []
        var (bits, count) = (0, 0)
        for byte in text.utf8 {
            bits = (bits << 8 | Int(byte)) & 0xFFF
            count += 8
            while count >= 5 {
                count -= 5
                encoded.append(alphabet[bits >> count & 31])
            }
        }
        if count > 0 { encoded.append(alphabet[bits << (5 - count) & 31]) }
        return String(decoding: encoded, as: UTF8.self)
    }
}
