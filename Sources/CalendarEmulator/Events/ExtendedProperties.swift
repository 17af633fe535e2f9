import OrderedCollections

/// The limits of extended properties, which Google applies without a word.
/// Source: https://developers.google.com/workspace/calendar/api/guides/extended-properties
extension EventFields {
    private static let maximumKeyLength = 44
    private static let maximumValueLength = 1024
    private static let maximumCount = 300
    private static let maximumSize = 32 * 1024

    /// Longer keys vanish, longer values are cut off; too many or too much in all is refused.
    static func extendedProperties(in body: JSON.Object) throws(GoogleError) -> JSON? {
        guard let both = body["extendedProperties"]?.object else { return nil }
        var kept = JSON.Object()
        var count = 0
        var size = 0
        for kind in ["private", "shared"] {
            guard let properties = both[kind]?.object else { continue }
            var fitting = JSON.Object()
            for (key, value) in properties
            where key.utf8.count <= maximumKeyLength || key.unicodeScalars.count <= maximumKeyLength {
                guard case .string(let text) = value else {
                    if value == .null { continue }
                    throw .invalid("Invalid value for: extendedProperties")
                }
                let cut =
                    text.utf8.count <= maximumValueLength
                    ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(maximumValueLength)))
                fitting.add(key, .string(cut))
                count += 1
                size += key.utf8.count + cut.utf8.count
            }
            if !fitting.isEmpty { kept[kind] = .object(fitting) }
        }
        guard count <= maximumCount, size <= maximumSize else { throw .invalid("Extended properties are too large.") }
        return kept.isEmpty ? nil : .object(kept)
    }
}
