import Foundation
import HTTPTypes
import OrderedCollections

/// One call of the API on its way through the checks: who asks, for what, with which parameters.
struct Call: Sendable {
    var route: Route
    /// What stood in the place of `{calendarId}` and the like.
    var path: [String: String]
    var query: Query
    var headers: HTTPFields
    var body: Data
    var caller: Caller
    var now: Instant

    var principal: Principal { caller.principal }

    func flag(_ name: String, default value: Bool = false) -> Bool {
        query[name].map { ["true", "True", "1"].contains($0) } ?? value
    }

    func integer(_ name: String) -> Int? { query[name].flatMap { Int($0) } }

    func instant(_ name: String) -> Instant? { query[name].flatMap { DateTimeText($0)?.instant(in: nil) } }

    /// How many items a page may hold. The limit of the method wins over what is asked.
    func pageSize(default size: Int, limit: Int) -> Int { min(integer("maxResults") ?? size, limit) }

    /// The body as an object; an absent body counts as an empty one.
    func object() throws(GoogleError) -> JSON.Object {
        guard !body.isEmpty else { return [:] }
        if let type = headers.first(.contentType), type != "application/json", !type.lowercased().contains("json") {
            throw GoogleError(
                code: 400, reason: "parseError", message: "This API does not support parsing form-encoded input.")
        }
        do {
            guard let object = try JSONParser.parse(body).object else { throw GoogleError.parseError }
            return object
        } catch {
            throw .parseError
        }
    }

    /// Refuses with 412 when the caller named versions in `If-Match` and `etag` is none of them.
    func requireMatch(_ etag: String) throws(GoogleError) {
        guard let wanted = headers[.ifMatch], !Self.names(wanted, etag) else { return }
        throw .conditionNotMet
    }

    /// The answer to a read: 304 when the caller already has this version.
    func answer(_ json: JSON, etag: String) -> Answer {
        if let known = headers[.ifNoneMatch], Self.names(known, etag) { return .notModified(etag: etag) }
        return .resource(json, etag: etag)
    }

    private static func names(_ header: String, _ etag: String) -> Bool {
        header.split(separator: ",").contains { item in
            let candidate = item.drop { $0 == " " }.prefix { $0 != " " }
            return candidate == "*" || candidate == etag || candidate == "W/" + etag
        }
    }
}

/// What a method answers when it does not refuse.
enum Answer: Sendable {
    case resource(JSON, etag: String?)
    /// 204, or for some methods 200 with nothing in it; Google's clients accept both.
    case empty
    case notModified(etag: String)
}

extension HTTPFields {
    /// The value of the first field of this name. The subscript joins those of all, which takes ten times as long.
    func first(_ name: HTTPField.Name) -> String? { first { $0.name == name }?.value }
}
