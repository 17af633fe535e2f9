import Foundation

/// When an event starts or ends.
public enum EventTime: Sendable, Equatable {
    /// A point in time, and the IANA zone it was meant in. Without a zone it is written in UTC.
    case at(Date, timeZone: String?)
    /// A day (`2026-11-03`) in the calendar's zone; as an end, the first day after.
    case day(String)
}

extension EventTime: Codable {
    private enum Key: String, CodingKey {
        case date, dateTime, timeZone
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        if let day = try fields.decodeIfPresent(String.self, forKey: .date) {
            self = .day(day)
            return
        }
        let text = try fields.decode(String.self, forKey: .dateTime)
        guard let date = Date(rfc3339: text) else {
            throw DecodingError.dataCorruptedError(forKey: .dateTime, in: fields, debugDescription: "not RFC 3339")
        }
        self = .at(date, timeZone: try fields.decodeIfPresent(String.self, forKey: .timeZone))
    }

    public func encode(to encoder: any Encoder) throws { try encode(to: encoder, clearsMissing: false) }

    /// Offset *and* zone: the offset settles which of two equal clock times is meant, the zone is what people see.
    /// - Parameter clearsMissing: whether to write nulls, with which a patch turns a whole day into a time and back.
    func encode(to encoder: any Encoder, clearsMissing: Bool) throws {
        var fields = encoder.container(keyedBy: Key.self)
        let unused: [Key]
        switch self {
        case .at(let date, let zone):
            try fields.encode(date.rfc3339(in: zone.flatMap { TimeZone(identifier: $0) } ?? .gmt), forKey: .dateTime)
            try fields.encodeIfPresent(zone, forKey: .timeZone)
            unused = zone == nil ? [.date, .timeZone] : [.date]
        case .day(let day):
            try fields.encode(day, forKey: .date)
            unused = [.dateTime, .timeZone]
        }
        if clearsMissing {
            for key in unused { try fields.encodeNil(forKey: key) }
        }
    }
}

extension Date {
    init?(rfc3339 text: String) {
        let whole = ISO8601FormatStyle(timeZoneSeparator: .colon)
        let fractional = ISO8601FormatStyle(timeZoneSeparator: .colon, includingFractionalSeconds: true)
        guard let date = (try? whole.parse(text)) ?? (try? fractional.parse(text)) else { return nil }
        self = date
    }

    func rfc3339(in zone: TimeZone = .gmt) -> String {
        formatted(ISO8601FormatStyle(timeZoneSeparator: .colon, timeZone: zone))
    }
}
