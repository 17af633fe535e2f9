import Foundation
import HTTPTypes
import OrderedCollections
import Testing

@testable import CalendarEmulator

@Suite("The token endpoint")
struct TokenEndpointTests {
    @Test("A good assertion becomes a bearer token that works")
    func success() throws {
        let google = Google()
        let holder = try KeyHolder(google)
        let answer = holder.exchange(try holder.assertion(holder.claims()))
        #expect(answer.status == 200)
        #expect(answer.json["expires_in"] == 3599)
        #expect(answer.json["token_type"] == "Bearer")
        let token = try #require(answer.json["access_token"]?.string)
        #expect(token.hasPrefix("ya29."))
        #expect(Client(google, token: token).call(.get, "users/me/calendarList").status == 200)
    }

    struct Refusal: CustomTestStringConvertible {
        var name: String
        var change: [String: JSON?]
        var error: String
        var description: String
        var testDescription: String { name }
    }

    static let now = Int64(Google.start.timeIntervalSince1970)
    static let window =
        "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim."
    static let refusals = [
        Refusal(
            name: "unknown account", change: ["iss": "nobody@loom.iam.gserviceaccount.com"], error: "invalid_grant",
            description: "Invalid grant: account not found"),
        Refusal(
            name: "no iat", change: ["iat": nil], error: "invalid_grant",
            description: "Invalid JWT: iat (issued at) is not set."),
        Refusal(
            name: "no exp", change: ["exp": nil], error: "invalid_grant",
            description: "Invalid JWT: exp (expiration time) is not set."),
        Refusal(
            name: "more than an hour", change: ["exp": .integer(now + 3601)], error: "invalid_grant", description: window),
        Refusal(
            name: "two hours old", change: ["iat": .integer(now - 7200), "exp": .integer(now - 3600)], error: "invalid_grant",
            description: window),
        Refusal(
            name: "from the future", change: ["iat": .integer(now + 3600), "exp": .integer(now + 7200)],
            error: "invalid_grant", description: window),
        Refusal(
            name: "no scope", change: ["scope": ""], error: "invalid_scope",
            description: "Invalid OAuth scope or ID token audience provided."),
        Refusal(
            name: "other audience", change: ["aud": "https://example.com/token"], error: "invalid_grant",
            description: "Invalid JWT: Failed audience check."),
        Refusal(
            name: "empty scope before wrong audience", change: ["scope": nil, "aud": "https://example.com/token"],
            error: "invalid_scope", description: "Invalid OAuth scope or ID token audience provided."),
        Refusal(
            name: "wrong times before empty scope", change: ["exp": .integer(now + 9999), "scope": nil],
            error: "invalid_grant", description: window),
        Refusal(
            name: "unknown subject", change: ["sub": "stranger@example.com"], error: "invalid_grant",
            description: "Invalid email or User ID"),
        Refusal(name: "malformed subject", change: ["sub": "coach"], error: "invalid_grant", description: "Not a valid email"),
    ]

    @Test("Claims are refused in Google's words and order", arguments: refusals)
    func refused(_ refusal: Refusal) throws {
        let holder = try KeyHolder(Google())
        let answer = holder.exchange(try holder.assertion(holder.claims(refusal.change)))
        #expect(answer.status == 400)
        #expect(answer.json["error"]?.string == refusal.error)
        #expect(answer.json["error_description"]?.string == refusal.description)
        #expect(answer.json["access_token"] == nil)
    }

    @Test(
        "Skew within reason is accepted",
        arguments: [(300, 3900), (-3600, 0)] as [(Int64, Int64)])
    func skew(issued: Int64, expires: Int64) throws {
        let holder = try KeyHolder(Google())
        let claims = holder.claims(["iat": .integer(Self.now + issued), "exp": .integer(Self.now + expires)])
        #expect(holder.exchange(try holder.assertion(claims)).status == 200)
    }

    @Test("A signature by another key, another algorithm or over other claims is refused")
    func signatures() throws {
        let holder = try KeyHolder(Google())
        let good = try holder.assertion(holder.claims())
        let other = try holder.assertion(holder.claims(["sub": "coach@example.com"]))
        let swapped = [good.split(separator: ".")[0], other.split(separator: ".")[1], good.split(separator: ".")[2]]
        for assertion in [
            try holder.assertion(holder.claims(), key: try Google.otherKey.get()),
            try holder.assertion(holder.claims(), algorithm: "none"),
            try holder.assertion(holder.claims(), algorithm: "RS512"),
            try holder.assertion(holder.claims(), keyID: "0123"),
            swapped.joined(separator: "."),
        ] {
            let answer = holder.exchange(assertion)
            #expect(answer.status == 400)
            #expect(answer.json["error_description"] == "Invalid JWT Signature.")
        }
    }

    @Test("What is no assertion is a bad request", arguments: ["", "a.b", "a.b.c", "e30.e30", "%00", "e30.W10.AAAA"])
    func undecodable(_ assertion: String) throws {
        let answer = try KeyHolder(Google()).exchange(assertion)
        #expect(answer.status == 400)
        #expect(answer.json["error"] == "invalid_request")
        #expect(answer.json["error_description"] == "Bad Request")
    }

