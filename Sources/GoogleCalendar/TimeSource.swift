import Foundation

/// What time it is, and how to wait. Everything that depends on time takes one of these, so that tests need no waiting.
public struct TimeSource: Sendable {
    public var now: @Sendable () -> Date
    /// Returns after the duration; throws `CancellationError` when the task is cancelled before.
    public var sleep: @Sendable (Duration) async throws -> Void

    public init(now: @escaping @Sendable () -> Date, sleep: @escaping @Sendable (Duration) async throws -> Void) {
        self.now = now
        self.sleep = sleep
    }

    /// The machine's own clock.
    public static let system = TimeSource(now: { Date() }, sleep: { try await Task.sleep(for: $0) })
}

extension TimeSource {
    struct TimedOut: Error {}

    /// Runs `work`, and cancels it when it takes longer than `limit`.
    func limit<Answer: Sendable>(
        _ limit: Duration, _ work: @escaping @Sendable () async throws -> Answer
    ) async throws -> Answer {
        try await withThrowingTaskGroup(of: Answer.self) { group in
            group.addTask(operation: work)
            group.addTask {
                try await sleep(limit)
                throw TimedOut()
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }
}
