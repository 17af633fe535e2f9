import Synchronization

/// Tells the workers of this process that there may be something to do. Several notifications before anybody looks are one.
final class WorkSignal: Sendable {
    let notifications: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() {
        (notifications, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func notify() { continuation.yield() }
}

/// A fixed number of places for things that go on at the same time.
final class Places: Sendable {
    private let free: Mutex<Int>

    init(_ count: Int) { free = Mutex(count) }

    var areFree: Bool { free.withLock { $0 > 0 } }

    func take() { free.withLock { $0 -= 1 } }

    func giveBack() { free.withLock { $0 += 1 } }
}
