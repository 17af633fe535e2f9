import Foundation
import Synchronization
import Testing

/// The built executable, running as a process of its own.
final class Program: Sendable {
    /// What a program that ended by itself left behind.
    struct Ended: Sendable {
        var status: Int32
        var output: String
        var errors: String
    }

    private static let executable = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(component: "loom-calendar")

    private let process: Mutex<Process>
    private let output: Output
    private let errors: Output
    private let processID: Int32

    convenience init(_ arguments: String..., environment: [String: String] = [:], in folder: URL? = nil) throws {
        try self.init(arguments: arguments, environment: environment, in: folder)
    }

    init(arguments: [String], environment: [String: String] = [:], in folder: URL? = nil) throws {
        let process = Process()
        process.executableURL = Self.executable
        process.arguments = arguments
        var clean = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("LOOM_") && !$0.key.hasPrefix("GOOGLE_") }
        clean.merge(environment) { _, new in new }
        process.environment = clean
        process.currentDirectoryURL = folder
        output = Output()
        errors = Output()
        process.standardOutput = output.pipe
        process.standardError = errors.pipe
        try process.run()
        processID = process.processIdentifier
        self.process = Mutex(process)
    }

    deinit { kill() }

    /// Waits until the program has written something that matches.
    func wrote<Match>(_ pattern: Regex<Match>) async throws -> Match {
        for _ in 0..<1_500 {
            let hasEnded = !isRunning
            for text in [output.text, errors.text] {
                if let match = try pattern.firstMatch(in: text) { return match.output }
            }
            if hasEnded { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Silent(output: output.text, errors: errors.text)
    }

    struct Silent: Error {
        var output: String
        var errors: String
    }

    var isRunning: Bool { process.withLock { $0.isRunning } }
    var everythingWritten: String { output.text + errors.text }

    /// Ends it without any chance to tidy up.
    func kill() { signal(SIGKILL) }
    func pause() { signal(SIGSTOP) }
    func resume() { signal(SIGCONT) }
    func terminate() { signal(SIGTERM) }

    private func signal(_ number: Int32) {
        // Once it has ended, its id may be somebody else's.
        process.withLock { if $0.isRunning { _ = Glibc.kill(processID, number) } }
    }

    /// Waits for the end, and for the last of what it wrote.
    func ended() async throws -> Ended {
        for _ in 0..<1_500 {
            if !isRunning {
                output.takeIn()
                errors.takeIn()
                return Ended(
                    status: process.withLock { $0.terminationStatus }, output: output.text, errors: errors.text)
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Silent(output: output.text, errors: errors.text)
    }
}

/// What a process writes, as it comes.
private final class Output: Sendable {
    let pipe = Pipe()
    private let collected = Mutex(Data())

    init() {
        // Reading never waits. The end of a pipe is nothing to wait for either: a process that was started at the same moment may
        // have inherited it.
        let descriptor = pipe.fileHandleForReading.fileDescriptor
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        pipe.fileHandleForReading.readabilityHandler = { [weak self] handle in
            if self?.takeIn() != true { handle.readabilityHandler = nil }
        }
    }

    var text: String { collected.withLock { String(decoding: $0, as: UTF8.self) } }

    /// Takes in all that was written so far.
    /// - Returns: whether there may be more later.
    @discardableResult
    func takeIn() -> Bool {
        collected.withLock { collected in
            var buffer = [UInt8](repeating: 0, count: 64 * 1024)
            while true {
                let count = read(pipe.fileHandleForReading.fileDescriptor, &buffer, buffer.count)
                if count <= 0 { return count < 0 && (errno == EAGAIN || errno == EINTR) }
                collected += buffer[..<count]
            }
        }
    }
}
