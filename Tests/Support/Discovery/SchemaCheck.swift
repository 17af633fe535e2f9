/// Compares a JSON value with a schema and tells, in words and with its path, all that does not fit.
struct SchemaCheck {
    var schemas: [String: DiscoverySchema] = [:]
    /// Whose required properties are demanded; nil for an answer, which may hold any part of a resource.
    var requestedMethod: String?
    /// In a patch, null clears a property. Elsewhere it has no meaning.
    var allowsNull = false

    func complaints(about value: JSONValue, against schema: DiscoverySchema, at path: String) -> [String] {
        switch (schema, value) {
        case (.any, _):
            []
        case (.reference(let name), _):
            schemas[name].map { complaints(about: value, against: $0, at: path) }
                ?? ["\(path): the document has no schema \(name)"]
        case (.scalar(let scalar), _):
            scalar.complaint(about: value).map { ["\(path): \($0)"] } ?? []
        case (.array(let element), .array(let values)):
            values.enumerated().flatMap { complaints(about: $1, against: element, at: "\(path)[\($0)]") }
        case (.array, _):
            ["\(path): \(value.kindName) where a JSON array belongs"]
        case (.object(let properties, let additional), .object(let members)):
            missing(from: members, of: properties, at: path)
                + members.sorted { $0.key < $1.key }.flatMap { name, member in
                    complaints(
                        about: member, against: properties[name]?.schema ?? additional,
                        at: path + Self.step(to: name))
                }
        case (.object, _):
            ["\(path): \(value.kindName) where a JSON object belongs"]
        }
    }

    private func complaints(about member: JSONValue, against schema: DiscoverySchema?, at path: String) -> [String] {
        guard let schema else { return ["\(path): unknown property"] }
        if allowsNull, member == .null { return [] }
        return complaints(about: member, against: schema, at: path)
    }

    private func missing(
        from members: [String: JSONValue], of properties: [String: DiscoverySchema.Property], at path: String
    ) -> [String] {
        properties
            .filter { isRequired($0.value) && members[$0.key] == nil }
            .keys.sorted()
            .map { "\(path)\(Self.step(to: $0)): required, but missing" }
    }

    private func isRequired(_ property: DiscoverySchema.Property) -> Bool {
        switch property.requirement {
        case .never: false
        case .always: true
        case .by(let methods): requestedMethod.map(methods.contains) ?? false
        }
    }

    /// `.name`, or `["a name"]` for keys such as calendar ids.
    private static func step(to name: String) -> String {
        name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" } ? ".\(name)" : "[\"\(name)\"]"
    }
}
