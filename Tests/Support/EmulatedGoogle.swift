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
        transport = EmulatorTransport(emulator, now: { clock.now })
    }

    /// A key file, as a service account gets it.
    public static func keyFile() throws -> Data {
        try control(Emulator(origin: origin), .post, "service-accounts", ["project": "p", "name": "sync"])
    }

    /// - Parameter key: of another service account than the usual one.
    public func client(as key: ServiceAccountKey? = nil, scopes: [Scope] = Scope.ownCalendars) -> GoogleCalendarClient {
        GoogleCalendarClient(
            key: key ?? self.key, scopes: scopes, origin: URL(string: Self.origin), transport: transport, time: clock.source)
    }

    /// Another service account.
    public func serviceAccount(project: String, name: String) throws -> ServiceAccountKey {
        try ServiceAccountKey(json: control(.post, "service-accounts", ["project": project, "name": name]))
    }

    /// A call of the API by a person, in Google's own words: what they do in their calendar, beside us.
    /// - Parameter path: below `/calendar/v3/`.
    /// - Returns: the status.
    @discardableResult
    public func act(
        as email: String, _ method: HTTPRequest.Method, _ path: String, _ body: [String: any Sendable]? = nil
    ) throws -> Int {
        struct Person: Decodable { var accessToken: String }
        let person = try JSONDecoder().decode(Person.self, from: control(.post, "users", ["email": email]))
        var request = HTTPRequest(method: method, scheme: "http", authority: "127.0.0.1:8085", path: "/calendar/v3/\(path)")
        request.headerFields[.authorization] = "Bearer \(person.accessToken)"
        request.headerFields[.contentType] = "application/json"
        let data = try body.map { try JSONSerialization.data(withJSONObject: $0) } ?? Data()
        return emulator.respond(to: request, body: data).response.status.code
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
