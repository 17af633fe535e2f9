import AsyncHTTPClient
import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1

/// Carries one request to Google and its answer back. The only way this client reaches the outside.
public protocol HTTPTransport: Sendable {
    /// - Returns: the answer, whatever its status, once its body is complete.
    /// - Throws: when there is no complete answer. Whether the request took effect is unknown then.
    func send(_ request: HTTPRequest, body: Data?) async throws -> (HTTPResponse, Data)
}

/// The transport for the real network.
public struct AsyncHTTPTransport: HTTPTransport {
    /// Google's largest answer is a page of 2,500 events; anything far beyond that is no answer of Google's.
    public static let largestAnswer = 32 * 1024 * 1024

    private let client: HTTPClient

    public init(_ client: HTTPClient = .shared) {
        self.client = client
    }

    public func send(_ request: HTTPRequest, body: Data?) async throws -> (HTTPResponse, Data) {
        var outgoing = HTTPClientRequest(url: request.url?.absoluteString ?? "")
        outgoing.method = HTTPMethod(rawValue: request.method.rawValue)
        for field in request.headerFields {
            outgoing.headers.add(name: field.name.rawName, value: field.value)
        }
        if let body { outgoing.body = .bytes(ByteBuffer(bytes: body)) }

        // The client ends slow calls by cancelling them, so this deadline is only a last resort.
        let answer = try await client.execute(outgoing, timeout: .seconds(120))
        let bytes = try await answer.body.collect(upTo: Self.largestAnswer)
        var response = HTTPResponse(status: .init(code: Int(answer.status.code)))
        for (name, value) in answer.headers {
            if let name = HTTPField.Name(name) { response.headerFields.append(HTTPField(name: name, value: value)) }
        }
        return (response, Data(bytes.readableBytesView))
    }
}
