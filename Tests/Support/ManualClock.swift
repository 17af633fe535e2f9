import Foundation
import GoogleCalendar
import Synchronization

/// A clock that stands still until it is told to go on.
public final class ManualClock: Sendable {
    private let date: Mutex<Date>

    public init(_ date: Date = Date(timeIntervalSince1970: 1_793_000_000)) { self.date = Mutex(date) }

    public var now: Date { date.withLock { $0 } }

    public func advance(by seconds: TimeInterval) { date.withLock { $0 += seconds } }

    /// Reads this clock; time limits, which tests do not wait for, are kept by the machine's.
    public var source: TimeSource { TimeSource(now: { self.now }, sleep: { try await Task.sleep(for: $0) }) }
}
