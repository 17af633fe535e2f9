import Foundation
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
    private let count: Mutex<Int>

    init(_ count: Int) { self.count = Mutex(count) }

    var free: Int { count.withLock { $0 } }

    func take() { count.withLock { $0 -= 1 } }

    func giveBack() { count.withLock { $0 += 1 } }
}

/// Remembers for when somebody is already being woken, so that nobody is woken twice.
final class Alarm: Sendable {
    private let next = Mutex<Date?>(nil)

    /// - Returns: whether another sleeper is needed: false when one wakes at that time or before.
    func set(for date: Date) -> Bool {
        next.withLock { next in
            if let earlier = next, earlier <= date { return false }
            next = date
            return true
        }
    }

    func ring(_ date: Date) { next.withLock { if $0 == date { $0 = nil } } }
}
