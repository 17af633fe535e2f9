import CalendarEmulator
import Foundation
import GoogleCalendar
import HTTPTypes
import Synchronization

/// An emulated Google in this process, with a service account, and hands to look into it and to disturb it.
public struct EmulatedGoogle: Sendable {
    public static let origin = "http://127.0.0.1:8085"

    public let emulator: Emulator
    public let key: ServiceAccountKey
    public let transport: EmulatorTransport
    public let clock: ManualClock

    public init(clock: ManualClock = ManualClock()) throws {
        self.clock = clock
        emulator = Emulator(origin: Self.origin, now: { clock.now })
        key = try ServiceAccountKey(json: Self.control(emulator, .post, "service-accounts", ["project": "p", "name": "sync"]))
        transport = EmulatorTransport(emulator)
    }

    /// A key file, as a service account gets it.
    public static func keyFile() throws -> Data {
        try control(Emulator(origin: origin), .post, "service-accounts", ["project": "p", "name": "sync"])
    }

    public func client(scopes: [Scope] = Scope.ownCalendars) -> GoogleCalendarClient {
        GoogleCalendarClient(
            key: key, scopes: scopes, origin: URL(string: Self.origin), transport: transport, time: clock.source)
    }

    /// A control call of the emulator.
    /// - Returns: the body of its answer.
    @discardableResult
    public func control(_ method: HTTPRequest.Method, _ path: String, _ body: [String: any Sendable] = [:]) throws -> Data {
        try Self.control(emulator, method, path, body)
    }

    private static func control(
        _ emulator: Emulator, _ method: HTTPRequest.Method, _ path: String, _ body: [String: any Sendable]
    ) throws -> Data {
        let request = HTTPRequest(method: method, scheme: "http", authority: "127.0.0.1:8085", path: "/emulator/\(path)")
        let data = method == .get ? Data() : try JSONSerialization.data(withJSONObject: body)
        let reply = emulator.respond(to: request, body: data)
        guard reply.response.status.kind == .successful else {
            throw ControlRefused(status: reply.response.status.code, body: String(decoding: reply.body, as: UTF8.self))
        }
        return reply.body
    }

    public struct ControlRefused: Error {
        public var status: Int
        public var body: String
    }

    /// Everything the emulator holds, as JSON text.
    public func state() throws -> String { String(decoding: try control(.get, "state"), as: UTF8.self) }
}
