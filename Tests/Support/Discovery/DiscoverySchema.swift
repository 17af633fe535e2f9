/// The form of a JSON value, as one node of the document's `schemas`.
indirect enum DiscoverySchema: Sendable {
    case any
    case scalar(DiscoveryScalar)
    case array(of: DiscoverySchema)
    /// `additional` is the form of properties that are not listed; nil when there must not be any.
    case object(properties: [String: Property], additional: DiscoverySchema?)
    case reference(String)

    struct Property: Sendable {
        let schema: DiscoverySchema
        let requirement: Requirement
    }

    enum Requirement {
        case never, always
        /// Required only in requests to the methods with these ids.
        case by(methods: [String])
    }
}

extension DiscoverySchema: Decodable {
    private enum CodingKeys: String, CodingKey {
        case type, items, properties, additionalProperties
        case reference = "$ref"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let name = try container.decodeIfPresent(String.self, forKey: .reference) {
            self = .reference(name)
            return
        }
        switch try container.decode(String.self, forKey: .type) {
        case "any":
            self = .any
        case "array":
            self = .array(of: try container.decode(DiscoverySchema.self, forKey: .items))
        case "object":
            self = .object(
                properties: try container.decodeIfPresent([String: Property].self, forKey: .properties) ?? [:],
                additional: try container.decodeIfPresent(DiscoverySchema.self, forKey: .additionalProperties))
        default:
            self = .scalar(try DiscoveryScalar(from: decoder))
        }
    }
}

extension DiscoverySchema.Property: Decodable {
    private enum CodingKeys: String, CodingKey {
        case annotations, `default`
    }

    private struct Annotations: Decodable {
        let required: [String]?
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let methods = try container.decodeIfPresent(Annotations.self, forKey: .annotations)?.required
        requirement = methods.map { .by(methods: $0) } ?? .never

        var schema = try DiscoverySchema(from: decoder)
        // A resource names its own type in `kind`; the document gives that one value as the default.
        if decoder.codingPath.last?.stringValue == "kind", case .scalar(var scalar) = schema,
            let kind = try container.decodeIfPresent(String.self, forKey: .default)
        {
            scalar.values = [kind]
            schema = .scalar(scalar)
        }
        self.schema = schema
    }
}
