import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// Answers ordinary requests where they arrive, on the event loop of their connection. A task for each would change threads
/// twice, and that takes as long as most answers; nothing is lost, since answers take turns at the world anyway.
///
/// What is not ordinary goes on to the server behind, as it came: long bodies, and requests whose answer may have to wait or to
/// break the connection. From then on the whole connection belongs to that server, so that answers stay in order.
///
/// It stands before the codec that makes Hummingbird's messages of those of HTTP/1.1, which reads each path as a URL.
final class DirectAnswers: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// More than nearly every event takes; a longer body is for the server that can hold its sender back.
    private static let maximumBodySize = 64 * 1024

    private let emulator: Emulator
    private var arrived: (head: HTTPRequestHead, body: ByteBuffer)?
    private var isPassing = false
    /// The last `Date` that was sent; it changes once a second.
    private var date = (second: Int64.min, text: "")

    /// Whether what was written is about to be sent.
    private var isFlushing = false

    init(emulator: Emulator) { self.emulator = emulator }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isPassing else { return context.fireChannelRead(data) }
        switch unwrapInboundIn(data) {
        case .head(let head):
            arrived = (head, ByteBuffer())
            if !Self.isOrdinary(head) { pass(context) }
        case .body(var part):
            if arrived?.body.readableBytes == 0 { arrived?.body = part } else { arrived?.body.writeBuffer(&part) }
            if let size = arrived?.body.readableBytes, size > Self.maximumBodySize { pass(context) }
        case .end(let trailers):
            guard let (head, body) = arrived else { return }
            guard let request = Self.request(head),
                let reply = emulator.respondAtOnce(to: request, body: Data(body.readableBytesView))
            else {
                pass(context)
                return context.fireChannelRead(wrapInboundOut(.end(trailers)))
            }
            arrived = nil
            write(reply, to: context)
        }
    }

    /// What changes how the connection goes on is nothing for here, nor is a path that is a whole URL.
    private static func isOrdinary(_ head: HTTPRequestHead) -> Bool {
        head.method != .HEAD && head.uri.utf8.first == UInt8(ascii: "/") && !head.headers.contains(name: "expect")
            && (head.headers.first(name: "connection") ?? "keep-alive").lowercased() == "keep-alive"
    }

    /// As the codec would make it.
    private static func request(_ head: HTTPRequestHead) -> HTTPRequest? {
        guard let method = try? HTTPRequest.Method(head.method) else { return nil }
        return HTTPRequest(
            method: method, scheme: "http", authority: head.headers.first(name: "host"), path: head.uri,
            headerFields: HTTPFields(head.headers, splitCookie: false))
    }

    private func pass(_ context: ChannelHandlerContext) {
        isPassing = true
        guard let (head, body) = arrived else { return }
        arrived = nil
        context.fireChannelRead(wrapInboundOut(.head(head)))
        if body.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(.body(body))) }
    }

    private func write(_ reply: Reply, to context: ChannelHandlerContext) {
        var head = HTTPResponseHead(reply.response)
        let now = Instant(Date())
        if now.seconds != date.second { date = (now.seconds, HTTPDate.text(now)) }
        head.headers.add(name: "Date", value: date.text)
        // These two have no body, and so no length of one.
        if head.status != .noContent, head.status != .notModified {
            head.headers.add(name: "Content-Length", value: String(reply.body.count))
        }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !reply.body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: reply.body)))), promise: nil)
        }
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
        flushSoon(context)
    }

    /// Sends what was written once everything that has arrived meanwhile, on other connections too, is answered: then the
    /// receivers are woken together, and whoever asked on several connections at a time hears of all answers at once.
    private func flushSoon(_ context: ChannelHandlerContext) {
        guard !isFlushing else { return }
        isFlushing = true
        context.eventLoop.assumeIsolated().execute {
            self.isFlushing = false
            context.flush()
        }
    }
}

/// The time as HTTP writes it (RFC 9110, section 5.6.7): `Tue, 03 Nov 2026 09:00:00 GMT`
enum HTTPDate {
    private static let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    static func text(_ instant: Instant) -> String {
        let days = instant.seconds.dividedDown(by: 86400)
        let second = Int(instant.seconds - days * 86400)
        let (year, month, day) = CivilTime.date(days: days)
        // The first of January 1970 was a Thursday.
        let weekday = Int((days + 3) - (days + 3).dividedDown(by: 7) * 7)
        return "\(weekdays[weekday]), \(twoDigits(day)) \(months[month - 1]) \(year) "
            + "\(twoDigits(second / 3600)):\(twoDigits(second / 60 % 60)):\(twoDigits(second % 60)) GMT"
    }
}
