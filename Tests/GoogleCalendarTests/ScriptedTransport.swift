import Foundation
import HTTPTypes
import Synchronization

@testable import GoogleCalendar

/// Answers tokens by itself and calls of the API with what a test has prepared, one after another; the last one stays.
final class ScriptedTransport: HTTPTransport {
    enum Answer: Sendable {
        case status(Int, String, headers: [String: String] = [:])
        case failure
        case never
    }

    private struct State {
        var answers: [Answer]
        var tokens = 0
        var requests: [HTTPRequest] = []
    }

    private let state: Mutex<State>
    private let token: @Sendable (Int) -> (Int, String)

    /// - Parameter token: what the token endpoint answers the n-th time.
    init(
        _ answers: Answer...,
        token: @escaping @Sendable (Int) -> (Int, String) = { (200, #"{"access_token": "token-\#($0)", "expires_in": 3599}"#) }
    ) {
        state = Mutex(State(answers: answers))
        self.token = token
    }

    var tokens: Int { state.withLock { $0.tokens } }
    var requests: [HTTPRequest] { state.withLock { $0.requests } }

    func send(_ request: HTTPRequest, body: Data?) async throws -> (HTTPResponse, Data) {
        if request.path == "/token" {
            let count = state.withLock { state in
                state.tokens += 1
                return state.tokens
            }
            // Others that need a token arrive meanwhile.
            await Task.yield()
            let (status, text) = token(count)
            return (HTTPResponse(status: .init(code: status)), Data(text.utf8))
        }
        let answer = state.withLock { state in
            state.requests.append(request)
            return state.answers.count > 1 ? state.answers.removeFirst() : state.answers.first ?? .failure
        }
        switch answer {
        case .status(let code, let body, let headers):
            var response = HTTPResponse(status: .init(code: code))
            for (name, value) in headers { HTTPField.Name(name).map { response.headerFields[$0] = value } }
            return (response, Data(body.utf8))
        case .failure: throw URLError(.networkConnectionLost)
        case .never:
            try await Task.sleep(for: .seconds(3600))
            throw CancellationError()
        }
    }
}
