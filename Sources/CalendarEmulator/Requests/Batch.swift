import Foundation
import HTTPTypes

/// `POST /batch/calendar/v3`: up to 1000 calls in one request. Each one is a request of its own, with its own check of the
/// token, its own quota, faults, line in the log and answer; together they are nothing.
/// Source: https://developers.google.com/workspace/calendar/api/guides/batch
extension World {
    static let maximumBatchParts = 1000

    mutating func respondToBatch(_ request: HTTPRequest, target: Target, body: Data, now: Instant) -> Reply {
        // The address for all APIs at once was turned down in 2020; Google's front end has only a page there.
        guard target.segments == ["batch", "calendar", "v3"], request.method == .post else {
            return .html(FaultErrors.notFoundPage, status: 404)
        }
        let fault = faults.next(method: Fault.batchMethod, path: target.path, random: &random)
        let entry = RequestLog.Entry(
            time: now, method: request.method.rawValue, path: target.path, api: Fault.batchMethod, principal: nil)
        return answer(entry, fault: fault) { world, _ in
            do throws(GoogleError) {
                let parts = try Self.parts(of: request, body: body)
                return world.batchReply(to: parts, in: request, now: now)
            } catch {
                return .error(error)
            }
        }
    }

    private static func parts(of request: HTTPRequest, body: Data) throws(GoogleError) -> [Multipart.Part] {
        guard let boundary = Multipart.boundary(of: request.headerFields[.contentType] ?? "") else {
            throw .unreadableBatch("the Content-Type must be multipart/mixed with a boundary.")
        }
        let parts = Multipart.parts(of: body, boundary: boundary)
        guard !parts.isEmpty else { throw .unreadableBatch("0 items.") }
        guard parts.count <= maximumBatchParts else {
            throw .unreadableBatch("\(parts.count) items, but at most \(maximumBatchParts) are allowed.")
        }
        return parts
    }

    private mutating func batchReply(to parts: [Multipart.Part], in request: HTTPRequest, now: Instant) -> Reply {
        let boundary = "batch_" + random.resourceID()
        var written = Data()
        var delay = Duration.zero
        // Nothing promises that the calls are done in their order.
        let order = switches.batchOrderShuffled ? parts.indices.shuffled(using: &random) : Array(parts.indices)
        var replies: [Int: Reply] = [:]
        for index in order {
            let reply = reply(to: parts[index], in: request, now: now)
            // Google works at the parts side by side, so the slowest one decides.
            delay = max(delay, reply.delay)
            replies[index] = reply
        }
        for (index, part) in parts.enumerated() {
            if let reply = replies[index] { written.append(Self.written(reply, to: part, boundary: boundary)) }
        }
        written.append(Data("--\(boundary)--\r\n".utf8))
        var reply = Reply.empty(status: 200)
        reply.response.headerFields[.contentType] = "multipart/mixed; boundary=" + boundary
        reply.body = written
        reply.delay = delay
        return reply
    }

    private mutating func reply(to part: Multipart.Part, in outer: HTTPRequest, now: Instant) -> Reply {
        let request: HTTPRequest
        let body: Data
        do {
            (request, body) = try part.request(in: outer)
        } catch {
            return .error(error)
        }
        let target = Target(request.path ?? "/")
        guard target.segments.first != "batch" else { return .error(.badRequest("A batch cannot hold a batch.")) }
        guard target.segments.starts(with: ["calendar", "v3"]) else { return .error(.unknownPath) }
        guard body.count <= Emulator.maximumBodySize else { return .tooLarge }
        let reply = respondToAPI(request, target: target, body: body, now: now)
        var arrived = reply
        switch reply.delivery {
        case .complete: break
        case .cut(let count): arrived.body = reply.body.prefix(count)
        case .reset:
            // No client has a connection of its own for a part; Google's front end lost the one to the backend.
            arrived = .error(GoogleError(code: 503, reason: "backendError", message: "Backend Error"))
            arrived.delay = reply.delay
        }
        return arrived
    }

    private static func written(_ reply: Reply, to part: Multipart.Part, boundary: String) -> Data {
        var text = "--\(boundary)\r\nContent-Type: application/http\r\n"
        if let id = part.headers[.contentID] { text += "Content-ID: \(answering(id))\r\n" }
        let status = reply.response.status
        text += "\r\nHTTP/1.1 \(status.code) \(status.reasonPhrase.isEmpty ? "Status" : status.reasonPhrase)\r\n"
        for field in reply.response.headerFields { text += "\(field.name.rawName): \(field.value)\r\n" }
        text += "Content-Length: \(reply.body.count)\r\n\r\n"
        return Data(text.utf8) + reply.body + Data("\r\n".utf8)
    }

    /// `<item1>` is answered by `<response-item1>`.
    private static func answering(_ id: String) -> String {
        id.hasPrefix("<") ? "<response-" + id.dropFirst() : "response-" + id
    }
}
