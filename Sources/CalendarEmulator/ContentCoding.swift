import Foundation
import HTTPTypes

/// `Content-Encoding` in both directions, at the edge of the server: within, bodies are plain.
/// Source: https://developers.google.com/workspace/calendar/api/guides/performance
enum ContentCoding {
    /// Smaller answers are not worth it.
    static let minimumSize = 1024

    /// The request with its body as it was before it was compressed, or the refusal of one that cannot be read.
    static func decoded(_ request: HTTPRequest, body: Data) -> Result<(HTTPRequest, Data), Refused> {
        guard let coding = request.headerFields[.contentEncoding]?.lowercased(), coding != "identity" else {
            return .success((request, body))
        }
        guard coding == "gzip" || coding == "x-gzip" else {
            return .failure(Refused(reply: .error(.badRequest("Unsupported Content-Encoding: \(coding.prefix(100))"))))
        }
        var plain = request
        plain.headerFields[.contentEncoding] = nil
        plain.headerFields[.contentLength] = nil
        do {
            return .success((plain, try Gzip.decompress(body, limit: Emulator.bodyLimit(forPath: request.path))))
        } catch .tooLarge {
            return .failure(Refused(reply: .tooLarge))
        } catch {
            return .failure(Refused(reply: .error(.badRequest("The body is not gzip."))))
        }
    }

    struct Refused: Error {
        var reply: Reply
    }

    /// The answer as the asker wants it to travel. One that is cut short is cut short compressed.
    static func encoded(_ reply: Reply, for request: HTTPRequest) -> Reply {
        guard reply.body.count >= minimumSize, reply.delivery != .reset, reply.response.headerFields[.contentEncoding] == nil,
            accepts(request.headerFields[values: .acceptEncoding]), let body = Gzip.compress(reply.body)
        else { return reply }
        var encoded = reply
        encoded.body = body
        encoded.response.headerFields[.contentEncoding] = "gzip"
        if case .cut = reply.delivery { encoded.delivery = .cut(afterBytes: body.count / 2) }
        return encoded
    }

    /// Whether `gzip` or `*` is in the lists and not ruled out by a weight of nothing.
    private static func accepts(_ lists: [String]) -> Bool {
        let text = lists.joined(separator: ",").lowercased().filter { $0 != " " && $0 != "\t" }
        let codings = text.split(separator: ",").map { $0.split(separator: ";") }.filter { !$0.isEmpty }
        guard let named = codings.first(where: { $0[0] == "gzip" }) ?? codings.first(where: { $0[0] == "*" }) else {
            return false
        }
        guard let weight = named.dropFirst().first(where: { $0.hasPrefix("q=") }) else { return true }
        return Double(weight.dropFirst(2)) != 0
    }
}
