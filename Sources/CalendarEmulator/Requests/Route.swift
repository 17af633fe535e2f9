import HTTPTypes

/// A method of the API: where it is, who may call it, and what it does.
struct Route: Sendable {
    /// Throws `GoogleError` alone; untyped because closures in the table cannot infer that yet.
    typealias Handler = @Sendable (inout World, Call) throws -> Answer

    /// The id of the discovery document without `calendar.`, such as `events.insert`.
    var id: String
    var method: HTTPRequest.Method
    /// The path below `/calendar/v3`; a segment in braces takes any value.
    let template: [String]
    private let patterns: [Pattern]
    /// Any one of these lets a token through.
    var scopes: Set<String>
    var parameters: [String: Parameter]
    var handler: Handler

    init(
        _ id: String, _ method: HTTPRequest.Method, _ template: String, scopes: Set<String>,
        parameters: [String: Parameter] = [:], handler: @escaping Handler
    ) {
        self.id = id
        self.method = method
        self.template = template.split(separator: "/").map(String.init)
        patterns = self.template.map(Pattern.init)
        self.scopes = scopes
        self.parameters = parameters
        self.handler = handler
    }

    /// What fills the braces when `segments` is this route's path, else nil.
    private func match(_ segments: some Collection<String>) -> [String: String]? {
        for case (let segment, .literal(let text)) in zip(segments, patterns) where segment != text { return nil }
        var values: [String: String] = [:]
        for case (let segment, .value(let name)) in zip(segments, patterns) { values[name] = segment }
        return values
    }

    /// The first route of the table for this request: literal paths stand before templates there.
    static func find(_ method: HTTPRequest.Method, _ segments: some Collection<String>) -> (Route, [String: String])? {
        for route in byShape[Shape(method: method, count: segments.count)] ?? [] {
            if let values = route.match(segments) { return (route, values) }
        }
        return nil
    }

    private enum Pattern {
        case literal(String)
        case value(name: String)

        init(_ segment: String) {
            self = segment.hasPrefix("{") ? .value(name: String(segment.dropFirst().dropLast())) : .literal(segment)
        }
    }

    private struct Shape: Hashable {
        var method: HTTPRequest.Method
        var count: Int
    }

    /// The table, in its order, by what is compared fastest.
    private static let byShape = Dictionary(grouping: table) { Shape(method: $0.method, count: $0.template.count) }
}
