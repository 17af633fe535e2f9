import Foundation
import HTTPTypes

/// A typed client for version 3 of the Google Calendar API, acting as one service account.
///
/// Every call takes a limited time, throws a ``GoogleCalendarError`` (or `CancellationError`), and is made once: what a failure
/// means for the next step is the caller's to decide. The only exception is an access token that Google no longer accepts:
/// it is renewed and the call repeated, once.
///
/// Source of every call: https://developers.google.com/workspace/calendar/api/v3/reference
public struct GoogleCalendarClient: Sendable {
    public static let googleAPI = URL(string: "https://www.googleapis.com")

    /// How long one call may take in all, the token included.
    public var callTimeout = Duration.seconds(10)

    /// The service account that this client acts as, by its address.
    public let serviceAccount: String
    /// The Cloud project that the service account belongs to, whose quota all its accounts share.
    public let project: String

    /// Runs before every request to the API, those for tokens excepted: the place to count, and by throwing to hold back.
    public var beforeRequest: (@Sendable () async throws -> Void)?

    private let origin: String
    private let tokens: AccessTokenSource
    private let transport: any HTTPTransport
    private let time: TimeSource

    /// - Parameter origin: scheme, host and port of the API; Google's own unless something else stands in for it.
    public init(
        key: ServiceAccountKey, scopes: [Scope] = Scope.ownCalendars, origin: URL? = Self.googleAPI,
        transport: any HTTPTransport = AsyncHTTPTransport(), time: TimeSource = .system
    ) {
        self.origin = (origin?.absoluteString ?? "").trimmingSuffix("/")
        self.serviceAccount = key.clientEmail
        self.project = key.projectID
        self.transport = transport
        self.time = time
        self.tokens = AccessTokenSource(key: key, scopes: scopes, transport: transport, time: time)
    }
}

/// One call: its verb, the path below `/calendar/v3`, and what goes with it.
struct Call: Sendable {
    var method: HTTPRequest.Method
    var path: [String]
    var query: [(String, String?)] = []
    var body: Data?
    var ifMatch: String?

    static func encoding(_ value: some Encodable) throws -> Data { try JSONEncoder().encode(value) }
}

extension GoogleCalendarClient {
    func answer<Answer: Decodable>(to call: Call) async throws -> Answer {
        let (status, body) = try await perform(call)
        do {
            return try JSONDecoder().decode(Answer.self, from: body)
        } catch {
            throw GoogleCalendarError.unreadableAnswer(status: status, why: "it is no \(Answer.self)")
        }
    }

    func perform(_ call: Call) async throws -> (status: Int, body: Data) {
        let request = try request(for: call)
        do {
            return try await time.limit(callTimeout) {
                let token = try await tokens.token()
                do {
                    return try await exchange(request, body: call.body, token: token)
                } catch GoogleCalendarError.refused(let refusal) where refusal.status == 401 {
                    let renewed = try await tokens.token(insteadOf: token)
                    return try await exchange(request, body: call.body, token: renewed)
                }
            }
        } catch is TimeSource.TimedOut {
            throw GoogleCalendarError.noAnswer(.timedOut)
        }
    }

    private func request(for call: Call) throws -> HTTPRequest {
        let path = call.path.map { $0.percentEncoded }.joined(separator: "/")
        let query = call.query.compactMap { name, value in value.map { "\(name)=\($0.percentEncoded)" } }.joined(separator: "&")
        let text = "\(origin)/calendar/v3/\(path)" + (query.isEmpty ? "" : "?\(query)")
        guard let url = URL(string: text) else {
            throw GoogleCalendarError.noAnswer(.connectionFailed(why: "the API's origin is no web address"))
        }
        var request = HTTPRequest(url: url)
        request.method = call.method
        request.headerFields[.accept] = "application/json"
        request.headerFields[.userAgent] = "loom-calendar"
        request.headerFields[.contentType] = call.body == nil ? nil : "application/json; charset=UTF-8"
        request.headerFields[.ifMatch] = call.ifMatch
        return request
    }

    private func exchange(_ request: HTTPRequest, body: Data?, token: String) async throws -> (status: Int, body: Data) {
        var request = request
        request.headerFields[.authorization] = "Bearer \(token)"
        try await beforeRequest?()
        let (response, answer) = try await transport.answer(to: request, body: body, within: callTimeout, time: time)
        guard response.status.kind == .successful else {
            let wait = response.headerFields[.retryAfter].flatMap { Int($0) }.map { Duration.seconds(max(0, min($0, 86_400))) }
            throw GoogleCalendarError.refused(Refusal(status: response.status.code, body: answer, retryAfter: wait))
        }
        return (response.status.code, answer)
    }
}

extension HTTPTransport {
    /// Sends within a limit of time, and tells every way of failing as one of ours.
    func answer(
        to request: HTTPRequest, body: Data?, within limit: Duration, time: TimeSource
    ) async throws -> (HTTPResponse, Data) {
        do {
            return try await time.limit(limit) { try await send(request, body: body) }
        } catch let error as CancellationError {
            throw error
        } catch is TimeSource.TimedOut {
            throw GoogleCalendarError.noAnswer(.timedOut)
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw GoogleCalendarError.noAnswer(.connectionFailed(why: String(String(describing: error).prefix(200))))
        }
    }
}

extension String {
    /// RFC 3986: everything but the unreserved characters.
    var percentEncoded: String {
        addingPercentEncoding(withAllowedCharacters: Self.unreserved) ?? ""
    }

    private static let unreserved = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

    func trimmingSuffix(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}
