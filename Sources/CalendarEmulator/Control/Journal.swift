public import Foundation
import HTTPTypes
import Synchronization

/// A file that brings an emulator back as it was, also after `kill -9`. (Not after a power cut: there is no fsync.)
///
/// It holds the requests, not the world. The core is deterministic: ids, tokens and dice come from the seed, every time from
/// the clock, nothing depends on the order of a `Dictionary`. So it is enough to ask the same again at the same times, and no
/// second form of the world has to be kept in step with the first. What cannot be asked again is the key of a service
/// account; it stands beside the request that made it. Reads of the API are kept too: they count towards quotas, use up
/// faults and stand in the request log. The file grows until `POST /emulator/reset`, which empties it.
///
/// Keys and access tokens stand in it in the clear, so only its owner may read it (mode 0600).
public final class Journal: Sendable {
    /// What came back.
    public struct Replay: Sendable, Equatable {
        public var requests: Int
        /// Whether the last line was cut, by a crash while it was written. It is dropped: nobody has heard its answer.
        public var isLastLineCut: Bool
    }

    private let path: String
    let handle: FileHandle
    private let failure = Mutex<String?>(nil)

    /// Opens the file for this process alone, and makes it when there is none.
    public init(file: URL) throws(JournalError) {
        path = file.resolvingSymlinksInPath().path
        let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw JournalError("\(path) cannot be opened: \(String(cString: strerror(errno)))") }
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        let type = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
        guard type == .typeRegular else { throw JournalError("\(path) is no regular file") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw JournalError("\(path) is in use by another emulator") }
    }

    /// The seed of the emulator that wrote the file; nil when nobody has. Only one of the same seed can go on with it.
    public func seed() throws(JournalError) -> UInt64? { JournalHeader(firstLineOf: try read())?.seed }

    /// Asks a fresh `emulator` everything again, and has it write here from now on.
    /// - Throws: when the file is not wholly understood. Neither the emulator nor the file is changed then.
    @discardableResult
    public func replay(into emulator: Emulator) throws(JournalError) -> Replay {
        try emulator.keep(self) { (world: inout World) throws(JournalError) in
            let data = try read()
            guard !JournalHeader.isCut(data) else {
                try attempt { try start(world) }
                return Replay(requests: 0, isLastLineCut: false)
            }
            guard let header = JournalHeader(firstLineOf: data), header.seed == world.seed else {
                throw JournalError("\(path) is no journal of an emulator with the seed \(world.seed)")
            }
            world.random = SeededRandom(seed: header.dice)
            let lines = data.split(separator: Self.newline, omittingEmptySubsequences: false)
            for (index, line) in lines.enumerated().dropFirst().dropLast() {
                try replay(line, number: index + 1, into: &world)
            }
            let cut = lines.last?.count ?? 0
            if cut > 0 { try attempt { try handle.truncate(atOffset: UInt64(data.count - cut)) } }
            return Replay(requests: lines.count - 2, isLastLineCut: cut > 0)
        }
    }

    private func replay(_ text: Data, number: Int, into world: inout World) throws(JournalError) {
        guard let line = JournalLine(text), let request = line.request, let body = line.body else {
            throw JournalError("line \(number) of \(path) is broken; delete the file, or its end from that line on")
        }
        world.origin = line.origin
        let reply = world.respond(to: request, body: body, clock: Instant(milliseconds: line.time), makeKey: line.madeKey)
        guard reply.response.status.code == line.status else {
            throw JournalError(
                "line \(number) of \(path) was answered with \(line.status) and would be with \(reply.response.status.code) "
                    + "now; another version must have written it")
        }
    }

    /// Why nothing more can be written. Then nothing more may happen: what the file lacks would be missing in a replay.
    var refusal: Reply? {
        failure.withLock { $0 }.map {
            .error(GoogleError(code: 500, reason: "backendError", message: "The state file cannot be written: \($0)"))
        }
    }

    /// Writes down what was asked of `world`. - Returns: a refusal to answer instead when it could not.
    func write(_ line: JournalLine, of world: World) -> Reply? {
        do {
            try line.isReset ? start(world) : handle.write(contentsOf: line.encoded() + [Self.newline])
        } catch {
            failure.withLock { $0 = "\(error)" }
        }
        return refusal
    }
}

// MARK: - The file

extension Journal {
    private static let newline = UInt8(ascii: "\n")

    /// Begins anew: an emulator that was reset is as it was at first, but for its dice.
    private func start(_ world: World) throws {
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: JournalHeader(seed: world.seed, dice: world.random.state).line)
    }

    private func read() throws(JournalError) -> Data {
        try attempt {
            try handle.seek(toOffset: 0)
            return try handle.readToEnd() ?? Data()
        }
    }

    private func attempt<Result>(_ body: () throws -> Result) throws(JournalError) -> Result {
        do { return try body() } catch { throw JournalError("\(path) cannot be used: \(error)") }
    }
}

/// Why an emulator cannot start from a journal, in a sentence for whoever starts it.
public struct JournalError: Error, Equatable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
