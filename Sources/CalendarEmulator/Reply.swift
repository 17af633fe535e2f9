public import Foundation
public import HTTPTypes

/// What the emulator answers, and how the answer is to travel.
public struct Reply: Sendable {
    public enum Delivery: Sendable, Equatable {
        /// The whole answer.
        case complete
        /// The head promises the whole body, then the connection closes after this many bytes of it.
        case cut(afterBytes: Int)
        /// The connection closes without an answer; `response` and `body` are not sent.
        case reset
    }

    public var response: HTTPResponse
    public var body: Data
    /// How long to wait before delivering.
    public var delay: Duration
    public var delivery: Delivery

    public init(response: HTTPResponse, body: Data = Data(), delay: Duration = .zero, delivery: Delivery = .complete) {
        self.response = response
        self.body = body
        self.delay = delay
        self.delivery = delivery
    }
}

extension Reply {
    /// A JSON answer with the headers seen on Google's. - Parameter indent: nil for compact.
    static func json(_ json: JSON, status: Int = 200, indent: Int? = 1, etag: String? = nil) -> Reply {
        var reply = Reply(response: .google(status: status, .jsonFields), body: JSONWriter.write(json, indent: indent))
        if let etag { reply.response.headerFields.append(HTTPField(name: .eTag, value: etag)) }
        return reply
    }

    static func error(_ error: GoogleError, compact: Bool = false) -> Reply {
        .json(error.body, status: error.code, indent: compact ? nil : error.indent)
    }

    static func empty(status: Int) -> Reply { Reply(response: .google(status: status)) }

    static func html(_ html: String, status: Int) -> Reply {
        var reply = Reply(response: .google(status: status), body: Data(html.utf8))
        reply.response.headerFields[.contentType] = "text/html; charset=UTF-8"
        return reply
    }
}

extension HTTPResponse {
    fileprivate static func google(status: Int, _ fields: HTTPFields = .googleFields) -> HTTPResponse {
        HTTPResponse(status: Status(code: status), headerFields: fields)
    }
}

extension HTTPFields {
    /// Made once, for every answer has them.
    fileprivate static let googleFields: HTTPFields = [
        .cacheControl: "no-cache, no-store, max-age=0, must-revalidate", .pragma: "no-cache",
        .expires: "Mon, 01 Jan 1990 00:00:00 GMT", .vary: "Origin, X-Origin, Referer", .server: "ESF",
    ]

    fileprivate static let jsonFields = googleFields + [HTTPField(name: .contentType, value: "application/json; charset=UTF-8")]
}

extension HTTPField.Name {
    static let pragma = Self.known("Pragma")
    static let expires = Self.known("Expires")

    /// The names here are constants and valid; the fallback only spares a force unwrap.
    private static func known(_ name: String) -> HTTPField.Name { HTTPField.Name(name) ?? .cacheControl }
}
