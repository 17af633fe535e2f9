import CalendarSync
import Coaching
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// `/v1/live`: server-sent events, as browsers read them with `EventSource`.
/// Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
struct LiveRoutes {
    /// So that proxies do not take silence for the end.
    static let heartbeat = Duration.seconds(15)

    let sync: CalendarSyncService

    func add(to routes: RouterGroup<APIContext>) {
        routes.get("live", use: live)
    }

    @Sendable private func live(_ request: Request, context: APIContext) async throws -> Response {
        Self.stream(of: sync, for: try context.person, request, context.logger)
    }

    /// What happens to what somebody may see, for as long as they listen.
    static func stream(
        of sync: CalendarSyncService, for person: Person, _ request: Request, _ logger: Logger
    ) -> Response {
        let last = HTTPField.Name("Last-Event-ID").flatMap { request.headers[$0] }.flatMap { Int($0) }
        let body = ResponseBody { writer in
            try await writer.write(ByteBuffer(string: ": here\n\n"))
            let texts = Self.texts(of: sync.changes(for: person, after: last), for: person)
            do {
                for try await text in texts.cancelOnGracefulShutdown() { try await writer.write(ByteBuffer(string: text)) }
            } catch is CancellationError {
            } catch {
                // Whoever listens comes again by itself, and says where it was.
                logger.debug("live stream ended", metadata: ["error": "\(error)"])
            }
            try await writer.finish(nil)
        }
        var response = Response(
            status: .ok, headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store"], body: body)
        // What waits in a proxy until there is more of it is not live: https://nginx.org/en/docs/http/ngx_http_proxy_module.html
        if let name = HTTPField.Name("X-Accel-Buffering") { response.headers[name] = "no" }
        return response
    }

    /// Changes as they are sent, and a heartbeat while nothing changes.
    private static func texts(of changes: LiveChanges, for person: Person) -> AsyncThrowingStream<String, any Error> {
        AsyncThrowingStream(bufferingPolicy: .bufferingOldest(1_000)) { continuation in
            let task = Task {
                await withThrowingTaskGroup { group in
                    group.addTask {
                        for try await (change, position) in changes {
                            if case .dropped = continuation.yield(try text(change, position, for: person)) { return }
                        }
                    }
                    group.addTask {
                        while true {
                            try await Task.sleep(for: heartbeat)
                            continuation.yield(": still here\n\n")
                        }
                    }
                    // Whichever ends first ends both.
                    let ended = await group.nextResult()
                    group.cancelAll()
                    if case .failure(let error) = ended { continuation.finish(throwing: error) } else { continuation.finish() }
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    private static func text(_ change: LiveChange, _ position: Int, for person: Person) throws -> String {
        let (name, data): (String, Data) =
            switch change {
            case .session(let session): ("session", try JSONEncoder.api.encode(SessionView(session, for: person)))
            case .connection(let status): ("connection", try JSONEncoder.api.encode(ConnectionView(status)))
            }
        return "id: \(position)\nevent: \(name)\ndata: \(String(decoding: data, as: UTF8.self))\n\n"
    }
}
