package import CryptoExtras
public import Foundation
public import HTTPTypes
import Synchronization

/// The whole of the emulated Google, without I/O but for a `Journal` it may keep: the same requests at the same times with the same seed get the same
/// answers. (The keys of service accounts are the exception: they are real RSA keys and cannot be seeded.)
public final class Emulator: Sendable {
    /// The largest request body that is read, but for batches; above it the answer is 413.
    public static let maximumBodySize = 1 << 20

    /// The largest batch that is read; each call in it may be as large as one on its own.
    public static let maximumBatchSize = 16 << 20

    /// How large the body of a request for `path` may be.
    static func bodyLimit(forPath path: String?) -> Int {
        path?.hasPrefix("/batch/") == true ? maximumBatchSize : maximumBodySize
    }

    private let held: Mutex<(world: World, journal: Journal?)>
    private let now: @Sendable () -> Date
    let signals = NotificationSignals()
    private let makeKey: @Sendable () throws -> _RSA.Signing.PrivateKey

    package typealias KeyFactory = () throws -> _RSA.Signing.PrivateKey

    /// - Parameters:
    ///   - origin: where this emulator is reached. A request's own authority wins over it.
    ///   - seed: of ids, tokens and the dice of faults.
    ///   - now: the real clock; the control call `clock` adds to it.
    public convenience init(
        origin: String = "http://127.0.0.1:8085", seed: UInt64 = 0, now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.init(origin: origin, seed: seed, now: now) { try _RSA.Signing.PrivateKey(keySize: .bits2048) }
    }

    /// - Parameter makeKey: tests pass ready keys, since making one takes long.
    package init(
        origin: String = "http://127.0.0.1:8085", seed: UInt64 = 0, now: @escaping @Sendable () -> Date = { Date() },
        makeKey: @escaping @Sendable () throws -> _RSA.Signing.PrivateKey
    ) {
        held = Mutex((World(origin: origin, seed: seed), nil))
        self.now = now
        self.makeKey = makeKey
    }

    /// Answers one request. Synchronous and safe to call from any thread; calls take turns.
    /// - Parameter request: its `path` holds path and query.
    public func respond(to request: HTTPRequest, body: Data) -> Reply {
        respond(to: request, body: body, holdsSyncMessages: false).reply
    }

    /// - Parameter holdsSyncMessages: keep those of new channels back until they are released, when they come last.
    /// - Returns: the `sync` messages of new channels too, and whether they are to be sent before the answer.
    func respond(
        to request: HTTPRequest, body: Data, holdsSyncMessages: Bool
    ) -> (reply: Reply, sync: [PushNotification], isSyncFirst: Bool) {
        let (reply, sync, isSyncFirst, isNews) = held.withLock { held in
            let lastNumber = held.world.outbox.log.lastNumber
            let reply = answer(request, body: body, &held)
            let sync = held.world.outbox.syncMessages(after: lastNumber)
            let isFirst = held.world.switches.syncMessageFirst
            if holdsSyncMessages && !isFirst { held.world.outbox.hold(sync) }
            return (reply, sync, isFirst, held.world.outbox.log.lastNumber != lastNumber)
        }
        if isNews { signals.ring() }
        return (reply, sync, isSyncFirst)
    }

    /// The answer to a request of which nothing else can come: no fault is set that might hold the answer back or break the
    /// connection, and no channel is opened whose first message goes beside it. Else nil, and nothing is done.
    func respondAtOnce(to request: HTTPRequest, body: Data) -> Reply? {
        let path = (request.path ?? "/").utf8.prefix { $0 != UInt8(ascii: "?") }
        guard !path.starts(with: "/batch".utf8), !path.suffix(6).elementsEqual("/watch".utf8) else { return nil }
        guard case .success((let plain, let body)) = ContentCoding.decoded(request, body: body) else { return nil }
        let answered = held.withLock { held -> (reply: Reply, isNews: Bool)? in
            guard held.world.faults.active.isEmpty else { return nil }
            let lastNumber = held.world.outbox.log.lastNumber
            let reply = answer(plain, body: body, &held)
            return (reply, held.world.outbox.log.lastNumber != lastNumber)
        }
        guard let answered else { return nil }
        if answered.isNews { signals.ring() }
        return ContentCoding.encoded(answered.reply, for: request)
    }

    private func answer(_ request: HTTPRequest, body: Data, _ held: inout (world: World, journal: Journal?)) -> Reply {
        let clock = Instant(now())
        guard let journal = held.journal else {
            return held.world.respond(to: request, body: body, clock: clock, makeKey: makeKey)
        }
        return held.world.respond(to: request, body: body, clock: clock, makeKey: makeKey, journal: journal)
    }

    /// For what is no request: it is not written down, and nothing that requests are answered with may come of it.
    func withWorld<Result: Sendable>(_ body: (inout World) -> Result) -> Result { held.withLock { body(&$0.world) } }

    /// Says where this emulator is reached, for answers to requests that do not say so themselves.
    public func setOrigin(_ origin: String) {
        held.withLock { $0.world.origin = origin }
    }

    /// Becomes what `restore` makes of an empty world, and writes to `journal` from now on.
    func keep<Result: Sendable>(
        _ journal: Journal, restore: (inout World) throws(JournalError) -> Result
    ) throws(JournalError) -> Result {
        try held.withLock { held throws(JournalError) in
            var world = World(origin: held.world.origin, seed: held.world.seed)
            let result = try restore(&world)
            world.origin = held.world.origin
            world.outbox.forgetAll()
            held = (world, journal)
            return result
        }
    }
}
