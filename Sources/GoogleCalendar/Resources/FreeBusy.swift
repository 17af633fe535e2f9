import Foundation

/// When calendars are busy.
/// Source: https://developers.google.com/workspace/calendar/api/v3/reference/freebusy/query
public struct FreeBusy: Sendable, Equatable {
    /// What Google says of one calendar. An error is not an empty list: nothing is known of that calendar then.
    public enum Answer: Sendable, Equatable {
        case busy([DateInterval])
        case unknown(reason: String)
    }

    public var calendars: [String: Answer]
}

extension FreeBusy: Decodable {
    private enum Key: String, CodingKey { case calendars }

    private struct Wire: Decodable {
        struct Range: Decodable {
            var start: String
            var end: String
        }
        struct Problem: Decodable { var reason: String? }
        var busy: [Range]?
        var errors: [Problem]?
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        calendars = try fields.decode([String: Wire].self, forKey: .calendars).mapValues { wire in
            if let problem = wire.errors?.first { return .unknown(reason: problem.reason ?? "unstated") }
            // Only a list says that somebody is free, be it an empty one.
            guard let busy = wire.busy else { return .unknown(reason: "unstated") }
            let ranges = try busy.map { range in
                guard let start = Date(rfc3339: range.start), let end = Date(rfc3339: range.end), start <= end else {
                    throw DecodingError.dataCorruptedError(forKey: .calendars, in: fields, debugDescription: "not a range")
                }
                return DateInterval(start: start, end: end)
            }
            return .busy(ranges)
        }
    }
}

/// The colours that calendars and events may have, by id.
/// Source: https://developers.google.com/workspace/calendar/api/v3/reference/colors
public struct Colors: Codable, Sendable, Equatable {
    public struct Pair: Codable, Sendable, Equatable {
        public var background: String
        public var foreground: String
    }

    public var calendar: [String: Pair]
    public var event: [String: Pair]
}
