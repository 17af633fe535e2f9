import OrderedCollections

/// The channels that are open, by what they watch.
struct Channels: Sendable {
    /// More are refused: every change looks at the channels of what it changed.
    static let capacity = 10_000

    private struct Watch: Sendable {
        /// The version all channels but the newest have been told.
        var told: Int
        var channels: [PushChannel.Key]
    }

    private var all: OrderedDictionary<PushChannel.Key, PushChannel> = [:]
    private var watches: OrderedDictionary<WatchedResource, Watch> = [:]
    /// No channel expires before; it may be early when the first to expire was stopped.
    private var nextExpiry: Instant?

    var isEmpty: Bool { all.isEmpty }
    var isFull: Bool { all.count >= Self.capacity }
    /// In the order in which they were first watched.
    var resources: [(resource: WatchedResource, told: Int)] { watches.elements.map { ($0.key, $0.value.told) } }

    subscript(key: PushChannel.Key) -> PushChannel? { all[key] }

    mutating func open(_ channel: PushChannel) {
        all[channel.key] = channel
        watches[channel.resource, default: Watch(told: channel.told, channels: [])].channels.append(channel.key)
        nextExpiry = min(nextExpiry ?? channel.expires, channel.expires)
    }

    mutating func close(_ key: PushChannel.Key) {
        guard let channel = all.removeValue(forKey: key) else { return }
        watches[channel.resource]?.channels.removeAll { $0 == key }
        if watches[channel.resource]?.channels.isEmpty == true { watches.removeValue(forKey: channel.resource) }
    }

    /// Nobody is told that a channel has expired.
    mutating func forgetExpired(now: Instant) {
        guard let nextExpiry, nextExpiry <= now else { return }
        for channel in all.values.elements where channel.expires <= now { close(channel.key) }
        self.nextExpiry = all.values.map(\.expires).min()
    }

    /// Notes that `version` of a resource is told. - Returns: the channels to tell, in the order in which they were opened.
    mutating func take(_ version: Int, of resource: WatchedResource) -> [PushChannel.Key] {
        watches[resource]?.told = version
        return (watches[resource]?.channels ?? []).filter { key in
            guard all[key]?.told != version else { return false }
            all[key]?.told = version
            return true
        }
    }

    /// Counts a message of a channel. - Returns: the channel with the number of that message.
    mutating func count(_ key: PushChannel.Key, step: Int) -> PushChannel? {
        all[key]?.lastMessage += step
        return all[key]
    }

    func report(now: Instant) -> JSON { .array(all.values.filter { now < $0.expires }.map(\.report)) }
}
