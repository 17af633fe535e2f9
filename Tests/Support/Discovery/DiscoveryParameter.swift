/// A value in the path or in the query of a request.
struct DiscoveryParameter: Sendable {
    enum Location: String, Decodable {
        case path, query
    }

    let location: Location
    let isRequired: Bool
    /// Whether the query may name it more than once.
    let isRepeated: Bool
    let scalar: DiscoveryScalar
}

extension DiscoveryParameter: Decodable {
    private enum CodingKeys: String, CodingKey {
        case location, required, repeated
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        location = try container.decode(Location.self, forKey: .location)
        isRequired = try container.decodeIfPresent(Bool.self, forKey: .required) ?? false
        isRepeated = try container.decodeIfPresent(Bool.self, forKey: .repeated) ?? false
        scalar = try DiscoveryScalar(from: decoder)
    }
}
