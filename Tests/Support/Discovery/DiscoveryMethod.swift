import HTTPTypes

/// One call of the API, such as `calendar.events.insert`.
public struct DiscoveryMethod: Sendable {
    public let id: String
    public let verb: HTTPRequest.Method
    /// Relative to the base path, with names in braces: `calendars/{calendarId}/events/{eventId}`.
    public let pathTemplate: String

    let parameters: [String: DiscoveryParameter]
    /// The name of the body's schema; nil when the body must be empty. So is `answerSchema`.
    let requestSchema: String?
    let answerSchema: String?

    private let segments: [PathSegment]

    private enum PathSegment {
        case literal(String)
        case placeholder(String)

        init(_ text: Substring) {
            let isPlaceholder = text.hasPrefix("{") && text.hasSuffix("}")
            self = isPlaceholder ? .placeholder(String(text.dropFirst().dropLast())) : .literal(String(text))
        }
    }

    var literalCount: Int {
        segments.count { if case .literal = $0 { true } else { false } }
    }

    /// What stands at the placeholders, when the (decoded) segments of a path fit the template.
    func pathParameters(in path: [String]) -> [String: String]? {
        guard path.count == segments.count else { return nil }
        var values: [String: String] = [:]
        for (segment, text) in zip(segments, path) {
            switch segment {
            case .literal(let literal):
                guard literal == text else { return nil }
            case .placeholder(let name):
                values[name] = text
            }
        }
        return values
    }
}

extension DiscoveryMethod: Decodable {
    private enum CodingKeys: String, CodingKey {
        case id, httpMethod, path, parameters, request, response
    }

    private struct Reference: Decodable {
        let schema: String

        enum CodingKeys: String, CodingKey {
            case schema = "$ref"
        }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(String.self, forKey: .id)
        pathTemplate = try container.decode(String.self, forKey: .path)
        segments = pathTemplate.split(separator: "/", omittingEmptySubsequences: false).map(PathSegment.init)
        parameters = try container.decodeIfPresent([String: DiscoveryParameter].self, forKey: .parameters) ?? [:]
        requestSchema = try container.decodeIfPresent(Reference.self, forKey: .request)?.schema
        answerSchema = try container.decodeIfPresent(Reference.self, forKey: .response)?.schema

        let name = try container.decode(String.self, forKey: .httpMethod)
        guard let verb = HTTPRequest.Method(name) else {
            throw DecodingError.dataCorruptedError(
                forKey: .httpMethod, in: container, debugDescription: "“\(name)” is not an HTTP method")
        }
        self.verb = verb
    }
}
