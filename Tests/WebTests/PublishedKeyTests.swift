import CalendarSync
import Coaching
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JWTKit
import NIOCore
import Support
import Testing

@testable import Web

@Suite struct PublishedKeyTests {
    /// Serves a key set on a port of its own, and checks tokens against it.
    private func verify(keySet: String, _ body: @Sendable (TokenVerifier) async throws -> Void) async throws {
        let router = Router()
        router.get("jwks.json") { _, _ in keySet }
        try await Application(router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0))).test(.live) {
            client in
            let port = try #require(client.port)
            let url = try #require(URL(string: "http://127.0.0.1:\(port)/jwks.json"))
            try await body(.publishedKeys(PublishedKeys(url: url)))
        }
    }

    private let key = ES256PrivateKey()
    private let claims = PersonClaims(Person(id: "coach-1", role: .coach), expiresAt: .distantFuture)

    private func jwk(kid: String?, alg: String?) throws -> String {
        let parameters = try #require(key.parameters)
        let extra = [kid.map { "\"kid\": \"\($0)\"," }, alg.map { "\"alg\": \"\($0)\"," }].compactMap { $0 }.joined()
        func url(_ base64: String) -> String {
            base64.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        }
        return
            "{\(extra) \"kty\": \"EC\", \"crv\": \"P-256\", \"x\": \"\(url(parameters.x))\", \"y\": \"\(url(parameters.y))\"}"
    }

    private func token(kid: JWKIdentifier?) async throws -> String {
        let keys = JWTKeyCollection()
        await keys.add(ecdsa: key, kid: kid)
        return try await keys.sign(claims, kid: kid)
    }

    @Test(arguments: ["ES256", nil])
    func aTokenOfAPublishedKeyIsTheirs(_ alg: String?) async throws {
        let other = #"{"kty": "OKP", "crv": "X25519", "use": "enc", "kid": "e", "x": "AAAA"}, {"kty": "new"}"#
        let token = try await token(kid: "k")
        try await verify(keySet: "{\"keys\": [\(other), \(try jwk(kid: "k", alg: alg))]}") { verifier in
            let claims = try await verifier.claims(of: token, now: .now)
            #expect(claims.sub.value == "coach-1")
            // A token that claims another algorithm for the same key changes nothing for the others.
            let header = Data(#"{"alg":"ES384","kid":"k"}"#.utf8).base64EncodedString().replacing("=", with: "")
            let forged = header + "." + token.split(separator: ".").dropFirst().joined(separator: ".")
            await #expect(throws: SignInRefusal.self) { _ = try await verifier.claims(of: forged, now: .now) }
            let again = try await verifier.claims(of: token, now: .now)
            #expect(again.sub.value == "coach-1")
        }
    }

    @Test func theOnlyKeyNeedsNoId() async throws {
        let token = try await token(kid: nil)
        try await verify(keySet: "{\"keys\": [\(try jwk(kid: nil, alg: nil))]}") { verifier in
            let claims = try await verifier.claims(of: token, now: .now)
            #expect(claims.sub.value == "coach-1")
        }
    }

    @Test func withoutKeysNobodyIsLetIn() async throws {
        let token = try await token(kid: "k")
        try await verify(keySet: "<html>") { verifier in
            await #expect(throws: SignInRefusal.self) { _ = try await verifier.claims(of: token, now: .now) }
        }
    }
}
