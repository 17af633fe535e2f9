/// A statement and the values that go with it. Values are written into the text as interpolations and travel beside it:
///
///     try transaction.rows("SELECT name FROM person WHERE id = \(id)")
public struct SQL: Sendable, ExpressibleByStringInterpolation {
    /// The statement with `?1`, `?2`, … where values belong.
    public private(set) var text: String
    public private(set) var values: [SQLValue]

    public init(stringLiteral text: String) {
        self.text = text
        self.values = []
    }

    public init(stringInterpolation interpolation: StringInterpolation) {
        text = interpolation.text
        values = interpolation.values
    }

    public struct StringInterpolation: StringInterpolationProtocol {
        var text = ""
        var values: [SQLValue] = []

        public init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + 3 * interpolationCount)
        }

        public mutating func appendLiteral(_ literal: String) { text += literal }

        public mutating func appendInterpolation(_ value: (some SQLConvertible)?) {
            values.append(value?.sqlValue ?? .null)
            text += "?\(values.count)"
        }

        /// A piece of a statement with its own values; the numbers go on from here.
        public mutating func appendInterpolation(_ part: SQL) {
            var rest = Substring(part.text)
            for (index, value) in part.values.enumerated() {
                guard let place = rest.firstRange(of: "?\(index + 1)") else { continue }
                values.append(value)
                text += rest[..<place.lowerBound] + "?\(values.count)"
                rest = rest[place.upperBound...]
            }
            text += rest
        }
    }
}

/// What a column can hold.
public enum SQLValue: Sendable, Equatable {
    case null
    case integer(Int64)
    case text(String)
}
