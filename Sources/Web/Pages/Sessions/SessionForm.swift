import CalendarSync
import Coaching
import Foundation

/// What is filled in about a session, as it was typed.
struct SessionForm {
    /// Of a new session, made when the form was: sent twice, it is one session.
    var id: String
    var date = ""
    var time = ""
    /// Which of two equal times, where clocks are set back: an offset such as `+02:00`.
    var offset: String?
    var minutes = "60"
    var timeZone = ""
    var topic: String?
    var sharedSummary: String?
    var privateNotes: String?
    var location: String?
    var clientID: String?
    var allowsOverlap = false
    /// How many weeks in a row.
    var weeks = 1
    /// Whether later ones of its series change with it.
    var isFollowing = false
    /// Of the session that was there when the form was opened; nil for a new one.
    var revision: Int?

    static let mostWeeks = 52

    init(newAt text: String?, zone: Zone, now: Date) {
        id = UUID().uuidString.lowercased()
        timeZone = zone.name
        let parts = (text ?? "").split(separator: "T").map(String.init)
        let isGiven = parts.count == 2 && WallTime(parts.joined(separator: "T")) != nil
        let next = zone.rfc3339(now + 24 * 60 * 60)
        date = isGiven ? parts[0] : String(next.prefix(10))
        time = isGiven ? parts[1] : "10:00"
    }

    init(_ session: CoachingSession) {
        let details = session.details
        id = session.id
        let start = (Zone(details.timeZone) ?? .utc).rfc3339(details.startsAt)
        (date, time) = (String(start.prefix(10)), String(start.dropFirst(11).prefix(5)))
        minutes = "\(details.minutes)"
        timeZone = details.timeZone
        (topic, sharedSummary, privateNotes) = (details.topic, details.sharedSummary, details.privateNotes)
        (location, clientID, allowsOverlap) = (details.location, details.clientID, details.allowsOverlap)
        revision = session.revision
    }

    init(_ fields: FormFields) {
        id = fields["id"] ?? ""
        (date, time, offset) = (fields["date"] ?? "", fields["time"] ?? "", fields["offset"])
        (minutes, timeZone) = (fields["minutes"] ?? "", fields["timeZone"] ?? "")
        (topic, sharedSummary, privateNotes) = (fields["topic"], fields["sharedSummary"], fields["privateNotes"])
        (location, clientID) = (fields["location"], fields["clientId"])
        allowsOverlap = fields["allowOverlap"] != nil
        weeks = fields["weeks"].flatMap { Int($0) } ?? 1
        isFollowing = fields["scope"] == "following"
        revision = fields["revision"].flatMap { Int($0) }
    }

    private var startsAt: String { "\(date)T\(time)\(isAmbiguous ? offset ?? "" : "")" }

    /// The two points in time that this can be, where clocks are set back; the time after the jump, where they skip it.
    private var refusal: WallTime.Refusal? {
        guard let zone = Zone(timeZone), let time = WallTime("\(date)T\(time)") else { return nil }
        do throws(WallTime.Refusal) {
            _ = try time.instant(in: zone)
            return nil
        } catch {
            return error
        }
    }

    private var isAmbiguous: Bool { if case .repeated = refusal { true } else { false } }

    var wallTime: WallTime? { WallTime(startsAt) }

    /// As the API would have it.
    func reader(for person: Person) -> FieldReader {
        var texts: [String: String?] = [
            "startsAt": startsAt, "timeZone": timeZone, "topic": topic, "sharedSummary": sharedSummary, "location": location,
        ]
        var flags: [String: Bool] = [:]
        if person.role != .client {
            texts["privateNotes"] = .some(privateNotes)
            texts["clientId"] = .some(clientID)
            flags["allowOverlap"] = allowsOverlap
        }
        return FieldReader(texts: texts, numbers: ["durationMinutes": minutes], flags: flags)
    }

    /// Nil when it is no time.
    var range: TimeRange? {
        guard let zone = Zone(timeZone), let start = try? wallTime?.instant(in: zone), let minutes = Int(minutes) else {
            return nil
        }
        return TimeRange(start, start + Double(minutes) * 60)
    }

    /// - Parameter refused: what was wrong with it.
    func view(_ context: PageContext, isNew: Bool, refused: [String] = []) -> [String: Any] {
        let words = context.words
        var view: [String: Any] = [
            "id": id, "date": date, "time": time, "minutes": minutes, "topic": topic ?? "", "isNew": isNew,
            "sharedSummary": sharedSummary ?? "", "privateNotes": privateNotes ?? "", "place": location ?? "",
            "clientID": clientID ?? "", "allowsOverlap": allowsOverlap, "weeks": weeks, "isFollowing": isFollowing,
            "zones": Zone.all.map { ["name": $0.name, "text": $0.display, "isChosen": $0.name == timeZone] as [String: Any] },
        ]
        view["revision"] = revision
        var errors = Dictionary(uniqueKeysWithValues: Set(refused).map { ($0, words("form.errors.\($0)")) })
        switch refusal {
        case .skipped(let suggestion)? where refused.contains("startsAt"):
            let dates = Dates(words, zone: Zone(timeZone) ?? .utc, personal: context.signIn?.person.locale)
            errors["startsAt"] = words("form.errors.skipped", ["time": dates.time(suggestion)])
        case .repeated(let earlier, let later)?:
            if refused.contains("startsAt") { errors["startsAt"] = words("form.errors.repeated") }
            let zone = Zone(timeZone) ?? .utc
            view["offsets"] = [(earlier, "first"), (later, "second")].map { date, name -> [String: Any] in
                let value = String(zone.rfc3339(date).suffix(6))
                return ["value": value, "text": words("form.\(name)OfTwo"), "isChosen": value == offset]
            }
        default: break
        }
        view["errors"] = errors
        view["errorList"] = errors.sorted { $0.key < $1.key }.map { ["text": $0.value, "field": $0.key] }
        view["hasErrors"] = !errors.isEmpty
        return view
    }

    /// The fields that have words for what is wrong with them.
    static let fields: Set<String> = [
        "startsAt", "timeZone", "durationMinutes", "topic", "sharedSummary", "privateNotes", "location", "clientId", "weeks",
        "revision",
    ]
}
