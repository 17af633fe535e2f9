import Foundation

/// How long to wait after so many failures in a row, on two scales: seconds, as after an error that is likely to pass, and then
/// minutes, as for a calendar that Google has trouble with.
/// Source: https://developers.google.com/workspace/calendar/api/guides/errors#exponential-backoff
enum Backoff {
    /// Google's guide names 32 or 64 seconds as the longest wait for one request.
    static let longestRequestWait: TimeInterval = 65
    /// An hour and a quarter: also the longest that Google may ask for.
    static let longestCalendarWait: TimeInterval = 75 * 60

    /// 1, 2, 4, … 64 seconds, and up to one more.
    /// - Parameter subject: who waits. Different ones wait differently, so that those which failed together do not come back together.
    static func request(afterFailures failures: Int, of subject: String) -> TimeInterval {
        pow(2, Double(max(1, min(failures, 7)) - 1)) + fraction(of: subject, failures)
    }

    /// The same for the first seven failures, some two minutes; then 2, 4, 8, … 60 minutes, a quarter more or less.
    static func calendar(afterFailures failures: Int, of subject: String) -> TimeInterval {
        guard failures > 7 else { return request(afterFailures: failures, of: subject) }
        return min(pow(2, Double(min(failures, 14) - 7)), 60) * 60 * (0.75 + fraction(of: subject, failures) / 2)
    }

    /// From 0 to 1, as good as random and the same again for the same question (FNV-1a): a run can be repeated.
    static func fraction(of subject: String, _ number: Int) -> Double {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in "\(subject) \(number)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        // The upper bits of FNV are its poor ones for short texts that differ at the end.
        return Double((hash ^ (hash >> 32)) & 0xFFFF_FFFF) / Double(UInt32.max)
    }
}
