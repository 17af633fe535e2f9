import Foundation
import HTTPTypes
public import Hummingbird
public import HummingbirdCore
public import Logging
public import NIOCore
import NIOHTTPTypesHTTP1
public import ServiceLifecycle

/// The emulator on a TCP port: an application of Hummingbird, and so a service for a `ServiceGroup`.
public struct EmulatorServer: ApplicationProtocol {
    public typealias Responder = CallbackResponder<EmulatorContext>

    private let emulator: Emulator
    private let host: String
    private let onListening: (@Sendable (_ port: Int) -> Void)?
    public let configuration: ApplicationConfiguration
    public let logger: Logger
    private let backoff: NotificationSender.Backoff

    /// - Parameters:
    ///   - port: 0 for any free one.
    ///   - logger: without one, warnings and errors go to the standard error.
    ///   - onListening: called with the real port as soon as requests are taken.
    public init(
        emulator: Emulator, host: String = "127.0.0.1", port: Int = 8085, logger: Logger? = nil,
        onListening: (@Sendable (_ port: Int) -> Void)? = nil
    ) {
        self.init(
            emulator: emulator, host: host, port: port, logger: logger ?? Self.quietLogger, backoff: .init(),
            onListening: onListening)
    }

    init(
        emulator: Emulator, host: String, port: Int, logger: Logger, backoff: NotificationSender.Backoff,
        onListening: (@Sendable (_ port: Int) -> Void)?
    ) {
        self.emulator = emulator
        self.host = host
        self.onListening = onListening
        self.logger = logger
        self.backoff = backoff
        configuration = ApplicationConfiguration(address: .hostname(host, port: port))
    }

    static var quietLogger: Logger {
        var logger = Logger(label: "emulator") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        return logger
    }

    /// Push notifications travel beside the answers.
    public var services: [any Service] { [NotificationSender(emulator: emulator, logger: logger, backoff: backoff)] }

    public var server: HTTPServerBuilder {
        HTTPServerBuilder { [emulator] responder in
            EmulatorChannel(http: HTTP1Channel(responder: responder), emulator: emulator)
        }
    }

    /// For what is not answered directly.
    public var responder: Responder {
        CallbackResponder { [emulator] request, context in
            let (reply, sync) = await Self.reply(from: emulator, to: request)
            if reply.delay > .zero {
                // A server that shuts down does not wait for its own faults.
                try await cancelWhenGracefulShutdown { try await Task.sleep(for: reply.delay) }
            }
            return try await Self.deliver(reply, holding: sync, over: context.channel)
        }
    }

    @Sendable public func onServerRunning(_ channel: any Channel) async {
        guard let port = channel.localAddress?.port else { return }
        emulator.setOrigin("http://\(host.contains(":") ? "[\(host)]" : host):\(port)")
        onListening?(port)
    }

    /// - Returns: with the answer what holds `sync` messages back until it is sent, if there are any.
    private static func reply(from emulator: Emulator, to request: Request) async -> (Reply, HeldNotifications?) {
        do {
            let body = try await request.body.collect(upTo: Emulator.bodyLimit(forPath: request.head.path))
            switch ContentCoding.decoded(request.head, body: Data(body.readableBytesView)) {
            case .success((let plain, let body)):
                let (reply, sync, isFirst) = emulator.respond(to: plain, body: body, holdsSyncMessages: true)
                let encoded = ContentCoding.encoded(reply, for: request.head)
                guard !sync.isEmpty else { return (encoded, nil) }
                guard isFirst else { return (encoded, HeldNotifications(sync, of: emulator)) }
                await cancelWhenGracefulShutdown { await emulator.waitForAttempts(of: sync, atMost: .seconds(30)) }
                return (encoded, nil)
            case .failure(let refused):
                return (refused.reply, nil)
            }
        } catch {
            // Either more than the limit or a connection that broke, where no answer arrives anyway.
            var reply = Reply.tooLarge
            reply.response.headerFields[.connection] = "close"
            return (reply, nil)
        }
    }

    private static func deliver(
        _ reply: Reply, holding sync: HeldNotifications?, over channel: any Channel
    ) async throws -> Response {
        let (status, headers) = (reply.response.status, reply.response.headerFields)
        switch reply.delivery {
        case .complete:
            if let sync {
                let body = ResponseBody(contentLength: reply.body.count) { writer in
                    try await writer.write(ByteBuffer(bytes: reply.body))
                    try await writer.finish(nil)
                    sync.release()
                }
                return Response(status: status, headers: headers, body: body)
            }
            return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: reply.body)))
        case .cut(let count):
            let start = ByteBuffer(bytes: reply.body.prefix(count))
            let body = ResponseBody(contentLength: reply.body.count) { writer in
                try await writer.write(start)
                try await channel.close()
            }
            return Response(status: status, headers: headers, body: body)
        case .reset:
            try await channel.close()
            // Written to a closed channel: it fails there, and nobody sees it.
            return Response(status: status)
        }
    }
}

/// A connection of Hummingbird's that answers directly what it can.
private struct EmulatorChannel: ServerChildChannel {
    let http: HTTP1Channel
    let emulator: Emulator

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        http.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let codec = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
            try pipeline.addHandler(DirectAnswers(emulator: emulator), position: .before(codec))
            return value
        }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async { await http.handle(value: value, logger: logger) }
}

/// A request's context that keeps its TCP channel, so that faults can close it.
public struct EmulatorContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    let channel: any Channel

    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}
