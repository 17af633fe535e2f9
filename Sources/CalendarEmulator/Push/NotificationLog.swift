import OrderedCollections

/// What became of the notifications, for `GET /emulator/notifications`.
struct NotificationLog: Sendable {
    enum Outcome: String, Sendable {
        /// To be sent, or sent again after an answer of 500, 502, 503 or 504.
        case waiting
        case delivered
        /// Refused by the receiver, not reached, not wanted for too long, or one too many.
        case lost
        /// Lost on purpose, by the switch.
        case dropped
        /// Handed to the program this emulator runs in.
        case taken
        /// Its channel was stopped first.
        case stopped
        /// Its channel expired first.
        case expired
        /// From before a restart. Nothing is sent twice, and so nobody knows.
        case unknown
    }

    struct Entry: Sendable {
        var number: Int
        var time: Instant
        var channel: PushChannel.Key
        var messageNumber: Int
        var state: PushNotification.State
        /// Without its query, which may hold a secret.
        var address: String
        var outcome: Outcome
        /// What the last attempt was answered with; nil when there was no answer.
        var status: Int?
        var attempts = 0
    }

    /// Older entries are forgotten beyond this many, in bites of a tenth.
    static let capacity = 50_000

    private var entries: [Entry] = []
    private(set) var lastNumber: Int

    init(after number: Int = 0) { lastNumber = number }

    subscript(number: Int) -> Entry? {
        guard let first = entries.first, entries.indices.contains(number - first.number) else { return nil }
        return entries[number - first.number]
    }

    /// - Parameter entry: its number is the next one.
    mutating func append(_ entry: Entry) {
        lastNumber = entry.number
        entries.append(entry)
        if entries.count > Self.capacity { entries.removeFirst(Self.capacity / 10) }
    }

    mutating func update(_ number: Int, _ change: (inout Entry) -> Void) {
        guard let first = entries.first, entries.indices.contains(number - first.number) else { return }
        change(&entries[number - first.number])
    }

    /// Entries with a number above `since`.
    func entries(since: Int) -> [Entry] {
        guard let first = entries.first else { return [] }
        return Array(entries.dropFirst(min(max(since, first.number - 1) - (first.number - 1), entries.count)))
    }
}

extension NotificationLog.Entry {
    var json: JSON {
        [
            "number": .integer(Int64(number)), "time": .string(time.utc), "channelId": .string(channel.id),
            "project": .string(channel.project), "messageNumber": .integer(Int64(messageNumber)),
            "state": .string(state.rawValue), "address": .string(address), "outcome": .string(outcome.rawValue),
            "status": status.map { .integer(Int64($0)) } ?? .null, "attempts": .integer(Int64(attempts)),
        ]
    }
}

extension World {
    func listNotifications(_ query: Query) throws(ControlError) -> Reply {
        .json(["items": .array(outbox.log.entries(since: try query.since()).map(\.json))], indent: 2)
    }
}
