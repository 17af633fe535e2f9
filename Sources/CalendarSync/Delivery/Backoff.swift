import Foundation

/// How long to wait after so many failures in a row: 1, 2, 4, … seconds, with up to a second of jitter so that lanes which
/// failed together do not come back together.
/// Source: https://developers.google.com/workspace/calendar/api/guides/errors#exponential-backoff
enum Backoff {
    /// The longest wait; Google's guide names 32 or 64 seconds.
    static let longest: Double = 32

    static func wait(afterFailures failures: Int, jitter: Double = .random(in: 0...1)) -> TimeInterval {
        min(pow(2, Double(max(0, min(failures, 10) - 1))), longest) + jitter
    }
}
