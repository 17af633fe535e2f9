import Coaching
import Foundation

/// A session as a file that calendars of all kinds read: iCalendar, RFC 5545. Made of what may leave the platform.
struct CalendarFile {
    let text: String

    /// - Parameter title: for a session without a topic.
    init(_ session: SharedSession, revision: Int, isCancelled: Bool, title: String, changedAt: Date, link: URL) {
        var lines = [
            "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Loom//Loom Calendar//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
            "BEGIN:VEVENT", "UID:\(Self.escaped(session.id))@\(link.host() ?? "loom-calendar")",
            "DTSTAMP:\(Self.utc(changedAt))", "SEQUENCE:\(revision)", "DTSTART:\(Self.utc(session.startsAt))",
            "DTEND:\(Self.utc(session.endsAt))", "SUMMARY:\(Self.escaped(session.topic ?? title))",
            "STATUS:\(isCancelled ? "CANCELLED" : "CONFIRMED")", "URL:\(link.absoluteString)",
        ]
        if let summary = session.summary { lines.append("DESCRIPTION:\(Self.escaped(summary))") }
        if let location = session.location { lines.append("LOCATION:\(Self.escaped(location))") }
        lines += ["END:VEVENT", "END:VCALENDAR"]
        text = lines.map { Self.folded($0) + "\r\n" }.joined()
    }

    private static func utc(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted))
    }

    /// Section 3.3.11. By scalars, as one character can be a comma with something behind it.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\", ";", ",": escaped += "\\\(scalar)"
            case "\n": escaped += "\\n"
            case "\r": break
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// Lines of at most 75 octets, section 3.1, none cut within a character.
    private static func folded(_ line: String) -> String {
        var folded = ""
        var length = 0
        for scalar in line.unicodeScalars {
            let size = String(scalar).utf8.count
            if length + size > 75 {
                folded += "\r\n "
                length = 1
            }
            folded.unicodeScalars.append(scalar)
            length += size
        }
        return folded
    }
}
