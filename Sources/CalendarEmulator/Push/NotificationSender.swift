import AsyncHTTPClient
import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle

/// Sends the notifications of an emulator to where its channels say, until it is shut down.
/// Source: https://developers.google.com/workspace/calendar/api/guides/push
struct NotificationSender: Service {
    /// How long to wait before the next attempt: twice as long each time.
    struct Backoff: Sendable {
        var first = Duration.seconds(1)
        /// With the usual pauses the last attempt comes a minute after the first.
        var attempts = 7

        /// Nil when there is to be no other attempt.
        func pause(afterAttempt attempt: Int) -> Duration? {
            attempt < attempts ? first * (1 << (attempt - 1)) : nil
        }
    }

    /// At most so many are on their way at a time, few of them to one receiver, each for at most so long.
    static let concurrency = 64
    static let timeout = TimeAmount.seconds(10)

    /// Google also counts 102, but an HTTP client sees that as a promise of an answer to come.
    private static let successes: Set = [200, 201, 202, 204]
    private static let temporary: Set = [500, 502, 503, 504]

    var emulator: Emulator
    var logger: Logger
    var backoff = Backoff()

    func run() async throws {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: Self.timeout, read: Self.timeout))
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        await cancelWhenGracefulShutdown { await sendAll(with: client) }
        try await client.shutdown()
    }

    private func sendAll(with client: HTTPClient) async {
        await withDiscardingTaskGroup { group in
            for await _ in emulator.notificationSignals() {
                while !Task.isCancelled, let notification = emulator.startSending(atMost: Self.concurrency) {
                    group.addTask { await send(notification, with: client) }
                }
            }
        }
    }

    /// One attempt. What asks for another one is left in its line, and comes back here after a pause; what was cut short by a
    /// shutdown is left there for the next sender.
    private func send(_ notification: PushNotification, with client: HTTPClient) async {
        let status = await post(notification, with: client)
        let pause =
            switch status {
            case let status? where Self.temporary.contains(status):
                backoff.pause(afterAttempt: emulator.attempts(of: notification) + 1)
            case nil where Task.isCancelled: Duration.zero
            default: Duration?.none
            }
        let isDelivered = status.map(Self.successes.contains) == true
        emulator.finishSending(
            notification, status: status, outcome: pause != nil ? .waiting : isDelivered ? .delivered : .lost)
        guard let pause else { return }
        try? await Task.sleep(for: pause)
        emulator.resumeSending(notification)
    }

    /// - Returns: the status of the answer, nil when there was none in time. Its body does not matter and is not read.
    private func post(_ notification: PushNotification, with client: HTTPClient) async -> Int? {
        var request = HTTPClientRequest(url: notification.address)
        request.method = .POST
        for field in notification.headers { request.headers.add(name: field.name.rawName, value: field.value) }
        do {
            return Int(try await client.execute(request, timeout: Self.timeout).status.code)
        } catch {
            logger.debug(
                "notification not delivered",
                metadata: ["channel": "\(notification.channelID)", "number": "\(notification.number)", "error": "\(error)"])
            return nil
        }
    }
}
