import Crypto
import Foundation
import HTTPTypes
import OrderedCollections
import Testing

@testable import CalendarEmulator

/// An installed application asks a person, as Google's own libraries do it.
@Suite("The consent page")
struct ConsentTests {
    let google = Google()
    let client: JSON

    init() throws {
        client = try #require(
            google.control("oauth-clients", #"{"project":"loom","name":"desk"}"#).json["installed"])
        _ = google.control("users", #"{"email":"coach@example.com","name":"<b>Coach</b>"}"#)
    }

    private var id: String { client["client_id"]?.string ?? "" }

    private func path(_ changes: [String: String?] = [:], more: String = "") -> String {
        var query: OrderedDictionary<String, String> = [
            "client_id": id, "redirect_uri": "http://localhost:8099/", "response_type": "code",
            "scope": "https://www.googleapis.com/auth/calendar", "state": "a%20b%26",
        ]
        for (name, value) in changes { query[name] = value }
        return "/o/oauth2/auth?" + query.map { $0.key + "=" + $0.value }.joined(separator: "&") + more
    }

    /// What the browser is sent to after a person was chosen.
    private func choose(_ path: String, _ form: String = "email=coach%40example.com") throws -> Target {
        let answer = google.send(.post, path, body: form)
        #expect(answer.status == 302, "\(answer.text)")
        return Target(try #require(answer.reply.response.headerFields[.location]))
    }

    private func exchange(_ code: String?, _ changes: [String: String?] = [:]) -> Exchange {
        var form: OrderedDictionary<String, String> = [
            "grant_type": "authorization_code", "client_id": id, "client_secret": client["client_secret"]?.string ?? "",
            "code": (code ?? "").replacing("/", with: "%2F"), "redirect_uri": "http://localhost:8099/",
        ]
        for (name, value) in changes { form[name] = value }
        return google.send(.post, "/token", body: form.map { $0.key + "=" + $0.value }.joined(separator: "&"))
    }

    @Test("It lists the people, and the chosen one's code becomes tokens")
    func flow() throws {
        let page = google.send(.get, path())
        #expect(page.status == 200)
        #expect(page.text.contains("coach@example.com"))
        #expect(!page.text.contains("<b>Coach"))
        let target = try choose(path())
        #expect(target.path == "http://localhost:8099/")
        #expect(target.query["state"] == "a b&")
        #expect(target.query["scope"] == "https://www.googleapis.com/auth/calendar")
        let answer = exchange(target.query["code"])
        #expect(answer.status == 200)
        #expect(
            answer.json.object?.keys.elements == ["access_token", "expires_in", "scope", "token_type", "refresh_token"])
        let token = try #require(answer.json["access_token"]?.string)
        #expect(Client(google, token: token).call(.get, "calendars/primary").json["id"] == "coach@example.com")
        #expect(exchange(target.query["code"]).json["error"] == "invalid_grant")
        let log = google.send(.get, "/emulator/requests")
        #expect(log.items.compactMap { $0["api"]?.string } == ["auth", "auth", "token", "calendars.get", "token"])
        #expect(!log.text.contains("4/0"))
    }

    @Test("Its project is the client's, so that quotas are")
    func project() throws {
        let token = exchange(try choose(path()).query["code"]).json["access_token"]?.string
        google.switches(#"{"disabledProjects":["loom"]}"#)
        #expect(Client(google, token: token ?? "").call(.get, "colors").reason == "accessNotConfigured")
    }

    @Test("Without a browser: prompt=none and login_hint")
    func hint() {
        let answer = google.send(.get, path(more: "&prompt=none&login_hint=coach%40example.com"))
        #expect(answer.status == 302)
        #expect(google.send(.get, path(more: "&prompt=none&login_hint=x%40example.com")).status == 400)
    }

    @Test("A person can say no")
    func denied() throws {
        let target = try choose(path(), "denied=1")
        #expect(target.query["error"] == "access_denied")
        #expect(target.query["code"] == nil)
        #expect(target.query["state"] == "a b&")
    }

    @Test(
        "What Google shows as an error goes to no client",
        arguments: [
            (["redirect_uri": "https://evil.example/"], "redirect_uri_mismatch"),
            (["redirect_uri": "http://localhost@evil.example/"], "redirect_uri_mismatch"),
            (["redirect_uri": "http://localhost.evil.example/"], "redirect_uri_mismatch"),
            (["redirect_uri": "urn:ietf:wg:oauth:2.0:oob"], "redirect_uri_mismatch"),
            (["redirect_uri": nil], "redirect_uri_mismatch"), (["client_id": "nobody"], "invalid_client"),
            (["response_type": "token"], "unsupported_response_type"), (["scope": "mail"], "invalid_scope"),
            (["scope": nil], "invalid_scope"), (["code_challenge": "short"], "invalid_request"),
        ] as [([String: String?], String)])
    func problems(_ changes: [String: String?], _ name: String) {
        for answer in [
            google.send(.get, path(changes)), google.send(.post, path(changes), body: "email=coach%40example.com"),
        ] {
            #expect(answer.status == (name == "invalid_client" ? 401 : 400))
            #expect(answer.text.contains(name))
            #expect(answer.reply.response.headerFields[.location] == nil)
        }
    }

    @Test("Other sites cannot choose")
    func otherSite() {
        let answer = google.send(
            .post, path(), headers: ["Origin": "https://evil.example"], body: "email=coach%40example.com")
        #expect(answer.status == 403)
    }

    @Test("A code is good for its client, address and verifier alone, once and for ten minutes")
    func codes() throws {
        let verifier = String(repeating: "v", count: 43)
        let challenge = Data(SHA256.hash(data: Data(verifier.utf8))).base64URL
        let proof = path(more: "&code_challenge=\(challenge)&code_challenge_method=S256")
        let code = { try choose(proof).query["code"] }
        #expect(exchange(try code(), ["code_verifier": verifier]).status == 200)
        #expect(exchange(try code()).json["error_description"] == "Missing code verifier.")
        let wrong = exchange(try code(), ["code_verifier": verifier + "v"])
        #expect(wrong.json["error_description"] == "Invalid code verifier.")
        let plain = path(more: "&code_challenge=" + verifier)
        #expect(exchange(try choose(plain).query["code"], ["code_verifier": verifier]).status == 200)
        #expect(exchange(try choose(plain).query["code"], ["code_verifier": challenge]).status == 400)
        let elsewhere = exchange(try code(), ["code_verifier": verifier, "redirect_uri": "http://localhost:1/"])
        #expect(elsewhere.json["error"] == "redirect_uri_mismatch")
        #expect(exchange("4/nothing").json["error"] == "invalid_grant")
        #expect(exchange(nil).json["error"] == "invalid_request")
        let late = try code()
        google.advance(seconds: 600)
        #expect(exchange(late, ["code_verifier": verifier]).json["error"] == "invalid_grant")
    }
}
