import CalendarEmulator
import Foundation
import GoogleCalendar
import HTTPTypes
import Synchronization

/// Carries requests straight into an emulator in the same process, keeps them, and checks each against Google's own
/// description of the API where that is at hand.
public final class EmulatorTransport: HTTPTransport {
    public struct Exchange: Sendable {
        public var request: HTTPRequest
        public var requestBody: Data
        public var status: Int
        public var at: Date

        /// As in `POST /calendar/v3/calendars`, without the query.
        public var line: String { "\(request.method.rawValue) \(request.path?.prefix { $0 != "?" } ?? "")" }
    }

    public struct ConnectionReset: Error {}

    private struct State {
        var exchanges: [Exchange] = []
        var violations: [String] = []
        var isReachable = true
        var substitute: (@Sendable (HTTPRequest) throws -> Data?)?
        var substituteStatus: (@Sendable (HTTPRequest, Data) -> Int?)?
        var delay = Duration.zero
    }

    private let emulator: Emulator
    private let document = DiscoveryDocument.fromEnvironment
    private let now: @Sendable () -> Date
    private let state = Mutex(State())

    public init(_ emulator: Emulator, now: @escaping @Sendable () -> Date = { Date() }) {
        self.emulator = emulator
        self.now = now
    }

    /// Calls of the Calendar API, in order; those for tokens are not among them.
    public var calls: [Exchange] { state.withLock { $0.exchanges.filter { $0.line.contains("/calendar/v3/") } } }
    public var exchanges: [Exchange] { state.withLock { $0.exchanges } }
    /// Where client or emulator were not what Google's description says.
    public var violations: [String] { state.withLock { $0.violations } }
    /// Whether Google can be reached at all.
    public var isReachable: Bool {
        get { state.withLock { $0.isReachable } }
        set { state.withLock { $0.isReachable = newValue } }
    }

    /// What is answered with 200 in place of Google's answer, where it is not nil: what Google should never say. An error that it
    /// throws is a connection that breaks.
    public var substitute: (@Sendable (HTTPRequest) throws -> Data?)? {
        get { state.withLock { $0.substitute } }
        set { state.withLock { $0.substitute = newValue } }
    }

    /// A refusal in place of Google's answer, where it is not nil.
    public var substituteStatus: (@Sendable (HTTPRequest, Data) -> Int?)? {
        get { state.withLock { $0.substituteStatus } }
        set { state.withLock { $0.substituteStatus = newValue } }
    }

    /// How long every answer takes, by the machine's clock.
    public var delay: Duration {
        get { state.withLock { $0.delay } }
        set { state.withLock { $0.delay = newValue } }
    }

    public func forgetCalls() { state.withLock { $0.exchanges = [] } }

    public func send(_ request: HTTPRequest, body: Data?) async throws -> (HTTPResponse, Data) {
        guard isReachable else { throw ConnectionReset() }
        if delay > .zero { try await Task.sleep(for: delay) }
        if let body = try substitute?(request) { return (HTTPResponse(status: .ok), body) }
        if let status = substituteStatus?(request, body ?? Data()) {
            return (HTTPResponse(status: .init(code: status)), Data("{}".utf8))
        }
        let reply = emulator.respond(to: request, body: body ?? Data())
        note(request, body ?? Data(), reply)
        switch reply.delivery {
        case .complete: return (reply.response, reply.body)
        case .cut(let count): return (reply.response, reply.body.prefix(count))
        case .reset: throw ConnectionReset()
        }
    }

    private func note(_ request: HTTPRequest, _ body: Data, _ reply: Reply) {
        var found: [String] = []
        if let document, request.path?.hasPrefix("/calendar/v3/") == true {
            found = document.violations(request: request, body: body)
            if reply.delivery == .complete {
                found += document.violations(answer: reply.response, body: reply.body, to: request)
            }
        }
        let exchange = Exchange(request: request, requestBody: body, status: reply.response.status.code, at: now())
        state.withLock { state in
            state.exchanges.append(exchange)
            state.violations += found
        }
    }
}
