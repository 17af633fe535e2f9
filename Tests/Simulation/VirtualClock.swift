import Foundation
import GoogleCalendar
import Synchronization

/// True time, and how far the clocks of our side are off. Nothing passes but what the simulation lets pass.
final class VirtualClock: Sendable {
    private struct State {
        var now: Date
        var skew: TimeInterval = 0
    }

    private let state: Mutex<State>

    init(_ start: Date) { state = Mutex(State(now: start)) }

    var now: Date { state.withLock { $0.now } }
    /// What a program of ours takes for the time.
    var ours: Date { state.withLock { $0.now + $0.skew } }
    var skew: TimeInterval {
        get { state.withLock { $0.skew } }
        set { state.withLock { $0.skew = newValue } }
    }

    func advance(by seconds: TimeInterval) { state.withLock { $0.now += seconds } }

    /// For programs of ours. Limits of time never strike by themselves: the network decides what takes too long. Short naps, in which
    /// one waits for another, pass at once.
    var source: TimeSource {
        TimeSource(
            now: { self.ours },
            sleep: { duration in
                if duration < .seconds(1) {
                    self.advance(by: Double(duration.components.attoseconds) / 1e18)
                    try Task.checkCancellation()
                } else {
                    try await Task.sleep(for: .seconds(24 * 60 * 60))
                }
            })
    }
}
