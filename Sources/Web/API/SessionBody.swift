import Coaching
import Foundation

/// The body of a session in the API.
enum SessionBody {
    static let fields = [
        "coachId", "clientId", "topic", "sharedSummary", "privateNotes", "startsAt", "endsAt", "timeZone", "durationMinutes",
        "location", "allowOverlap",
    ]

    /// The details of a session that is given as a whole.
    static func details(_ body: FieldReader, by caller: Person) throws -> SessionDetails {
        var details = SessionDetails(startsAt: .distantPast, timeZone: "")
        try apply(body, to: &details, required: ["startsAt", "timeZone"], by: caller)
        return details
    }

    /// Gives `details` the values that are in the body; null takes a value away.
    /// - Throws: `InvalidInput` with everything that is wrong, not only the first of it.
    static func apply(
        _ body: FieldReader, to details: inout SessionDetails, required: [String] = [], by caller: Person
    ) throws {
        var wrong = required.filter { !body.has($0) }.map { InvalidInput.Field($0, "is missing") }
        func check(_ name: String, _ read: () throws -> Void) throws {
            guard body.has(name) else { return }
            do { try read() } catch let error as InvalidInput { wrong += error.fields }
        }
        func isWrong(_ name: String) -> Bool { wrong.contains { $0.name == name } }

        try check("clientId") { details.clientID = try body.words("clientId") }
        try check("topic") { details.topic = try body.words("topic") }
        try check("sharedSummary") { details.sharedSummary = try body.words("sharedSummary") }
        try check("location") { details.location = try body.words("location") }
        try check("privateNotes") {
            if caller.role == .client { throw InvalidInput("privateNotes", "are the coach's own") }
            details.privateNotes = try body.words("privateNotes")
        }
        try check("allowOverlap") {
            let flag = try body.flag("allowOverlap") ?? false
            if flag, caller.role == .client { throw InvalidInput("allowOverlap", "is the coach's to decide; leave it out") }
            details.allowsOverlap = flag
        }
        try check("timeZone") {
            guard let zone = try body.text("timeZone").flatMap({ Zone($0) }) else { throw InvalidInput("timeZone", Zone.rule) }
            details.timeZone = zone.name
        }
        if let zone = Zone(details.timeZone), !isWrong("timeZone") {
            try check("startsAt") { details.startsAt = try instant("startsAt", body, zone) }
            if body.hasValue("durationMinutes") && body.hasValue("endsAt") {
                wrong.append(.init("endsAt", "and durationMinutes say the same; leave one out"))
            } else if body.hasValue("endsAt") {
                try check("endsAt") {
                    let end = try instant("endsAt", body, zone)
                    if !isWrong("startsAt") { details.duration = try duration(from: details.startsAt, to: end) }
                }
            } else {
                try check("durationMinutes") { details.duration = try duration(minutes: body.integer("durationMinutes")) }
            }
        }
        // Where no time could be read, the details say nothing about it.
        let told = Set(wrong.map(\.name) + (isWrong("timeZone") ? ["startsAt"] : []))
        wrong += details.violations.filter { !told.contains($0.name) }
        if !wrong.isEmpty { throw InvalidInput(wrong) }
    }

    /// - Parameter minutes: nil for the usual duration.
    private static func duration(minutes: Int?) throws -> Duration {
        guard let minutes else { return SessionDetails.usualDuration }
        guard (1...1440).contains(minutes) else {
            throw InvalidInput("durationMinutes", "must be from 1 to 1440 whole minutes")
        }
        return .seconds(minutes * 60)
    }

    private static func duration(from start: Date, to end: Date) throws -> Duration {
        guard end > start else { throw InvalidInput("endsAt", "must be after startsAt") }
        let seconds = end.timeIntervalSince(start)
        guard seconds <= 24 * 60 * 60, seconds.truncatingRemainder(dividingBy: 60) == 0 else {
            throw InvalidInput("endsAt", "must be whole minutes and at most 24 hours after startsAt")
        }
        return .seconds(Int(seconds))
    }

    static func wallTime(_ name: String, _ body: FieldReader) throws -> WallTime {
        guard let text = try body.text(name), let time = WallTime(text) else { throw InvalidInput(name, WallTime.rule) }
        return time
    }

    private static func instant(_ name: String, _ body: FieldReader, _ zone: Zone) throws -> Date {
        let time = try wallTime(name, body)
        do throws(WallTime.Refusal) {
            return try time.instant(in: zone)
        } catch {
            switch error {
            case .skipped(let suggestion):
                throw InvalidInput(
                    name, "does not exist: clocks in \(zone.name) skip it; did you mean \(zone.rfc3339(suggestion))")
            case .repeated(let earlier, let later):
                throw InvalidInput(
                    name,
                    "exists twice: clocks in \(zone.name) are set back; say \(zone.rfc3339(earlier)) or \(zone.rfc3339(later))")
            }
        }
    }
}
