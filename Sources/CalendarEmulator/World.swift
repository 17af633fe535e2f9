import Foundation
import OrderedCollections

/// Everything the emulator holds, as one value: whoever has the lock has the world.
struct World: Sendable {
    /// Where this emulator is reached, such as `http://127.0.0.1:8085`, when a request does not say so itself.
    var origin: String
    let seed: UInt64
    var random: SeededRandom
    /// What the control calls have added to the real clock, in milliseconds.
    var clockOffset: Int64 = 0

    var serviceAccounts: OrderedDictionary<String, ServiceAccount> = [:]
    var users: OrderedDictionary<String, User> = [:]
    var credentials = Credentials()
    var calendars: OrderedDictionary<String, CalendarRecord> = [:]
    /// By calendar id.
    var events: [String: EventStore] = [:]
    /// By the address of the person whose list it is.
    var lists: [String: TrackedList<ListEntry>] = [:]
    /// By the address of the person; absent until one is changed.
    var settings: [String: TrackedList<Setting>] = [:]
    var mails: [Mail] = []
    var channels = Channels()
    var outbox = Outbox()

    var switches = Switches()
    var quotas = Quotas()
    var faults = Faults()
    var log = RequestLog()
    /// A number no other world has, not even this one before it was reset.
    private let birth: UInt64
    /// Grows with every request that may change something, also over a reset: what the page at `/` waits for.
    var changes: Int64 = 0
    /// Grows with every change of anything but an event: the source of their etags.
    private(set) var revision: Int64 = 0

    /// - Parameter random: the dice, when they do not start at the seed.
    init(origin: String, seed: UInt64, random: SeededRandom? = nil) {
        self.origin = origin
        self.seed = seed
        self.random = random ?? SeededRandom(seed: seed)
        var dice = self.random
        birth = dice.next()
    }

    /// Whose list a page or sync token continues. Tokens of before a reset are those of another world, and tokens of an
    /// account that was deleted are not those of the next one of its address.
    /// - Parameter owner: a calendar's id or the address of an account, which always has a calendar.
    func listID(_ owner: String) -> String {
        String(birth, radix: 36) + " " + String(calendars[owner]?.birth ?? 0) + " " + owner
    }

    /// A new opaque etag for anything but an event.
    mutating func nextEtag() -> String {
        revision += 1
        return "\"p\(3000 + revision * 16)\""
    }

    /// A project number that is always the same for a project.
    static func projectNumber(_ project: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in project.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return String(100_000_000_000 + hash % 900_000_000_000)
    }

    /// The account's own calendar, which Google makes with the account.
    mutating func makePrimaryCalendar(of email: String, project: String, now: Instant) {
        guard calendars[email] == nil else { return }
        var calendar = CalendarRecord(
            id: email, summary: email, timeZone: "UTC", project: project, updated: now, etag: nextEtag(), birth: revision)
        let rule = AccessRule(scopeType: "user", scopeValue: email, role: .owner, etag: nextEtag())
        calendar.rules[rule.id] = rule
        calendars[email] = calendar
        events[email] = EventStore()
    }
}
