import HTTPTypes

/// A method of the API: where it is, who may call it, and what it does.
struct Route: Sendable {
    /// Throws `GoogleError` alone; untyped because closures in the table cannot infer that yet.
    typealias Handler = @Sendable (inout World, Call) throws -> Answer

    /// The id of the discovery document without `calendar.`, such as `events.insert`.
    var id: String
    var method: HTTPRequest.Method
    /// The path below `/calendar/v3`; a segment in braces takes any value.
    var template: [String]
    /// Any one of these lets a token through.
    var scopes: Set<String>
    var parameters: [String: Parameter]
    /// Nil for methods this emulator does not have; they are answered with 501 and their name.
    var handler: Handler?

    init(
        _ id: String, _ method: HTTPRequest.Method, _ template: String, scopes: Set<String>,
        parameters: [String: Parameter] = [:], handler: Handler? = nil
    ) {
        self.id = id
        self.method = method
        self.template = template.split(separator: "/").map(String.init)
        self.scopes = scopes
        self.parameters = parameters
        self.handler = handler
    }

    /// What fills the braces when `segments` is this route's path, else nil.
    private func match(_ segments: some Collection<String>) -> [String: String]? {
        guard segments.count == template.count else { return nil }
        var values: [String: String] = [:]
        for (segment, pattern) in zip(segments, template) {
            if pattern.hasPrefix("{") {
                values[String(pattern.dropFirst().dropLast())] = segment
            } else if segment != pattern {
                return nil
            }
        }
        return values
    }

    /// The first route of the table for this request: literal paths stand before templates there.
    static func find(_ method: HTTPRequest.Method, _ segments: some Collection<String>) -> (Route, [String: String])? {
        for route in table where route.method == method {
            if let values = route.match(segments) { return (route, values) }
        }
        return nil
    }
}
