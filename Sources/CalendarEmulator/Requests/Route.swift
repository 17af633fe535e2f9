import HTTPTypes

/// A method of the API: where it is, who may call it, and what it does. A class, since every call carries one along.
final class Route: Sendable {
    /// Throws `GoogleError` alone; untyped because closures in the table cannot infer that yet.
    typealias Handler = @Sendable (inout World, Call) throws -> Answer

    /// The id of the discovery document without `calendar.`, such as `events.insert`.
    let id: String
    let method: HTTPRequest.Method
    /// The path below `/calendar/v3`; a segment in braces takes any value.
    let template: [String]
    private let literals: [(position: Int, text: String)]
    /// What stands in braces fills these.
    private let placeholders: [(position: Int, name: String)]
    /// Any one of these lets a token through.
    let scopes: Set<String>
    let parameters: [String: Parameter]
    let handler: Handler

    init(
        _ id: String, _ method: HTTPRequest.Method, _ template: String, scopes: Set<String>,
        parameters: [String: Parameter] = [:], handler: @escaping Handler
    ) {
        self.id = id
        self.method = method
        let parts = template.split(separator: "/").map(String.init)
        self.template = parts
        let segments = parts.enumerated().map { (position: $0.offset, text: $0.element) }
        literals = segments.filter { !$0.text.hasPrefix("{") }
        placeholders = segments.filter { $0.text.hasPrefix("{") }.map { ($0.position, String($0.text.dropFirst().dropLast())) }
        self.scopes = scopes
        self.parameters = parameters
        self.handler = handler
    }

    /// The first route of the table for this request: literal paths stand before templates there.
    static func find(_ method: HTTPRequest.Method, _ segments: some Collection<String>) -> (Route, [String: String])? {
        let segments = Array(segments)
        guard let candidates = byShape[Shape(method: method, count: segments.count)],
            let route = candidates.first(where: { $0.literals.allSatisfy { segments[$0.position] == $0.text } })
        else { return nil }
        var values: [String: String] = [:]
        for (position, name) in route.placeholders { values[name] = segments[position] }
        return (route, values)
    }

    private struct Shape: Hashable {
        var method: HTTPRequest.Method
        var count: Int
    }

    /// The table, in its order, by what is compared fastest.
    private static let byShape = Dictionary(grouping: table) { Shape(method: $0.method, count: $0.template.count) }
}
