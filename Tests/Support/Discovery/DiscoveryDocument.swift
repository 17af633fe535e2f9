import Foundation
import HTTPTypes

/// Google's machine-readable description of an API (<https://developers.google.com/discovery/v1/reference/apis>).
///
/// Client and emulator are written by the same hands, so they could agree on a mistake. This document was written by
/// neither: a test that passes both sides of an exchange through ``violations(request:body:)`` and
/// ``violations(answer:body:to:)`` compares them with what Google says.
public struct DiscoveryDocument: Sendable {
    /// Every method of the API, in the order of their ids.
    public let methods: [DiscoveryMethod]

    let basePath: String
    let globalParameters: [String: DiscoveryParameter]
    let schemas: [String: DiscoverySchema]

    /// The document at the path in `CALENDAR_DISCOVERY_DOCUMENT`; nil when the variable is unset, so that tests can be
    /// skipped by name. A path that does not lead to a document ends the process: a run that believes it checks
    /// against Google must not pass without doing so.
    public static let fromEnvironment: DiscoveryDocument? = {
        let variable = "CALENDAR_DISCOVERY_DOCUMENT"
        guard let path = ProcessInfo.processInfo.environment[variable] else { return nil }
        do {
            return try DiscoveryDocument(contentsOf: URL(filePath: path))
        } catch {
            preconditionFailure("\(variable) is “\(path)”, which cannot be read as a discovery document: \(error)")
        }
    }()

    public init(contentsOf url: URL) throws {
        try self.init(json: Data(contentsOf: url))
    }

    /// - Throws: `DecodingError` for text that is not a discovery document, or that uses a type or a format which this
    ///   validator does not know. Ignoring those would be checking less than it seems.
    public init(json: Data) throws {
        self = try JSONDecoder().decode(DiscoveryDocument.self, from: json)
    }

    /// The method that a request calls, found by its verb and its path template; nil when there is none.
    public func method(for request: HTTPRequest) -> DiscoveryMethod? {
        guard let segments = RequestTarget(request).segments(below: basePath) else { return nil }
        // A literal beats a placeholder: `events/import` is not the event whose id is “import”.
        return
            methods
            .filter { $0.verb == request.method && $0.pathParameters(in: segments) != nil }
            .max { $0.literalCount < $1.literalCount }
    }
}

extension DiscoveryDocument: Decodable {
    private enum CodingKeys: String, CodingKey {
        case basePath, parameters, schemas, resources
    }

    /// Methods hang on resources, and resources may hold further resources.
    private struct Resource: Decodable {
        let methods: [String: DiscoveryMethod]?
        let resources: [String: Resource]?

        var allMethods: [DiscoveryMethod] {
            Array((methods ?? [:]).values) + (resources ?? [:]).values.flatMap(\.allMethods)
        }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        basePath = try container.decode(String.self, forKey: .basePath)
        globalParameters = try container.decode([String: DiscoveryParameter].self, forKey: .parameters)
        schemas = try container.decode([String: DiscoverySchema].self, forKey: .schemas)
        methods = try container.decode([String: Resource].self, forKey: .resources)
            .values.flatMap(\.allMethods)
            .sorted { $0.id < $1.id }
    }
}
