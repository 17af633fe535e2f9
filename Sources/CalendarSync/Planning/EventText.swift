import Foundation

/// Text on its way into an event.
enum EventText {
    /// Google publishes no limits; 1,024 for a title and 8,192 for a description are widely seen. Both are kept clear of, counted
    /// in UTF-16 units as the stricter way to count.
    static let longestSummary = 1_000
    static let longestDescription = 8_000

    /// Cut between characters, with an ellipsis where something is missing.
    static func clipped(_ text: String, to limit: Int) -> String {
        if text.utf16.count <= limit { return text }
        var kept = ""
        var length = 1
        for character in text {
            length += character.utf16.count
            if length > limit { break }
            kept.append(character)
        }
        return kept + "…"
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "&": "&amp;"
        case "<": "&lt;"
        case ">": "&gt;"
        case "\"": "&quot;"
        default: String(scalar)
        }
    }

    /// Google reads a description as HTML: what looks like markup is escaped, and clipped so that no escape is cut in two.
    static func html(_ text: String, to limit: Int) -> String {
        var kept = ""
        var length = 1
        for character in text {
            // By scalars: what looks like one character may be a "<" with something before it.
            let escaped = character.unicodeScalars.map(Self.escaped).joined()
            length += escaped.utf16.count
            if length > limit { return kept + "…" }
            kept += escaped
        }
        return kept
    }
}

/// The few words that we write into calendars ourselves, in the coach's language.
struct EventWords: Sendable, Equatable {
    var session: String
    var busy: String
    var openSession: String

    private static let byLanguage: [String: EventWords] = [
        "de": EventWords(session: "Coaching-Sitzung", busy: "Belegt", openSession: "Sitzung öffnen"),
        "en": EventWords(session: "Coaching Session", busy: "Busy", openSession: "Open the session"),
        "es": EventWords(session: "Sesión de coaching", busy: "Ocupado", openSession: "Abrir la sesión"),
        "fr": EventWords(session: "Séance de coaching", busy: "Occupé", openSession: "Ouvrir la séance"),
        "he": EventWords(session: "פגישת אימון", busy: "עסוק", openSession: "לפתיחת הפגישה"),
    ]

    /// - Parameter locale: a BCP 47 tag; English when there is none, or none that we speak.
    init(locale: String?) {
        let language = locale?.split(whereSeparator: { $0 == "-" || $0 == "_" }).first.map { $0.lowercased() } ?? "en"
        self =
            Self.byLanguage[language] ?? EventWords(session: "Coaching Session", busy: "Busy", openSession: "Open the session")
    }

    private init(session: String, busy: String, openSession: String) {
        self.session = session
        self.busy = busy
        self.openSession = openSession
    }
}
