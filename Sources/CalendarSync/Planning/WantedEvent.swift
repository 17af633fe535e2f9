import Coaching
import Crypto
import Foundation
import GoogleCalendar

/// The event that a session shall have. Made from the shared part of a session alone.
struct WantedEvent: Sendable, Equatable {
    /// Everything that Google gets, our marker included.
    private(set) var content: EventContent
    let contentHash: String
}

/// What of a coach and a platform goes into events.
struct EventStyle: Sendable {
    static let platformName = "Loom Platform"

    var words: EventWords
    var detailLevel: UserCalendarConnection.DetailLevel
    var colorID: String?
    /// Where the platform is; a session is at `sessions/{id}` below it.
    var publicURL: URL
}

extension WantedEvent {
    init(_ session: SharedSession, style: EventStyle) {
        let link = style.publicURL.appending(components: "sessions", session.id).absoluteString
        let isBusyOnly = style.detailLevel == .busyOnly
        let title = session.topic ?? style.words.session
        var content = EventContent(
            summary: isBusyOnly ? style.words.busy : EventText.clipped(title, to: EventText.longestSummary),
            description: Self.description(of: session, link: link, style: style),
            location: style.detailLevel == .full ? session.location : nil,
            colorId: style.colorID,
            start: .at(session.startsAt, timeZone: session.timeZone),
            end: .at(session.endsAt, timeZone: session.timeZone),
            source: isBusyOnly ? nil : Event.Source(title: EventStyle.platformName, url: link))
        contentHash = content.fingerprint
        content.privateProperties = Marker(sessionID: session.id, contentHash: contentHash).properties
        self.content = content
    }

    /// Topic, shared notes, and the way back to the session, which is never cut.
    private static func description(of session: SharedSession, link: String, style: EventStyle) -> String? {
        let anchor = "<a href=\"\(EventText.html(link, to: 4_000))\">\(style.words.openSession)</a>"
        switch style.detailLevel {
        case .busyOnly: return nil
        case .titleOnly: return anchor
        case .full:
            let room = EventText.longestDescription - anchor.utf16.count - 2
            let text = notes(of: session)
            return text.isEmpty ? anchor : EventText.html(text, to: room) + "\n\n" + anchor
        }
    }

    static func notes(of session: SharedSession) -> String {
        [session.topic, session.summary].compactMap { $0 }.joined(separator: "\n\n")
    }
}

extension EventContent {
    /// Two contents with the same fingerprint make the same event.
    var fingerprint: String {
        Fingerprint.of([
            summary, description, location, colorId, start.fingerprint, end.fingerprint, "\(isOpaque)", source?.title,
            source?.url,
        ])
    }
}

extension Event {
    /// Of everything that people see in it. Two states of an event with the same fingerprint differ in nothing that is ours: only in
    /// what everybody may set for themselves, such as reminders.
    var fingerprint: String {
        Fingerprint.of([
            status?.rawValue, summary, description, location, colorId, start?.moment, end?.moment, transparency ?? "opaque",
            recurrence?.joined(separator: " "),
            Marker(of: self)?.sessionID,
        ])
    }
}

enum Fingerprint {
    /// Lengths keep neighbouring fields apart.
    static func of(_ fields: [String?]) -> String {
        let text = fields.map { field in field.map { "\($0.utf8.count):\($0)" } ?? "-" }.joined(separator: ",")
        return EventID.base32hex(SHA256.hash(data: Data(text.utf8)))
    }
}

extension EventTime {
    fileprivate var fingerprint: String {
        switch self {
        case .at(let date, let zone): "\(Int64(date.timeIntervalSince1970.rounded())) \(zone ?? "UTC")"
        case .day(let day): day
        }
    }

    /// The time alone. Google shows it in whichever zone it likes.
    fileprivate var moment: String {
        switch self {
        case .at(let date, _): "\(Int64(date.timeIntervalSince1970.rounded()))"
        case .day(let day): day
        }
    }

    /// Whether both mean the same time, however Google chose to write it.
    fileprivate func isSameTime(as other: EventTime) -> Bool {
        switch (self, other) {
        case (.at(let mine, _), .at(let theirs, _)): abs(mine.timeIntervalSince(theirs)) < 1
        case (.day(let mine), .day(let theirs)): mine == theirs
        default: false
        }
    }
}

extension WantedEvent {
    /// The same, to be written with a number that no write of this event had before. So every write makes a new version in Google, and a
    /// change or removal that was given up, and arrives after it, names an old one.
    func numbered(_ version: Int) -> WantedEvent {
        var numbered = self
        numbered.content.privateProperties[Marker.versionProperty] = "\(version)"
        return numbered
    }

    /// Whether an event shows what it should because this very change was written. One that an earlier change left the same is written again
    /// all the same: a removal that was given up may still be on its way to the version that is there.
    func isWritten(in event: Event) -> Bool {
        let version = Marker.versionProperty
        return isShown(by: event) && event.extendedProperties?.private?[version] == content.privateProperties[version]
    }

    /// Whether an event that bears our marker shows what it should. `source` is left out: only its creator sees it.
    func isShown(by event: Event) -> Bool {
        event.status == .confirmed && event.recurrence == nil && Marker(of: event)?.contentHash == contentHash
            && event.summary == content.summary && event.description == content.description
            && event.location == content.location && event.colorId == content.colorId
            && (event.transparency ?? "opaque") == (content.isOpaque ? "opaque" : "transparent")
            && event.start?.isSameTime(as: content.start) == true && event.end?.isSameTime(as: content.end) == true
    }
}
