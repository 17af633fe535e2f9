import OrderedCollections

/// The notifications that are to be sent: one line for each channel, so that none overtakes another of its channel.
struct Outbox: Sendable {
    /// More are lost, in all and for one channel.
    static let capacity = 50_000
    static let channelCapacity = 1_000
    /// So many are on their way to one receiver at a time, so that one that hangs does not keep the others waiting.
    private static let receiverConcurrency = 4

    private enum Head {
        case ready
        /// Waits for the answer to `watch`.
        case held
        /// Somebody is sending it.
        case sending
        /// It will be sent again after a while.
        case pausing
    }

    private struct Line: Sendable {
        var head = Head.ready
        /// A channel keeps its address, and so its receiver.
        let receiver: String
        var waiting: [PushNotification] = []
    }

    private var lines: OrderedDictionary<PushChannel.Key, Line> = [:]
    private var count = 0
    /// How many are on their way, in all and by receiver.
    private var sending = 0
    private var sendingTo: [String: Int] = [:]
    private(set) var log = NotificationLog()

    init() {}

    /// An empty one whose numbers go on, so that nobody takes an old message for a new one.
    init(after old: Outbox) { log = NotificationLog(after: old.log.lastNumber) }

    mutating func add(_ state: PushNotification.State, to channel: PushChannel, now: Instant, isDropped: Bool) {
        let notification = PushNotification(state, number: log.lastNumber + 1, to: channel)
        let isLost = count >= Self.capacity || lines[channel.key]?.waiting.count ?? 0 >= Self.channelCapacity
        log.append(
            NotificationLog.Entry(
                number: notification.number, time: now, channel: channel.key, messageNumber: notification.messageNumber,
                state: state, address: PushChannel.withoutQuery(channel.address),
                outcome: isDropped ? .dropped : isLost ? .lost : .waiting))
        guard !isDropped, !isLost else { return }
        lines[channel.key, default: Line(receiver: PushChannel.receiver(of: channel.address))].waiting.append(notification)
        count += 1
    }

    // MARK: - Order of `sync` and the answer

    /// The `sync` messages behind `number` that nobody has begun to send.
    func syncMessages(after number: Int) -> [PushNotification] {
        guard log.lastNumber > number else { return [] }
        return lines.values.compactMap { line in
            line.waiting.first.flatMap { $0.state == .sync && $0.number > number && line.head == .ready ? $0 : nil }
        }
    }

    mutating func hold(_ notifications: [PushNotification]) {
        for notification in notifications where isHead(notification, .ready) { lines[notification.channel]?.head = .held }
    }

    mutating func release(_ notifications: [PushNotification]) {
        for notification in notifications where isHead(notification, .held) { lines[notification.channel]?.head = .ready }
    }

    // MARK: - Sending

    /// Everything nobody has begun to send, in order, to be sent by somebody else.
    mutating func takeAll() -> [PushNotification] {
        var taken: [PushNotification] = []
        for (key, line) in lines {
            let begun = line.head == .sending || line.head == .pausing ? 1 : 0
            taken += line.waiting.dropFirst(begun)
            lines[key]?.waiting = Array(line.waiting.prefix(begun))
        }
        lines.removeAll { $0.value.waiting.isEmpty }
        count -= taken.count
        for notification in taken { log.update(notification.number) { $0.outcome = .taken } }
        return taken.sorted { $0.number < $1.number }
    }

    /// The next one to send, unless `limit` are being sent.
    mutating func start(atMost limit: Int) -> PushNotification? {
        guard sending < limit,
            let (key, line) = lines.first(where: {
                $0.value.head == .ready && sendingTo[$0.value.receiver, default: 0] < Self.receiverConcurrency
            })
        else { return nil }
        lines[key]?.head = .sending
        sending += 1
        sendingTo[line.receiver, default: 0] += 1
        return line.waiting.first
    }

    private mutating func noteEnd(of line: Line) {
        sending -= 1
        let rest = (sendingTo[line.receiver] ?? 1) - 1
        sendingTo[line.receiver] = rest > 0 ? rest : nil
    }

    /// - Parameters:
    ///   - status: of the answer; nil when there was none.
    ///   - outcome: `waiting` when it will be resumed later; until then its line waits.
    mutating func finish(_ notification: PushNotification, status: Int?, outcome: NotificationLog.Outcome) {
        guard isHead(notification, .sending), let line = lines[notification.channel] else { return }
        noteEnd(of: line)
        log.update(notification.number) { entry in
            entry.attempts += 1
            entry.status = status
            entry.outcome = outcome
        }
        if outcome == .waiting {
            lines[notification.channel]?.head = .pausing
        } else if var line = lines.removeValue(forKey: notification.channel) {
            // To the end: a channel with much to say does not keep the others waiting.
            line.waiting.removeFirst()
            line.head = .ready
            count -= 1
            if !line.waiting.isEmpty { lines[notification.channel] = line }
        }
    }

    mutating func resume(_ notification: PushNotification) {
        if isHead(notification, .pausing) { lines[notification.channel]?.head = .ready }
    }

    private func isHead(_ notification: PushNotification, _ head: Head) -> Bool {
        guard let line = lines[notification.channel] else { return false }
        return line.head == head && line.waiting.first?.number == notification.number
    }

    /// Whether nobody has tried to send it yet.
    func isUntried(_ notification: PushNotification) -> Bool {
        log[notification.number].map { $0.outcome == .waiting && $0.attempts == 0 } ?? false
    }

    // MARK: - Forgetting

    mutating func forget(_ channel: PushChannel.Key, as outcome: NotificationLog.Outcome) {
        guard let line = lines.removeValue(forKey: channel) else { return }
        if line.head == .sending { noteEnd(of: line) }
        count -= line.waiting.count
        for notification in line.waiting { log.update(notification.number) { $0.outcome = outcome } }
    }

    /// After a restart: what was to be sent may have been sent.
    mutating func forgetAll() {
        for channel in lines.keys { forget(channel, as: .unknown) }
    }
}