    @Test("Padding, other alphabets, line breaks and second spellings are no base64url", arguments: ["=", "\n", " ", "+", "/"])
    func strict(_ extra: String) throws {
        let holder = try KeyHolder(Google())
        let good = try holder.assertion(holder.claims())
        #expect(
            holder.exchange((good + extra).addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "").status == 400)
        #expect(Data(base64URL: "QQ") == Data("A".utf8))
        for text in ["QQ==", "QR", "Q", "", "QQ" + extra] { #expect(Data(base64URL: text) == nil) }
    }

    @Test("Another grant is unsupported")
    func grant() throws {
        let holder = try KeyHolder(Google())
        let answer = holder.exchange(try holder.assertion(holder.claims()), grant: "password")
        #expect(answer.json["error"] == "unsupported_grant_type")
        #expect(answer.json["error_description"] == "Invalid grant_type: password")
    }

    @Test("This emulator's own token address is an audience too")
    func ownAudience() throws {
        let holder = try KeyHolder(Google())
        let claims = holder.claims(["aud": holder.file["token_uri"]])
        #expect(holder.file["token_uri"] == "http://127.0.0.1:8085/token")
        #expect(holder.exchange(try holder.assertion(claims)).status == 200)
    }

    @Test("A scope Google does not know gives an id token and no access token, with 200")
    func unknownScope() throws {
        let holder = try KeyHolder(Google())
        let scope: JSON = "https://www.googleapis.com/auth/calendar.everything"
        let answer = holder.exchange(try holder.assertion(holder.claims(["scope": scope])))
        #expect(answer.status == 200)
        #expect(answer.json.object?.keys.elements == ["id_token"])
    }

    @Test("Acting as a person needs delegation for the domain and every scope")
    func delegation() throws {
        let google = Google()
        _ = try google.person("coach@example.com")
        let calendar = "https://www.googleapis.com/auth/calendar"
        let delegations = [
            "": 401,
            #","delegatedScopes":["\#(calendar)"],"delegatedDomains":["example.org"]"#: 401,
            #","delegatedScopes":["\#(calendar).events"],"delegatedDomains":["example.com"]"#: 401,
            #","delegatedScopes":["\#(calendar)"],"delegatedDomains":["example.com"]"#: 200,
        ]
        for (index, (delegation, status)) in delegations.sorted(by: { $0.key < $1.key }).enumerated() {
            let holder = try KeyHolder(google, name: "sync\(index)", delegation: delegation)
            let answer = holder.exchange(try holder.assertion(holder.claims(["sub": "coach@example.com"])))
            #expect(answer.status == status, "\(delegation)")
            #expect(answer.json["error"]?.string == (status == 200 ? nil : "unauthorized_client"))
        }
        google.switches(#"{"unauthorizedClientStatus":400}"#)
        let holder = try KeyHolder(google, name: "last")
        #expect(holder.exchange(try holder.assertion(holder.claims(["sub": "coach@example.com"]))).status == 400)
    }

    @Test("A token expires by the emulator's clock")
    func expiry() throws {
        let google = Google()
        let client = try KeyHolder(google).client()
        google.advance(seconds: 3599)
        #expect(client.call(.get, "users/me/calendarList").status == 200)
        google.advance(seconds: 1)
        let late = client.call(.get, "users/me/calendarList")
        #expect(late.status == 401)
        #expect(late.reason == "authError")
    }

    @Test("A key file has every field of Google's")
    func keyFile() throws {
        let holder = try KeyHolder(Google())
        #expect(
            holder.file.object?.keys.elements == [
                "type", "project_id", "private_key_id", "private_key", "client_email", "client_id", "auth_uri", "token_uri",
                "auth_provider_x509_cert_url", "client_x509_cert_url", "universe_domain",
            ])
        #expect(holder.email == "sync@loom.iam.gserviceaccount.com")
        #expect(holder.file["private_key"]?.string?.hasPrefix("-----BEGIN PRIVATE KEY-----\n") == true)
        #expect(holder.keyID.count == 40)
    }

    @Test("The endpoint's clock can be ahead, so that good claims are out of their time")
    func clockSkew() throws {
        let google = Google()
        let holder = try KeyHolder(google)
        google.switches(#"{"tokenClockSkewSeconds":7200}"#)
        let late = holder.exchange(try holder.assertion(holder.claims()))
        #expect(late.status == 400)
        #expect(late.json["error_description"]?.string == Self.window)
        google.switches(#"{"tokenClockSkewSeconds":0}"#)
        #expect(holder.exchange(try holder.assertion(holder.claims())).status == 200)
    }

    @Test("An assertion that names no key is taken, unless a switch says no", arguments: [false, true])
    func missingKeyID(_ isRequired: Bool) throws {
        let google = Google()
        let holder = try KeyHolder(google)
        google.switches(#"{"keyIDRequired":\#(isRequired)}"#)
        let answer = holder.exchange(try holder.assertion(holder.claims(), namesKey: false))
        #expect(answer.status == (isRequired ? 400 : 200))
        #expect(answer.json["error_description"]?.string == (isRequired ? "Invalid JWT Signature." : nil))
        #expect(holder.exchange(try holder.assertion(holder.claims())).status == 200)
    }

    @Test("Acting as oneself is no delegation: attendees are refused all the same")
    func oneself() throws {
        let holder = try KeyHolder(Google())
        let client = try holder.client(subject: holder.email)
        #expect(client.call(.get, "calendars/primary").json["id"]?.string == holder.email)
        let answer = client.insert("primary", event(#""attendees":[{"email":"coach@example.com"}]"#))
        #expect(answer.reason == "forbiddenForServiceAccounts")
    }
}
