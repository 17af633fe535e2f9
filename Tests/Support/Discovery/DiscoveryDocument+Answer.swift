import Foundation
import HTTPTypes

extension DiscoveryDocument {
    /// All that is wrong with the answer to a request, one sentence each; empty when Google could have given it. A
    /// success may hold a part of its resource, as it does for a `fields` query, but nothing that the schema lacks.
    public func violations(answer: HTTPResponse, body: Data, to request: HTTPRequest) -> [String] {
        let method = method(for: request)
        let complaints =
            switch answer.status.code {
            case 200..<300: successComplaints(answer, body, method)
            case 304: body.isEmpty ? [] : ["body: must be empty, but has \(body.count) bytes"]
            case 400..<600: refusalComplaints(answer, body)
            default: ["status: the API gives no such answer"]
            }
        let name = method?.id ?? "\(request.method.rawValue) \(request.path ?? "")"
        return complaints.map { "\(name) (answer \(answer.status.code)): \($0)" }
    }

    private func successComplaints(_ answer: HTTPResponse, _ body: Data, _ method: DiscoveryMethod?) -> [String] {
        guard let method else { return ["status: the document has no such method that could succeed"] }
        guard let schema = method.answerSchema else {
            return body.isEmpty ? [] : ["body: must be empty, but has \(body.count) bytes"]
        }
        return jsonComplaints(body, answer.headerFields, schema, SchemaCheck(schemas: schemas))
    }

    private func refusalComplaints(_ answer: HTTPResponse, _ body: Data) -> [String] {
        let mediaType = answer.headerFields[.contentType] ?? ""
        guard !body.isEmpty, isJSON(mediaType: mediaType) || body.first == UInt8(ascii: "{") else {
            return isOtherThanJSONAllowed(answer.status.code, mediaType)
                ? []
                : ["body: a refusal must say why in JSON: \(quoted(String(decoding: body, as: UTF8.self)))"]
        }
        guard let envelope = JSONValue(body) else {
            return ["body: not JSON: \(quoted(String(decoding: body, as: UTF8.self)))"]
        }
        return ErrorEnvelope.complaints(about: envelope, status: answer.status.code)
    }

    /// In front of the API stand servers that answer by themselves: with a page, or with nothing when they are in
    /// trouble (5xx) or will not read on (413).
    private func isOtherThanJSONAllowed(_ status: Int, _ mediaType: String) -> Bool {
        status >= 500 || status == 413 || mediaType.lowercased().hasPrefix("text/html")
    }
}
