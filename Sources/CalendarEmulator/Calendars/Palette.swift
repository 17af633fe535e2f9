import OrderedCollections

/// The colours of `colors.get`; entries and events name them by number.
enum Palette {
    /// Backgrounds of calendars, "1" to "24".
    static let calendar = [
        "#ac725e", "#d06b64", "#f83a22", "#fa573c", "#ff7537", "#ffad46", "#42d692", "#16a765", "#7bd148", "#b3dc6c",
        "#fbe983", "#fad165", "#92e1c0", "#9fe1e7", "#9fc6e7", "#4986e7", "#9a9cff", "#b99aff", "#c2c2c2", "#cabdbf",
        "#cca6ac", "#f691b2", "#cd74e6", "#a47ae2",
    ]

    /// Backgrounds of events, "1" Lavender to "11" Tomato.
    static let event = [
        "#a4bdfc", "#7ae7bf", "#dbadff", "#ff887c", "#fbd75b", "#ffb878", "#46d6db", "#e1e1e1", "#5484ed", "#51b749",
        "#dc2127",
    ]

    static let foreground = "#1d1d1d"
    static let etag = "\"palette\""

    static let colors: JSON = [
        "kind": "calendar#colors", "updated": "2012-02-14T00:00:00.000Z", "calendar": numbered(calendar),
        "event": numbered(event),
    ]

    static func isEventColor(_ id: String) -> Bool { event.indices.contains { String($0 + 1) == id } }

    /// The background of calendar colour `id`, nil when there is no such colour.
    static func calendarBackground(_ id: String) -> String? {
        calendar.indices.first { String($0 + 1) == id }.map { calendar[$0] }
    }

    private static func numbered(_ backgrounds: [String]) -> JSON {
        var colors = JSON.Object()
        for (index, background) in backgrounds.enumerated() {
            colors[String(index + 1)] = ["background": .string(background), "foreground": .string(foreground)]
        }
        return .object(colors)
    }
}
