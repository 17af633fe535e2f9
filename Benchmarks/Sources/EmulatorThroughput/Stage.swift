import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// By port.
enum Server: Int {
    case bare = 28191
    case emulator = 28190
}

/// The two servers, and `wrk` to ask them.
struct Stage: Sendable {
    private static let emulator = "http://127.0.0.1:\(Server.emulator.rawValue)"

    private let emulator: Process
    private let bare: Process
    private let script: URL

    init() async throws {
        script = FileManager.default.temporaryDirectory.appending(component: "insert-\(UUID().uuidString).lua")
        emulator = try Self.start(["serve-emulator"])
        try await Self.waitFor(Self.emulator + "/emulator/state")
        bare = try Self.start(["serve-bare"])
        try await Self.waitFor("http://127.0.0.1:\(Server.bare.rawValue)/")
    }

    func end() {
        for server in [emulator, bare] {
            server.terminate()
            server.waitUntilExit()
        }
        try? FileManager.default.removeItem(at: script)
    }

    /// An empty calendar and a new token, so that no round finds more events than another.
    func resetEmulator() async throws {
        _ = try await Self.call(.POST, Self.emulator + "/emulator/reset", "{}")
        let token = try await Self.makeAccount()
        let lines = [
            #"wrk.method = "POST""#, "wrk.body = [[\(InsertedEvent.body)]]",
            #"wrk.headers["Content-Type"] = "application/json""#,
            #"wrk.headers["Authorization"] = "Bearer \#(token)""#,
        ]
        try lines.joined(separator: "\n").write(to: script, atomically: true, encoding: .utf8)
    }

    struct Load {
        var requestsPerSecond: Double
        /// Of the server's, kernel included.
        var processorMicroseconds: Double
    }

    func load(_ server: Server, seconds: Int) throws -> Load {
        let process = server == .bare ? bare : emulator
        let before = try Self.processorTicks(of: process)
        let output = Pipe()
        let wrk = try Self.run(
            [
                "wrk", "-t1", "-c16", "-d\(seconds)s", "-s", script.path(),
                "http://127.0.0.1:\(server.rawValue)\(InsertedEvent.path)",
            ], core: 1, output: output)
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        wrk.waitUntilExit()
        let ticks = try Self.processorTicks(of: process) - before
        // wrk tells of answers that were no success and of broken connections only when there were some.
        guard !text.contains("Non-2xx"), !text.contains("Socket errors"),
            let count = text.firstMatch(of: /(\d+) requests in/).flatMap({ Double($0.1) }),
            let rate = text.firstMatch(of: /Requests\/sec: +([\d.]+)/).flatMap({ Double($0.1) })
        else { throw Failure(description: "wrk at the \(server) server:\n\(text)") }
        return Load(
            requestsPerSecond: rate, processorMicroseconds: Double(ticks) / Double(sysconf(Int32(_SC_CLK_TCK))) * 1e6 / count)
    }

    /// User and system time, the 14th and 15th field of `/proc/PID/stat`; 0 where there is no such file.
    private static func processorTicks(of process: Process) throws -> Int {
        let path = "/proc/\(process.processIdentifier)/stat"
        guard FileManager.default.fileExists(atPath: path) else { return 0 }
        let fields = try String(contentsOfFile: path, encoding: .utf8).split(separator: ") ").last?.split(separator: " ") ?? []
        return fields.dropFirst(11).prefix(2).compactMap { Int($0) }.reduce(0, +)
    }

    private struct Failure: Error, CustomStringConvertible { var description: String }

    private static func makeAccount() async throws -> String {
        let account = try await call(.POST, emulator + "/emulator/users", #"{"email": "coach@example.com"}"#)
        return try JSONDecoder().decode(InsertedEvent.Account.self, from: Data(account.utf8)).accessToken
    }

    private static func call(_ method: HTTPMethod, _ url: String, _ body: String) async throws -> String {
        var request = HTTPClientRequest(url: url)
        request.method = method
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(string: body))
        let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let text = String(buffer: try await answer.body.collect(upTo: 1 << 20))
        guard answer.status.code < 300 else { throw Failure(description: "\(url): \(answer.status) \(text)") }
        return text
    }

    private static func waitFor(_ url: String) async throws {
        for _ in 0..<200 {
            if let answer = try? await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .seconds(5)),
                answer.status == .ok
            {
                return
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failure(description: "\(url) never answered")
    }

    private static func start(_ arguments: [String]) throws -> Process {
        try run([CommandLine.arguments[0]] + arguments, core: 0, output: nil)
    }

    /// - Parameter core: where it may run, when the machine has more than one core and can pin (Linux).
    private static func run(_ command: [String], core: Int, output: Pipe?) throws -> Process {
        let canPin = ProcessInfo.processInfo.processorCount > 1 && FileManager.default.fileExists(atPath: "/usr/bin/taskset")
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = (canPin ? ["taskset", "-c", String(core)] : []) + command
        process.environment = ProcessInfo.processInfo.environment.merging(["LOG_LEVEL": "error"]) { _, new in new }
        process.standardOutput = output ?? FileHandle.nullDevice
        try process.run()
        return process
    }
}
