/// A JSON value that keeps what Google's wire form keeps: the order of keys, and integers without rounding.
enum JSON: Sendable, Hashable {
    typealias Object = JSONObject

    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSON])
    case object(Object)

    var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The value as an integer; a number such as `3.0` counts, `3.5` does not.
    var integer: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        default: nil
        }
    }

    var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    var array: [JSON]? {
        if case .array(let value) = self { value } else { nil }
    }

    var object: Object? {
        if case .object(let value) = self { value } else { nil }
    }

    subscript(key: String) -> JSON? { object?[key] }

    /// The merge of PATCH: objects merge key by key, `null` removes a key, everything else (arrays too) replaces.
    static func merge(_ patch: Object, into target: Object) -> Object {
        var merged = target
        for (key, value) in patch {
            switch value {
            case .null:
                merged.removeValue(forKey: key)
            case .object(let inner):
                merged[key] = .object(merge(inner, into: merged[key]?.object ?? [:]))
            default:
                merged[key] = value
            }
        }
        return merged
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    init(stringLiteral value: String) { self = .string(value) }
}

extension JSON: ExpressibleByIntegerLiteral {
    init(integerLiteral value: Int64) { self = .integer(value) }
}

extension JSON: ExpressibleByBooleanLiteral {
    init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension JSON: ExpressibleByArrayLiteral {
    init(arrayLiteral elements: JSON...) { self = .array(elements) }
}

extension JSON: ExpressibleByDictionaryLiteral {
    init(dictionaryLiteral elements: (String, JSON)...) {
        var object = Object(minimumCapacity: elements.count)
        for (key, value) in elements { object[key] = value }
        self = .object(object)
    }
}
