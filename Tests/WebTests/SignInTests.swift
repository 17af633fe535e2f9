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

@Suite struct SignInTests {
    private static let person = Person(id: "coach-1", email: "coach@example.com", role: .coach)

    private func code(_ token: String) async throws -> String? {
        let box = Box()
        try await Server.run { server in
            let answer = try await server.call(.get, "/v1/sessions", token: token)
            #expect(answer.status == 401)
            #expect(answer.headers[.wwwAuthenticate] == "Bearer")
            await box.set(answer["code"])
        }
        return await box.value
    }

    private actor Box {
        var value: String?
        func set(_ value: String?) { self.value = value }
    }

    @Test func tokensThatAreNotTheirsAreRefused() async throws {
        #expect(try await code("") == "tokenMissing")
        #expect(try await code("nonsense") == "tokenInvalid")
        #expect(try await code(try await Server.sign(Self.person, expiresIn: -1)) == "tokenExpired")
        #expect(
            try await code(try await Server.sign(Self.person, secret: "another secret, just as long as the first"))
                == "tokenInvalid")
        #expect(try await code(try await Server.sign(Person(id: "a b", role: .coach))) == "tokenInvalid")
        #expect(try await code(try await Server.sign(Person(id: "a", email: "no address", role: .coach))) == "tokenInvalid")
        // Signed by nobody at all.
        let payload = Data(#"{"sub":"coach-1","role":"admin","exp":9999999999}"#.utf8).base64EncodedString()
        let header = Data(#"{"alg":"none"}"#.utf8).base64EncodedString()
        #expect(try await code("\(header).\(payload.replacing("=", with: "")).") == "tokenInvalid")
    }

    @Test func aRoleNobodyKnowsIsRefused() async throws {
        struct Claims: JWTPayload {
            var sub = "coach-1"
            var role = "owner"
            var exp = 9_999_999_999
            func verify(using algorithm: some JWTAlgorithm) throws {}
        }
        let keys = JWTKeyCollection()
        await keys.add(hmac: HMACKey(from: Server.secretText), digestAlgorithm: .sha256)
        #expect(try await code(try await keys.sign(Claims())) == "tokenInvalid")
    }

    @Test func anAudienceIsCheckedWhereOneIsWanted() async throws {
        let claims = PersonClaims(Self.person, expiresAt: .distantFuture)
        #expect(throws: SignInRefusal.self) { try claims.person(for: "calendar", now: .now) }
        var addressed = claims
        addressed.aud = AudienceClaim(value: ["other", "calendar"])
        #expect(try addressed.person(for: "calendar", now: .now).id == "coach-1")
        #expect(try claims.person(for: nil, now: .now).id == "coach-1")
    }

    @Test func withoutATokenNothingIsShown() async throws {
        try await Server.run { server in
            for path in ["/v1/sessions", "/v1/sessions/a", "/v1/google-calendar/connection"] {
                try await server.client.execute(uri: path, method: .get) { response in
                    #expect(response.status == .unauthorized)
                }
            }
        }
    }

    @Test func shortSecretsAreRefused() async {
        #expect(await TokenSecret("too short") == nil)
    }
}
