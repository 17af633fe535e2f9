import Foundation
import OrderedCollections

/// What a change makes of an event.
extension World {
    /// Some fields count only when a parameter says that the caller knows them; else they are as if they were not sent.
    static func accepted(_ body: JSON.Object, call: Call) -> JSON.Object {
        var body = body
        if call.integer("conferenceDataVersion") != 1 { body["conferenceData"] = nil }
        if !call.flag("supportsAttachments") { body["attachments"] = nil }
        // Labels and colours exclude each other: the version says which of the two the caller speaks of.
        if call.integer("eventLabelVersion") == 1 {
            body["colorId"] = nil
            body["eventLabelId"] = body["eventLabelId"] ?? .null
        } else {
            body["eventLabelId"] = nil
        }
        return body
    }

    /// The event in the form its caller would have sent it: what PATCH merges into.
    static func input(_ event: EventRecord, _ call: Call) -> JSON.Object {
        var input = event.fields
        input["status"] = .string(event.status)
        input["start"] = event.start.input
        input["end"] = event.end.input
        input["eventType"] = .string(event.type.rawValue)
        input["recurrence"] = event.recurrence.map { .array($0.lines.map(JSON.string)) }
        input["reminders"] = event.reminders[call.principal.email]
        return input
    }

    /// What PUT leaves in place beside the new body: fields this call could not have sent.
    static func replacement(_ body: JSON.Object, for event: EventRecord, call: Call) -> JSON.Object {
        var whole = body
        if call.integer("conferenceDataVersion") != 1 { whole["conferenceData"] = event.fields["conferenceData"] }
        if !call.flag("supportsAttachments") { whole["attachments"] = event.fields["attachments"] }
        let kept = call.integer("eventLabelVersion") == 1 ? "colorId" : "eventLabelId"
        whole[kept] = event.fields[kept]
        if event.creator != call.principal.email { whole["source"] = event.fields["source"] }
        whole["eventType"] = whole["eventType"] ?? .string(event.type.rawValue)
        whole["privateCopy"] = event.fields["privateCopy"]
        return whole
    }
}

extension EventRecord {
    /// Takes over new fields. Reminders alone leave `updated` as it was; no difference leaves everything as it was.
    /// - Returns: whether anything changed.
    mutating func take(
        _ new: EventFields, by principal: Principal, now: Instant, bumpsSequence: Bool
    ) throws(GoogleError) -> Bool {
        if let wanted = new.sequence, wanted < sequence {
            throw .invalid(
                "Invalid sequence value. The specified sequence number is below the current sequence number of the resource. "
                    + "Re-fetch the resource and use its sequence number on the following request.")
        }
        let wantedSequence = new.sequence.map { min($0, Int64(Int32.max)) } ?? sequence
        let hasMoved = new.start != start || new.end != end
        let hasNewData =
            hasMoved || new.status != status || new.rest != fields || wantedSequence != sequence
            || new.recurrence != recurrence
        let hasNewReminders = new.reminders != reminders[principal.email]
        guard hasNewData || hasNewReminders else { return false }
        reminders[principal.email] = new.reminders
        guard hasNewData else {
            version += 1
            return true
        }
        sequence = wantedSequence + (hasMoved && bumpsSequence && wantedSequence == sequence ? 1 : 0)
        move(to: SeriesTimes(start: new.start, end: new.end, recurrence: new.recurrence))
        (status, fields) = (new.status, new.rest)
        touch(now: now)
        return true
    }

    private static let maximumFormerTimes = 50

    /// Remembers where it was before, if instances can be lost by it.
    mutating func move(to new: SeriesTimes) {
        if new != times, instance == nil, recurrence != nil || !formerTimes.isEmpty {
            formerTimes = (formerTimes.filter { $0 != times } + [times]).suffix(Self.maximumFormerTimes)
        }
        times = new
        isLost = false
    }
}

extension EventFields {
    /// Answers a request for a Meet link, at once: with Google it may take a moment. Bare service accounts get none.
    mutating func makeConference(
        in body: JSON.Object, current: JSON?, by principal: Principal, random: inout SeededRandom
    ) throws(GoogleError) {
        guard let request = body["conferenceData"]?["createRequest"]?.object else { return }
        if let current, current["createRequest"]?["requestId"] == request["requestId"] {
            rest["conferenceData"] = current
            return
        }
        let type = request["conferenceSolutionKey"]?["type"]?.string ?? "hangoutsMeet"
        guard !principal.isBareServiceAccount, type == "hangoutsMeet" else { throw .invalid("Invalid conference type value.") }
        let letters = "abcdefghijklmnopqrstuvwxyz"
        let code = [3, 4, 3].map { random.text($0, from: letters) }.joined(separator: "-")
        var answered = request
        answered["status"] = ["statusCode": "success"]
        rest["conferenceData"] = [
            "createRequest": .object(answered),
            "entryPoints": [
                [
                    "entryPointType": "video", "uri": .string("https://meet.google.com/" + code),
                    "label": .string("meet.google.com/" + code),
                ]
            ],
            "conferenceSolution": ["key": ["type": "hangoutsMeet"], "name": "Google Meet"],
            "conferenceId": .string(code),
        ]
    }
}
