import Foundation
import HTTPTypes
public import Hummingbird
public import NIOCore
import ServiceLifecycle

/// The emulator on a TCP port: an application of Hummingbird, and so a service for a `ServiceGroup`.
public struct EmulatorServer: ApplicationProtocol {
    public typealias Responder = CallbackResponder<EmulatorContext>

    private let emulator: Emulator
    private let host: String
    private let onListening: (@Sendable (_ port: Int) -> Void)?
    public let configuration: ApplicationConfiguration

    /// - Parameters:
    ///   - port: 0 for any free one.
    ///   - onListening: called with the real port as soon as requests are taken.
    public init(
        emulator: Emulator, host: String = "127.0.0.1", port: Int = 8085, onListening: (@Sendable (_ port: Int) -> Void)? = nil
    ) {
        self.emulator = emulator
        self.host = host
        self.onListening = onListening
        configuration = ApplicationConfiguration(address: .hostname(host, port: port))
    }

    public var responder: Responder {
        CallbackResponder { [emulator] request, context in
            let reply = await Self.reply(from: emulator, to: request)
            if reply.delay > .zero {
                // A server that shuts down does not wait for its own faults.
                try await cancelWhenGracefulShutdown { try await Task.sleep(for: reply.delay) }
            }
            return try await Self.deliver(reply, over: context.channel)
        }
    }

    @Sendable public func onServerRunning(_ channel: any Channel) async {
        guard let port = channel.localAddress?.port else { return }
        emulator.setOrigin("http://\(host.contains(":") ? "[\(host)]" : host):\(port)")
        onListening?(port)
    }

    private static func reply(from emulator: Emulator, to request: Request) async -> Reply {
        do {
            let body = try await request.body.collect(upTo: Emulator.bodyLimit(forPath: request.head.path))
            switch ContentCoding.decoded(request.head, body: Data(body.readableBytesView)) {
            case .success((let plain, let body)):
                return ContentCoding.encoded(emulator.respond(to: plain, body: body), for: request.head)
            case .failure(let refused):
                return refused.reply
            }
        } catch {
            // Either more than the limit or a connection that broke, where no answer arrives anyway.
            var reply = Reply.tooLarge
            reply.response.headerFields[.connection] = "close"
            return reply
        }
    }

    private static func deliver(_ reply: Reply, over channel: any Channel) async throws -> Response {
        let (status, headers) = (reply.response.status, reply.response.headerFields)
        switch reply.delivery {
        case .complete:
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

/// A request's context that keeps its TCP channel, so that faults can close it.
public struct EmulatorContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    let channel: any Channel

    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}
