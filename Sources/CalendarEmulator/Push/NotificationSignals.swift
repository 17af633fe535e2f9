import Synchronization

/// Wakes those who wait for notifications. A signal says only that there may be something to do.
final class NotificationSignals: Sendable {
    private struct Waiting {
        var lastID = 0
        var continuations: [Int: AsyncStream<Void>.Continuation] = [:]
    }

    private let waiting = Mutex(Waiting())

    /// Signals from now on, the first at once; several that nobody has seen become one.
    func stream() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = waiting.withLock { waiting in
            waiting.lastID += 1
            waiting.continuations[waiting.lastID] = continuation
            return waiting.lastID
        }
        continuation.onTermination = { [weak self] _ in
            self?.waiting.withLock { _ = $0.continuations.removeValue(forKey: id) }
        }
        continuation.yield()
        return stream
    }

    func ring() {
        let continuations = waiting.withLock { Array($0.continuations.values) }
        for continuation in continuations { continuation.yield() }
    }
}
