import OrderedCollections

/// What a part of a body may hold. Fields nobody knows are dropped, as Google drops them; values of a wrong kind are refused.
indirect enum Shape: Sendable {
    case text
    case oneOf([String])
    case flag
    case integer(ClosedRange<Int64>)
    case list(of: Shape, atMost: Int)
    case object([String: Shape])
    /// Any keys, each with a text.
    case texts

    /// What is kept of `json`; nil for `null`.
    /// - Parameter name: of the field, for the refusal.
    func accept(_ json: JSON, name: String) throws(GoogleError) -> JSON? {
        switch (self, json) {
        case (_, .null):
            return nil
        case (.text, .string), (.flag, .bool):
            return json
        case (.oneOf(let values), .string(let text)) where values.contains(text):
            return json
        case (.integer(let range), _):
            guard let number = json.integer, range.contains(number) else { break }
            return .integer(number)
        case (.list(let element, let limit), .array(let elements)):
            guard elements.count <= limit else { throw .invalid("Too many values for: \(name)") }
            var kept: [JSON] = []
            for value in elements {
                if let value = try element.accept(value, name: name) { kept.append(value) }
            }
            return .array(kept)
        case (.object(let fields), .object(let object)):
            var kept = JSON.Object()
            for (key, value) in object {
                if let field = fields[key] { kept[key] = try field.accept(value, name: name + "." + key) }
            }
            return .object(kept)
        case (.texts, .object(let object)):
            var kept = JSON.Object()
            for (key, value) in object { kept[key] = try Shape.text.accept(value, name: name) }
            return .object(kept)
        default:
            break
        }
        throw .invalid("Invalid value for: \(name)")
    }
}
