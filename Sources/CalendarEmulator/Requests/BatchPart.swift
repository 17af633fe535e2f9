import Foundation
import HTTPTypes

extension Multipart.Part {
    private static let maximumHeaders = 100
    /// In bytes; what an HTTP server takes.
    private static let maximumRequestLine = 16 << 10

    /// The call in this part, with the headers of the request around it where it has none of its own.
    func request(in outer: HTTPRequest) throws(GoogleError) -> (HTTPRequest, Data) {
        let type = headers[.contentType]?.lowercased() ?? ""
        guard type.prefix(while: { $0 != ";" && $0 != " " }) == "application/http" else {
            throw .unreadablePart("its Content-Type must be application/http.")
        }
        var lines = Multipart.Lines(content)
        let line = lines.next() ?? []
        guard line.count <= Self.maximumRequestLine else { throw .unreadablePart("its first line is too long.") }
        let first = String(decoding: line, as: UTF8.self).split(separator: " ")
        guard (2...3).contains(first.count), let method = HTTPRequest.Method(String(first[0])), first[1].hasPrefix("/"),
            !first[1].hasPrefix("//"), first.count == 2 || first[2].hasPrefix("HTTP/1.")
        else { throw .unreadablePart("it must begin with a method and a path.") }
        guard let own = lines.headers(), own.count <= Self.maximumHeaders else {
            throw .unreadablePart("its headers cannot be read.")
        }
        var request = HTTPRequest(
            method: method, scheme: outer.scheme, authority: outer.authority, path: String(first[1]),
            headerFields: Self.inherited(outer.headerFields))
        for field in own { request.headerFields[field.name] = nil }
        for field in own { request.headerFields.append(field) }
        return (request, Data(lines.rest.trimmingEndOfLines()))
    }

    /// Everything but what describes the outer body or the connection.
    private static func inherited(_ fields: HTTPFields) -> HTTPFields {
        HTTPFields(
            fields.filter {
                let name = $0.name.canonicalName
                return !name.hasPrefix("content-") && !["accept-encoding", "connection", "expect", "te"].contains(name)
            })
    }
}

extension GoogleError {
    static func unreadableBatch(_ why: String) -> GoogleError {
        .badRequest("Failed to parse batch request, error: \(why)")
    }

    static func unreadablePart(_ why: String) -> GoogleError { .badRequest("Failed to parse a part of the batch: \(why)") }
}

extension HTTPField.Name {
    /// The name is valid; the fallback only spares a force unwrap.
    static let contentID = HTTPField.Name("Content-ID") ?? .cacheControl
}
