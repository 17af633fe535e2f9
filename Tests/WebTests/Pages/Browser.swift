import Coaching
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Support
import Testing

@testable import Web

/// A browser without a window: it keeps cookies and sends forms as people's browsers do.
final class Browser {
    struct Page {
        var status: Int
        var headers: HTTPFields
        var text: String

        var location: String? { headers[.location] }
        var cookies: [String] { headers[values: .setCookie] }

        /// The token that forms of this page bring along.
        var formToken: String? {
            text.firstMatch(of: /name="form" value="([^"]+)"/).map { String($0.1) }
        }
    }

    let client: any TestClientProtocol
    var cookies: [String: String] = [:]
    private(set) var formToken = ""

    init(_ server: Server) { client = server.client }

    func get(_ path: String, _ headers: HTTPFields = [:]) async throws -> Page {
        let page = try await send(.get, path, headers, nil)
        if let token = page.formToken { formToken = token }
        return page
    }

    /// - Parameter form: what is filled in; the token of the last page that had one goes with it, unless there is another.
    func post(_ path: String, _ form: [String: String] = [:], _ headers: HTTPFields = [:]) async throws -> Page {
        let fields = ["form": formToken].merging(form) { $1 }
        let body = fields.map { "\($0.pathSegment)=\($1.pathSegment)" }.joined(separator: "&")
        var headers = headers
        headers[.contentType] = "application/x-www-form-urlencoded"
        return try await send(.post, path, headers, body)
    }

    private func send(
        _ method: HTTPRequest.Method, _ path: String, _ headers: HTTPFields, _ body: String?
    ) async throws -> Page {
        var headers = headers
        headers[.accept] = "text/html"
        if !cookies.isEmpty { headers[.cookie] = cookies.map { "\($0)=\($1)" }.joined(separator: "; ") }
        let page = try await client.execute(
            uri: path, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) }
        ) { response in
            Page(status: response.status.code, headers: response.headers, text: String(buffer: response.body))
        }
        for cookie in page.cookies {
            let parts = cookie.split(separator: ";")[0].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let (name, value) = (String(parts[0]), String(parts[1]))
            cookies[name] = cookie.contains("Max-Age=0") ? nil : value
        }
        return page
    }

    /// Signs somebody in with a token of the platform's.
    @discardableResult
    func signIn(_ person: Person, to path: String = "/") async throws -> Page {
        // Two tokens are two: each signs in once.
        let token = try await Server.sign(person, expiresIn: .random(in: 60...3600))
        let page = try await get("/sign-in?token=\(token)&to=\(path.pathSegment)")
        _ = try await get(person.role == .admin ? "/operator" : "/sessions")
        return page
    }
}

extension Server {
    static let client = Person(
        id: "client-1", email: "client@example.com", name: "Client", role: .client, timeZone: "America/New_York", locale: "en")
    static let admin = Person(id: "admin-1", role: .admin)
}
