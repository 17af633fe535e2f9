import Foundation
import HTTPTypes
import JWTKit

/// Keeps one access token of a service account fresh. However many calls need one at the same moment, one is fetched.
///
/// Source: https://developers.google.com/identity/protocols/oauth2/service-account
actor AccessTokenSource {
    /// The next token is fetched this long before the one at hand expires.
    static let renewedBeforeExpiry: TimeInterval = 225
    static let timeout = Duration.seconds(10)

    private struct Token {
        let value: String
        let expiresAt: Date
    }

    private let key: ServiceAccountKey
    private let scopes: [Scope]
    private let transport: any HTTPTransport
    private let time: TimeSource
    private var current: Token?
    private var isFetching = false
    private var waiting: [UUID: CheckedContinuation<Token, any Error>] = [:]

    init(key: ServiceAccountKey, scopes: [Scope], transport: any HTTPTransport, time: TimeSource) {
        self.key = key
        self.scopes = scopes
        self.transport = transport
        self.time = time
    }

    /// - Parameter rejected: a token that the API just answered with 401; another one is wanted.
    func token(insteadOf rejected: String? = nil) async throws -> String {
        if current?.value == rejected { current = nil }
        if let current, time.now() < current.expiresAt {
            // A token that is about to expire is good enough; the next one is fetched beside.
            if time.now() >= current.expiresAt - Self.renewedBeforeExpiry { startFetching() }
            return current.value
        }
        let fresh = try await fetched().value
        // One that was under way may be the very token that was refused.
        return fresh == rejected ? try await fetched().value : fresh
    }

    /// Waits for the token that is being fetched. Who is cancelled stops waiting, and the others get theirs.
    private func fetched() async throws -> Token {
        let id = UUID()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if Task.isCancelled { return continuation.resume(throwing: CancellationError()) }
                waiting[id] = continuation
                startFetching()
            }
        } onCancel: {
            Task { await stopWaiting(id) }
        }
    }

    private func stopWaiting(_ id: UUID) {
        waiting.removeValue(forKey: id)?.resume(throwing: CancellationError())
    }

    private func startFetching() {
        if isFetching { return }
        isFetching = true
        // Not a child of whoever came first: a caller that is cancelled must not take the token from the others.
        Task {
            let result: Result<Token, any Error>
            do { result = .success(try await fetch()) } catch { result = .failure(error) }
            isFetching = false
            if case .success(let token) = result { current = token }
            for continuation in waiting.values { continuation.resume(with: result) }
            waiting = [:]
        }
    }

    private func fetch() async throws -> Token {
        let now = time.now()
        let assertion = try await Assertion(key: key, scopes: scopes, issuedAt: now).signed(with: key)
        var request = HTTPRequest(url: key.tokenURI)
        request.method = .post
        request.headerFields[.contentType] = "application/x-www-form-urlencoded"
        request.headerFields[.accept] = "application/json"
        let form = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=\(assertion)"
        let (response, body) = try await transport.answer(to: request, body: Data(form.utf8), within: Self.timeout, time: time)

        guard response.status.kind == .successful else {
            throw GoogleCalendarError.tokenRefused(TokenRefusal(status: response.status.code, body: body))
        }
        // A scope that Google does not know is answered with 200 and an id_token only.
        guard let answer = try? JSONDecoder().decode(TokenAnswer.self, from: body), let value = answer.access_token else {
            throw GoogleCalendarError.unreadableAnswer(status: response.status.code, why: "there is no access_token in it")
        }
        return Token(value: value, expiresAt: now + TimeInterval(answer.expires_in ?? 3599))
    }

    private struct TokenAnswer: Decodable {
        var access_token: String?
        var expires_in: Double?
    }
}

/// The signed statement that a service account exchanges for a token.
private struct Assertion: JWTPayload {
    let iss: String
    let scope: String
    let aud: String
    let iat: Int
    let exp: Int

    init(key: ServiceAccountKey, scopes: [Scope], issuedAt now: Date) {
        iss = key.clientEmail
        scope = scopes.map(\.rawValue).joined(separator: " ")
        aud = key.tokenURI.absoluteString
        iat = Int(now.timeIntervalSince1970)
        // Google takes at most an hour.
        exp = iat + 3600
    }

    func verify(using algorithm: some JWTAlgorithm) throws {}

    func signed(with key: ServiceAccountKey) async throws -> String {
        let keys = JWTKeyCollection()
        let id = JWKIdentifier(string: key.privateKeyID)
        await keys.add(rsa: key.privateKey, digestAlgorithm: .sha256, kid: id)
        return try await keys.sign(self, kid: id)
    }
}
