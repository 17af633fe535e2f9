import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

@testable import CalendarEmulator

/// Somebody's HTTP server that takes push notifications and answers as it is told.
final class Receiver: Sendable {
    struct Received: Sendable {
        var method: String
        var path: String
        var headers: HTTPFields
        var bodySize: Int

        var state: String? { headers[.resourceState] }
        var messageNumber: Int? { headers[.messageNumber].flatMap { Int($0) } }
        var channelID: String? { headers[.channelID] }
    }

    typealias Answer = @Sendable (_ request: Received, _ index: Int) async throws -> Int

    /// In the order in which they came.
    let arrivals: AsyncStream<Received>
    private let arrival: AsyncStream<Received>.Continuation
    private let count = Mutex(0)
    private let answer: Answer
    private let ports: AsyncStream<Int>
    private let port: AsyncStream<Int>.Continuation

    /// - Parameter answer: the status for the request with this index.
    init(answer: @escaping Answer = { _, _ in 200 }) {
        (arrivals, arrival) = AsyncStream.makeStream()
        (ports, port) = AsyncStream.makeStream()
        self.answer = answer
    }

    func run() async throws {
        var logger = Logger(label: "receiver")
        logger.logLevel = .critical
        let responder = CallbackResponder<BasicRequestContext> { request, _ in
            let body = try await request.body.collect(upTo: 1 << 20)
            let received = Received(
                method: request.method.rawValue, path: request.uri.string, headers: request.headers,
                bodySize: body.readableBytes)
            let index = self.count.withLock {
                $0 += 1
                return $0 - 1
            }
            self.arrival.yield(received)
            let status = try await self.answer(received, index)
            return Response(status: .init(code: status), headers: (300..<400).contains(status) ? [.location: "/other"] : [:])
        }
        try await Application(
            responder: responder, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { self.port.yield($0.localAddress?.port ?? 0) }, logger: logger
        ).run()
    }

    /// How many have come.
    var received: Int { count.withLock { $0 } }

    /// Where it is, once it runs.
    func url() async -> String {
        for await port in ports { return "http://127.0.0.1:\(port)" }
        return ""
    }

    /// The next `count` that come.
    func next(_ count: Int) async -> [Received] {
        var received: [Received] = []
        for await arrival in arrivals {
            received.append(arrival)
            if received.count == count { break }
        }
        return received
    }
}
