import Foundation
import HTTPTypes

extension DiscoveryDocument {
    /// All that is wrong with a request, one sentence each; empty when the document allows it. Properties that Google
    /// calls read-only are allowed: it ignores them.
    public func violations(request: HTTPRequest, body: Data) -> [String] {
        guard let method = method(for: request) else { return [unknownMethod(of: request)] }
        let target = RequestTarget(request)
        let complaints =
            target.complaints
            + pathComplaints(target, method)
            + queryComplaints(target.query, method)
            + bodyComplaints(request, body, method)
        return complaints.map { "\(method.id): \($0)" }
    }

    func unknownMethod(of request: HTTPRequest) -> String {
        "\(request.method.rawValue) \(request.path ?? ""): the document has no such method"
    }

    private func pathComplaints(_ target: RequestTarget, _ method: DiscoveryMethod) -> [String] {
        let values = target.segments(below: basePath).flatMap(method.pathParameters) ?? [:]
        return values.sorted { $0.key < $1.key }.compactMap { name, value in
            if value.isEmpty { return "path.\(name): required, but empty" }
            return method.parameters[name]?.scalar.complaint(about: value).map { "path.\(name): \($0)" }
        }
    }

    private func queryComplaints(_ query: [(name: String, value: String)], _ method: DiscoveryMethod) -> [String] {
        let known = globalParameters.merging(method.parameters) { $1 }.filter { $0.value.location == .query }
        let counts = Dictionary(query.map { ($0.name, 1) }, uniquingKeysWith: +)

        let wrong = query.compactMap { name, value in
            guard let parameter = known[name] else { return "query.\(name): unknown parameter" }
            return parameter.scalar.complaint(about: value).map { "query.\(name): \($0)" }
        }
        let faulty = known.sorted { $0.key < $1.key }.compactMap { name, parameter -> String? in
            switch counts[name] ?? 0 {
            case 0: parameter.isRequired ? "query.\(name): required, but missing" : nil
            case 1: nil
            case let count: parameter.isRepeated ? nil : "query.\(name): given \(count) times, but it cannot be repeated"
            }
        }
        return wrong + faulty + selectionComplaints(query, method)
    }

    private func selectionComplaints(_ query: [(name: String, value: String)], _ method: DiscoveryMethod) -> [String] {
        guard let selector = query.first(where: { $0.name == "fields" })?.value, let answer = method.answerSchema else {
            return []
        }
        return FieldSelection(schemas: schemas).complaints(about: selector, of: answer).map { "query.fields: \($0)" }
    }

    private func bodyComplaints(_ request: HTTPRequest, _ body: Data, _ method: DiscoveryMethod) -> [String] {
        guard let schema = method.requestSchema else {
            return body.isEmpty ? [] : ["body: must be empty, but has \(body.count) bytes"]
        }
        let check = SchemaCheck(schemas: schemas, requestedMethod: method.id, allowsNull: method.verb == .patch)
        return jsonComplaints(body, request.headerFields, schema, check)
    }

    /// A body in either direction: the media type, the JSON and its schema.
    func jsonComplaints(_ body: Data, _ headers: HTTPFields, _ schema: String, _ check: SchemaCheck) -> [String] {
        guard !body.isEmpty else { return ["body: empty where a JSON \(schema) belongs"] }
        let header = headers[.contentType] ?? ""
        let misnamed = isJSON(mediaType: header) ? [] : ["header Content-Type: not application/json: \(quoted(header))"]
        guard let value = JSONValue(body) else {
            return misnamed + ["body: not JSON: \(quoted(String(decoding: body, as: UTF8.self)))"]
        }
        return misnamed + check.complaints(about: value, against: .reference(schema), at: "body")
    }

    func isJSON(mediaType: String) -> Bool {
        mediaType.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased() == "application/json"
    }
}
