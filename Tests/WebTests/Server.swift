import Coaching
import Foundation
import GoogleCalendar
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JWTKit
import NIOCore
import Support
import Testing

@testable import CalendarSync
@testable import Web

/// A server in this process, for one test.
struct Server: Sendable {
    struct Answer: Sendable {
        var status: Int
        var headers: HTTPFields
        var body: [String: any Sendable]
        var text: String

        subscript(_ name: String) -> String? { body[name] as? String }
        var sync: [String: any Sendable] { body["calendarSync"] as? [String: any Sendable] ?? [:] }
        /// The fields that a problem names.
        var fields: [String] { (body["errors"] as? [[String: String]] ?? []).compactMap { $0["field"] } }
    }

    static let secretText = "a secret for tests that is long enough"

    let platform: Platform
    let client: any TestClientProtocol
    let token: String

    static func run(
        limits: QuotaLimits = .none, scopes: [Scope] = Scope.ownCalendars,
        _ body: @Sendable (Server) async throws -> Void
    ) async throws {
        let platform = try await Platform(limits: limits, scopes: scopes)
        let secret = try #require(await TokenSecret(secretText))
        let token = try await secret.sign(PersonClaims(platform.coach, expiresAt: .distantFuture))
        let router = try await WebServer(sync: platform.sync, verifier: .secret(secret)).router
        try await Application(router: router).test(.router) { client in
            try await body(Server(platform: platform, client: client, token: token))
        }
    }

    func call(
        _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil, token: String? = nil
    ) async throws -> Answer {
        try await client.execute(
            uri: path, method: method, headers: [.authorization: "Bearer \(token ?? self.token)"],
            body: body.map { ByteBuffer(string: $0) }
        ) { response in
            let data = Data(response.body.readableBytesView)
            let json = try? JSONSerialization.jsonObject(with: data) as? [String: any Sendable]
            return Answer(
                status: response.status.code, headers: response.headers, body: json ?? [:],
                text: String(decoding: data, as: UTF8.self))
        }
    }

    /// Serves every lane that has something to do at this moment, until none has.
    func deliver(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let worker = platform.sync.workers
        for _ in 0..<50 {
            guard let lease = try await worker.claim() else { return }
            await worker.serve(lease)
        }
        Issue.record("there is always something more to do", sourceLocation: sourceLocation)
    }

    static func sign(_ person: Person, expiresIn seconds: TimeInterval = 3600, secret: String = secretText) async throws
        -> String
    {
        try await #require(await TokenSecret(secret)).sign(PersonClaims(person, expiresAt: Date(timeIntervalSinceNow: seconds)))
    }
}
