import Foundation
import HTTPTypes
import OrderedCollections
import Testing

@testable import CalendarEmulator

/// Facts 11.3 row 2: bare service accounts, delegation, users; and taking all of them away again.
@Suite("Principals")
struct PeopleTests {
    let google = Google()

    private func made(_ more: String = "") throws -> JSON {
        let made = google.control("users", #"{"email":"coach@example.com"\#(more)}"#)
        #expect(made.status == 201, "\(made.text)")
        return made.json
    }

    private func token(_ form: String, headers: [String: String] = [:]) -> Exchange {
        google.send(.post, "/token", headers: headers, body: form)
    }

    private func refresh(_ person: JSON, more: String = "", replacing changes: [String: String] = [:]) -> Exchange {
        let names = ["client_id", "client_secret", "refresh_token"]
        let pairs = names.map { $0 + "=" + (changes[$0] ?? (person[$0]?.string ?? "").replacing("/", with: "%2F")) }
        return token("grant_type=refresh_token&" + pairs.joined(separator: "&") + more)
    }

    @Test("A person comes with a token and with the credential of an authorized user")
    func credential() throws {
        let person = try made()
        #expect(
            person.object?.keys.elements == [
                "email", "accessToken", "type", "client_id", "client_secret", "refresh_token", "token_uri",
            ])
        #expect(person["type"] == "authorized_user")
        #expect(person["token_uri"] == "http://127.0.0.1:8085/token")
        let answer = refresh(person)
        #expect(answer.status == 200)
        #expect(answer.json.object?.keys.elements == ["access_token", "expires_in", "scope", "token_type"])
        #expect(answer.json["expires_in"] == 3599)
        #expect(answer.json["scope"]?.string?.split(separator: " ").count == Scopes.all.count)
        let client = Client(google, token: try #require(answer.json["access_token"]?.string))
        #expect(client.call(.get, "calendars/primary").json["id"] == "coach@example.com")
        google.advance(seconds: 3600)
        #expect(client.call(.get, "calendars/primary").status == 401)
        let forever = Client(google, token: try #require(person["accessToken"]?.string))
        #expect(forever.call(.get, "calendars/primary").status == 200)
        #expect(!google.send(.get, "/emulator/state").text.contains("GOCSPX"))
    }

    @Test("A person's token can have scopes and an end")
    func limited() throws {
        let person = try made(#","scopes":["calendar.readonly"],"expiresInSeconds":60"#)
        let client = Client(google, token: try #require(person["accessToken"]?.string))
        #expect(client.call(.get, "calendars/primary").status == 200)
        #expect(client.call(.post, "calendars", #"{"summary":"A"}"#).reason == "insufficientPermissions")
        #expect(refresh(person).json["scope"] == "https://www.googleapis.com/auth/calendar.readonly")
        google.advance(seconds: 60)
        #expect(client.call(.get, "calendars/primary").reason == "authError")
    }

    @Test(
        "Wrong scopes and lifetimes are refused", arguments: [#""scopes":["mail"]"#, #""scopes":[]"#, #""expiresInSeconds":0"#])
    func wrongWishes(_ wish: String) {
        #expect(google.control("users", #"{"email":"coach@example.com",\#(wish)}"#).status == 400)
        #expect(google.send(.get, "/emulator/state").json["users"] == [])
    }

    @Test("Scopes can be fewer, not more")
    func scopes() throws {
        let person = try made(#","scopes":["calendar.events","calendar.readonly"]"#)
        let prefix = "https://www.googleapis.com/auth/"
        let fewer = refresh(person, more: "&scope=\(prefix)calendar.events")
        #expect(fewer.json["scope"]?.string == prefix + "calendar.events")
        for more in ["calendar.events \(prefix)calendar", "mail"] {
            let refused = refresh(person, more: "&scope=\(prefix)\(more)".replacing(" ", with: "+"))
            #expect(refused.status == 400)
            #expect(refused.json["error"] == "invalid_scope")
        }
    }

    static let refusals: [([String: String], Int, String, String)] = [
        (["refresh_token": "1//nothing"], 400, "invalid_grant", "Token has been expired or revoked."),
        (["refresh_token": ""], 400, "invalid_request", "Missing required parameter: refresh_token"),
        (["client_secret": "wrong"], 401, "invalid_client", "The provided client secret is invalid."),
        (["client_id": "nobody"], 401, "invalid_client", "The OAuth client was not found."),
    ]

    @Test("Refresh tokens are refused in Google's words", arguments: refusals)
    func refused(_ changes: [String: String], _ status: Int, _ error: String, _ description: String) throws {
        let answer = refresh(try made(), replacing: changes)
        #expect(answer.status == status)
        #expect(answer.json["error"]?.string == error)
        #expect(answer.json["error_description"]?.string == description)
        #expect(answer.json["access_token"] == nil)
    }

    @Test("Another client's refresh token is no use, and clients may name themselves in a header")
    func otherClient() throws {
        let person = try made()
        let file = google.control("oauth-clients", #"{"project":"loom","name":"desk"}"#)
        #expect(file.status == 201)
        let client = try #require(file.json["installed"])
        #expect(client["token_uri"] == "http://127.0.0.1:8085/token")
        let (id, secret) = (client["client_id"]?.string ?? "", client["client_secret"]?.string ?? "")
        let basic = "Basic " + Data("\(id):\(secret)".utf8).base64EncodedString()
        let refresh = (person["refresh_token"]?.string ?? "").replacing("/", with: "%2F")
        let answer = token("grant_type=refresh_token&refresh_token=" + refresh, headers: ["Authorization": basic])
        #expect(answer.status == 401)
        #expect(answer.json["error"] == "unauthorized_client")
        #expect(token("grant_type=refresh_token&refresh_token=" + refresh).json["error"] == "invalid_request")
        #expect(google.control("oauth-clients", #"{"project":"loom","name":"desk"}"#).json == file.json)
    }

    @Test("Of a hundred and one refresh tokens of a person and client the first is void")
    func tooMany() throws {
        let people = try (0...100).map { _ in try made() }
        #expect(refresh(people[0]).json["error"] == "invalid_grant")
        #expect(refresh(people[1]).status == 200)
        #expect(refresh(people[100]).status == 200)
    }

    @Test("Revoking one token of a consent revokes the others", arguments: ["accessToken", "refresh_token", "access_token"])
    func revoke(_ name: String) throws {
        let person = try made()
        let other = try made()
        let fresh = try #require(refresh(person).json["access_token"]?.string)
        let token = name == "access_token" ? fresh : person[name]?.string ?? ""
        let form = "token=" + token.replacing("/", with: "%2F")
        let answer = name == "accessToken" ? google.send(.post, "/revoke?" + form) : google.send(.post, "/revoke", body: form)
        #expect(answer.status == 200)
        #expect(refresh(person).json["error"] == "invalid_grant")
        for dead in [fresh, person["accessToken"]?.string ?? ""] {
            #expect(Client(google, token: dead).call(.get, "colors").reason == "authError")
        }
        #expect(refresh(other).status == 200)
        let again = google.send(.post, "/revoke", body: form)
        #expect(again.status == 400)
        #expect(again.json["error"] == "invalid_token")
        #expect(google.send(.post, "/revoke").json["error"] == "invalid_request")
    }

    @Test("An expired token cannot be revoked")
    func revokeExpired() throws {
        let client = try KeyHolder(google).client()
        google.advance(seconds: 3600)
        #expect(google.send(.post, "/revoke?token=" + client.token).status == 400)
    }

    @Test("A deleted service account is gone with its tokens, those for people too")
    func deletedAccount() throws {
        _ = try made()
        let scope = "https://www.googleapis.com/auth/calendar"
        let holder = try KeyHolder(
            google, delegation: #","delegatedScopes":["\#(scope)"],"delegatedDomains":["example.com"]"#)
        let (bare, delegated) = (try holder.client(), try holder.client(subject: "coach@example.com"))
        let other = try KeyHolder(google, name: "other").client()
        let (own, asCoach) = (try bare.calendar(), try delegated.calendar())
        let path = "/emulator/service-accounts/" + holder.email
        #expect(google.send(.delete, path).status == 204)
        #expect(bare.call(.get, "colors").reason == "authError")
        #expect(delegated.call(.get, "colors").reason == "authError")
        #expect(other.call(.get, "colors").status == 200)
        let answer = holder.exchange(try holder.assertion(holder.claims()))
        #expect(answer.json["error_description"] == "Invalid grant: account not found")
        let held = google.send(.get, "/emulator/state").json["calendars"]?.array?.compactMap { $0["id"]?.string } ?? []
        #expect(!held.contains(own))
        #expect(!held.contains(holder.email))
        #expect(held.contains(asCoach))
        #expect(google.send(.delete, path).status == 404)
    }

    @Test("What becomes of a deleted account's calendars is a switch")
    func keptCalendars() throws {
        google.switches(#"{"accountDeletionDeletesCalendars":false}"#)
        let holder = try KeyHolder(google)
        let client = try holder.client()
        let calendar = try client.calendar()
        let reader = try Client(google, "reader@example.com")
        client.share(calendar, with: #"{"type":"user","value":"reader@example.com"}"#, as: "reader")
        google.send(.delete, "/emulator/service-accounts/" + holder.email)
        #expect(reader.call(.get, "calendars/" + calendar).status == 200)
    }

    @Test("A deleted key signs nothing any more; what it has signed stays good")
    func deletedKey() throws {
        let holder = try KeyHolder(google)
        let client = try holder.client()
        let second = try KeyHolder(google)
        let path = "/emulator/service-accounts/\(holder.email)/keys/"
        #expect(google.send(.delete, path + holder.keyID).status == 204)
        #expect(client.call(.get, "colors").status == 200)
        let answer = holder.exchange(try holder.assertion(holder.claims()))
        #expect(answer.json["error_description"] == "Invalid JWT Signature.")
        #expect(try second.client().call(.get, "colors").status == 200)
        #expect(google.send(.delete, path + holder.keyID).status == 404)
    }

    @Test("A deleted person is gone with calendars and tokens, and a new one of that name starts anew")
    func deletedPerson() throws {
        let person = try made()
        let client = Client(google, token: person["accessToken"]?.string ?? "")
        let calendar = try client.calendar()
        let reader = try Client(google, "reader@example.com")
        for id in [calendar, "coach@example.com"] {
            client.share(id, with: #"{"type":"user","value":"reader@example.com"}"#, as: "reader")
            #expect(reader.call(.post, "users/me/calendarList", #"{"id":"\#(id)"}"#).status == 200)
        }
        client.insert("primary", event(#""id":"first""#))
        #expect(google.send(.delete, "/emulator/users/coach@example.com").status == 204)
        #expect(client.call(.get, "colors").reason == "authError")
        #expect(refresh(person).json["error"] == "invalid_grant")
        #expect(reader.call(.get, "calendars/" + calendar).status == 404)
        #expect(reader.call(.get, "users/me/calendarList").items.compactMap { $0["id"]?.string } == ["reader@example.com"])
        let again = try Client(google, "coach@example.com")
        #expect(again.call(.get, "calendars/primary/events").items.isEmpty)
        #expect(refresh(person).json["error"] == "invalid_grant")
        #expect(google.send(.delete, "/emulator/users/nobody@example.com").status == 404)
    }

    @Test("Tokens of lists of a deleted person are void for the one who comes after, and settings are the usual ones")
    func reborn() throws {
        let old = try Client(google, "coach@example.com")
        let lists = ["users/me/calendarList", "users/me/settings", "calendars/primary/acl", "calendars/primary/events"]
        let tokens = lists.map { old.call(.get, $0).json["nextSyncToken"]?.string ?? "" }
        google.control("settings", #"{"email":"coach@example.com","id":"weekStart","value":"1"}"#)
        #expect(google.send(.delete, "/emulator/users/coach@example.com").status == 204)
        let new = try Client(google, "coach@example.com")
        for (list, token) in zip(lists, tokens) {
            #expect(!token.isEmpty)
            #expect(new.call(.get, "\(list)?syncToken=\(token)").status == 410, "\(list)")
        }
        #expect(new.call(.get, "users/me/settings/weekStart").json["value"] == "0")
    }

    @Test("Of the tokens that came with a person the last hundred are good, and of all the mails the last are kept")
    func bounds() throws {
        let first = try Client(google, "coach@example.com")
        let second = try Client(google, "coach@example.com")
        for _ in 1...98 { _ = try google.person("coach@example.com") }
        let other = try Client(google, "other@example.com")
        #expect(first.call(.get, "colors").status == 200)
        let last = try Client(google, "coach@example.com")
        #expect(first.call(.get, "colors").status == 401)
        for client in [second, last, other] { #expect(client.call(.get, "colors").status == 200) }
        for index in 1...10_010 {
            last.share("primary", with: #"{"type":"user","value":"a\#(index)@example.com"}"#, as: "reader")
        }
        let mails = try #require(google.send(.get, "/emulator/state").json["mails"]?.array)
        #expect(mails.count == 10_000)
        #expect(mails.first?["to"] == "a11@example.com")
        #expect(mails.last?["to"] == "a10010@example.com")
    }

    @Test("A suspended person's tokens sleep")
    func disabled() throws {
        let person = try made()
        let client = Client(google, token: person["accessToken"]?.string ?? "")
        let scope = "https://www.googleapis.com/auth/calendar"
        let holder = try KeyHolder(
            google, delegation: #","delegatedScopes":["\#(scope)"],"delegatedDomains":["example.com"]"#)
        let path = "/emulator/users/coach@example.com"
        #expect(google.send(.patch, path, body: #"{"disabled":true}"#).json["disabled"] == true)
        #expect(client.call(.get, "colors").reason == "authError")
        #expect(refresh(person).json["error"] == "invalid_grant")
        let answer = holder.exchange(try holder.assertion(holder.claims(["sub": "coach@example.com"])))
        #expect(answer.json["error_description"] == "Invalid email or User ID")
        #expect(google.send(.patch, path, body: #"{"disabled":false,"admin":true}"#).json["admin"] == true)
        #expect(client.call(.get, "colors").status == 200)
        #expect(refresh(person).status == 200)
        #expect(google.send(.patch, path, body: #"{"age":3}"#).status == 400)
    }

    @Test("All tokens of somebody can be revoked at once, in the middle of a run")
    func revokeAll() throws {
        let person = try made()
        let holder = try KeyHolder(google)
        let client = try holder.client()
        #expect(google.control("tokens/revoke", #"{"email":"\#(holder.email)"}"#).json["revoked"] == 1)
        #expect(client.call(.get, "colors").reason == "authError")
        #expect(try holder.client().call(.get, "colors").status == 200)
        #expect(google.control("tokens/revoke", #"{"email":"coach@example.com"}"#).json["revoked"] == 2)
        #expect(refresh(person).json["error"] == "invalid_grant")
        #expect(google.control("tokens/revoke", #"{"email":"nobody@example.com"}"#).status == 400)
    }

    @Test("A calendar can be unshared behind a client's back")
    func unshare() throws {
        let coach = try Client(google, "coach@example.com")
        let reader = try Client(google, "reader@example.com")
        coach.share("primary", with: #"{"type":"user","value":"reader@example.com"}"#, as: "writer")
        #expect(reader.insert("coach@example.com", event()).status == 200)
        let path = "/emulator/calendars/coach@example.com/acl/user:"
        #expect(google.send(.delete, path + "reader@example.com").status == 204)
        #expect(reader.insert("coach@example.com", event()).reason == "notFound")
        #expect(google.send(.delete, path + "reader@example.com").status == 404)
        #expect(google.send(.delete, path + "coach@example.com").status == 409)
    }
}
