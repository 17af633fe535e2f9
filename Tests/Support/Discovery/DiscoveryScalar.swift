/// A value without parts: what a parameter or a leaf of a JSON body may be.
struct DiscoveryScalar: Sendable {
    enum Kind: String, Decodable {
        case string, boolean, integer, number
    }

    /// Formats of <https://developers.google.com/discovery/v1/type-format> that a calendar document uses or may use.
    enum Format: String, Decodable {
        case int32, uint32, int64, uint64, float, double, date
        case dateTime = "date-time"
    }

    var kind: Kind
    var format: Format?
    /// The only values allowed; nil allows all.
    var values: [String]?
    var minimum: Double?
    var maximum: Double?
    /// A regular expression that the text must contain a match of.
    var pattern: String?

    /// What is wrong with a value written as text, as in a path or a query; nil when nothing is.
    func complaint(about text: String) -> String? {
        if let expectation, !isWellFormed(text) {
            return "not \(expectation): \(quoted(text))"
        }
        if let values, !values.contains(text) {
            return "not one of \(values.joined(separator: ", ")): \(quoted(text))"
        }
        if let minimum, let number = Double(text), number < minimum {
            return "below the minimum \(brief(minimum)): \(text)"
        }
        if let maximum, let number = Double(text), number > maximum {
            return "above the maximum \(brief(maximum)): \(text)"
        }
        if let pattern, !matches(pattern, text) {
            return "does not match \(pattern): \(quoted(text))"
        }
        return nil
    }

    /// What is wrong with a JSON value. 64-bit integers are of kind string: JSON numbers cannot hold them everywhere.
    func complaint(about value: JSONValue) -> String? {
        switch (kind, value) {
        case (.string, .string(let text)): complaint(about: text)
        case (.boolean, .boolean): nil
        case (.integer, .number(let number)), (.number, .number(let number)): complaint(about: brief(number))
        default: "\(value.kindName) where a JSON \(kind.rawValue) belongs"
        }
    }

    /// How a well-formed text is called; nil when every text is well-formed.
    private var expectation: String? {
        switch (format, kind) {
        case (.dateTime, _): "an RFC 3339 date-time"
        case (.date, _): "an RFC 3339 full-date"
        case (let format?, _): "of the format \(format.rawValue)"
        case (nil, .boolean): "true or false"
        case (nil, .integer): "an integer"
        case (nil, .number): "a number"
        case (nil, .string): nil
        }
    }

    private func isWellFormed(_ text: String) -> Bool {
        switch (format, kind) {
        case (.dateTime, _): RFC3339.isDateTime(text)
        case (.date, _): RFC3339.isFullDate(text)
        case (.int32, _): isInteger(Int32.self, text)
        case (.uint32, _): isInteger(UInt32.self, text)
        case (.int64, _), (nil, .integer): isInteger(Int64.self, text)
        case (.uint64, _): isInteger(UInt64.self, text)
        case (.float, _), (.double, _), (nil, .number): Double(text)?.isFinite ?? false
        case (nil, .boolean): text == "true" || text == "false"
        case (nil, .string): true
        }
    }

    /// The standard library would also read a leading plus sign.
    private func isInteger<Integer: FixedWidthInteger>(_ type: Integer.Type, _ text: String) -> Bool {
        !text.hasPrefix("+") && Integer(text) != nil
    }

    private func matches(_ pattern: String, _ text: String) -> Bool {
        // Decoding has refused patterns that do not compile.
        guard let expression = try? Regex(pattern) else { return false }
        return text.contains(expression)
    }

    /// Whole numbers without “.0”, as the document and the wire write them.
    private func brief(_ number: Double) -> String {
        Int64(exactly: number).map(String.init) ?? String(number)
    }
}

extension DiscoveryScalar: Decodable {
    private enum CodingKeys: String, CodingKey {
        case type, format, `enum`, minimum, maximum, pattern
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        kind = try container.decode(Kind.self, forKey: .type)
        format = try container.decodeIfPresent(Format.self, forKey: .format)
        values = try container.decodeIfPresent([String].self, forKey: .enum)
        minimum = try Self.bound(.minimum, in: container)
        maximum = try Self.bound(.maximum, in: container)
        pattern = try container.decodeIfPresent(String.self, forKey: .pattern)
        if let pattern, (try? Regex(pattern)) == nil {
            throw DecodingError.dataCorruptedError(
                forKey: .pattern, in: container, debugDescription: "“\(pattern)” is not a regular expression")
        }
    }

    /// The document writes bounds as strings: `"minimum": "1"`.
    private static func bound(_ key: CodingKeys, in container: KeyedDecodingContainer<CodingKeys>) throws -> Double? {
        guard let text = try container.decodeIfPresent(String.self, forKey: key) else { return nil }
        guard let bound = Double(text) else {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: container, debugDescription: "“\(text)” is not a number")
        }
        return bound
    }
}
