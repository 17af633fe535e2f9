import Coaching
import Foundation

/// The body of a session in the API.
enum SessionBody {
    static let fields = [
        "coachId", "clientId", "topic", "sharedSummary", "privateNotes", "startsAt", "endsAt", "timeZone", "durationMinutes",
        "location",
    ]

    /// The details of a session that is given as a whole.
    static func details(_ body: FieldReader, by caller: Person) throws -> SessionDetails {
        let missing = ["startsAt", "timeZone"].filter { (try? body.text($0)) == .some(nil) }
        if !missing.isEmpty { throw InvalidInput(missing.map { .init($0, "is missing") }) }
        var details = SessionDetails(startsAt: .distantPast, timeZone: "")
        try apply(body, to: &details, by: caller)
        return details
    }

    /// Gives `details` the values that are in the body; null takes a value away.
    /// - Throws: `InvalidInput` with everything that is wrong, not only the first of it.
    static func apply(_ body: FieldReader, to details: inout SessionDetails, by caller: Person) throws {
        var wrong: [InvalidInput.Field] = []
        func check(_ name: String, _ read: () throws -> Void) throws {
            guard body.has(name) else { return }
            do { try read() } catch let error as InvalidInput { wrong += error.fields }
        }
        try check("clientId") { details.clientID = try body.words("clientId") }
        try check("topic") { details.topic = try body.words("topic") }
        try check("sharedSummary") { details.sharedSummary = try body.words("sharedSummary") }
        try check("location") { details.location = try body.words("location") }
        try check("privateNotes") {
            if caller.role == .client { throw InvalidInput("privateNotes", "are the coach's own") }
            details.privateNotes = try body.words("privateNotes")
        }
        try check("timeZone") {
            guard let name = try body.text("timeZone") else { throw InvalidInput("timeZone", "cannot be taken away") }
            guard let zone = Zone(name) else { throw InvalidInput("timeZone", Zone.rule) }
            details.timeZone = zone.name
        }
        if let zone = Zone(details.timeZone) {
            try check("startsAt") { details.startsAt = try instant("startsAt", body, zone) }
            try check("durationMinutes") {
                guard !body.has("endsAt") else {
                    throw InvalidInput("durationMinutes", "and endsAt say the same; leave one out")
                }
                let minutes = try body.integer("durationMinutes")
                guard (1...1440).contains(minutes ?? 60) else {
                    throw InvalidInput("durationMinutes", "must be from 1 to 1440 whole minutes")
                }
                details.duration = minutes.map { .seconds($0 * 60) } ?? SessionDetails.usualDuration
            }
            try check("endsAt") {
                let end = try instant("endsAt", body, zone)
                guard end > details.startsAt else { throw InvalidInput("endsAt", "must be after startsAt") }
                let seconds = end.timeIntervalSince(details.startsAt)
                guard seconds <= 24 * 60 * 60, seconds.truncatingRemainder(dividingBy: 60) == 0 else {
                    throw InvalidInput("endsAt", "must be whole minutes and at most 24 hours after startsAt")
                }
                details.duration = .seconds(Int(seconds))
            }
        }
        // Without a zone no time could be read, and that says nothing about the time.
        let told = Set(wrong.map(\.name) + (Zone(details.timeZone) == nil ? ["timeZone", "startsAt"] : []))
        wrong += details.violations.filter { !told.contains($0.name) }
        if !wrong.isEmpty { throw InvalidInput(wrong) }
    }

    private static func instant(_ name: String, _ body: FieldReader, _ zone: Zone) throws -> Date {
        guard let text = try body.text(name), let time = WallTime(text) else { throw InvalidInput(name, WallTime.rule) }
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
