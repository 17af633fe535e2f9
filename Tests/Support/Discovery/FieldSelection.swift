/// The selector of a partial response, `items(id,start/dateTime),nextPageToken`, compared with the schema it selects
/// from. See <https://developers.google.com/workspace/calendar/api/guides/performance#partial-response>.
struct FieldSelection {
    let schemas: [String: DiscoverySchema]

    func complaints(about selector: String, of schema: String) -> [String] {
        var rest = selector[...]
        guard let fields = Self.fields(&rest), rest.isEmpty else {
            return ["not a selector of fields: \(quoted(selector))"]
        }
        return fields.flatMap { complaints(about: $0, in: .reference(schema), at: schema) }
    }

    private struct Field {
        let name: String
        let parts: [Field]
    }

    private func complaints(about field: Field, in schema: DiscoverySchema, at path: String) -> [String] {
        switch schema {
        case .reference(let name):
            return schemas[name].map { complaints(about: field, in: $0, at: path) }
                ?? ["the document has no schema \(name)"]
        case .array(let element):
            return complaints(about: field, in: element, at: path)
        case .object(let properties, let additional):
            // What a wildcard stands for differs from property to property, so its parts are left alone.
            if field.name == "*" { return [] }
            guard let next = properties[field.name]?.schema ?? additional else {
                return ["\(path) has no field \(quoted(field.name))"]
            }
            return field.parts.flatMap { complaints(about: $0, in: next, at: "\(path).\(field.name)") }
        case .any:
            return []
        case .scalar:
            return ["\(path) has no field \(quoted(field.name))"]
        }
    }

    /// `field ("," field)*`
    private static func fields(_ rest: inout Substring) -> [Field]? {
        var fields: [Field] = []
        repeat {
            guard let field = field(&rest) else { return nil }
            fields.append(field)
        } while take(",", from: &rest)
        return fields
    }

    /// `name ("/" field | "(" fields ")")?`
    private static func field(_ rest: inout Substring) -> Field? {
        let name = String(rest.prefix { !",/()".contains($0) })
        guard !name.isEmpty else { return nil }
        rest.removeFirst(name.count)
        if take("/", from: &rest) {
            return field(&rest).map { Field(name: name, parts: [$0]) }
        }
        if take("(", from: &rest) {
            guard let parts = fields(&rest), take(")", from: &rest) else { return nil }
            return Field(name: name, parts: parts)
        }
        return Field(name: name, parts: [])
    }

    private static func take(_ character: Character, from rest: inout Substring) -> Bool {
        guard rest.first == character else { return false }
        rest.removeFirst()
        return true
    }
}
