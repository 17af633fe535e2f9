import Foundation
import HTTPTypes
import OrderedCollections
import Testing

@testable import CalendarEmulator

@Suite("Control calls are closed to other sites")
struct ControlGuardTests {
    let google = Google()

    private func send(
        _ method: HTTPRequest.Method = .post, host: String?, headers: [String: String] = [:], path: String = "switches",
        body: String = "{}"
    ) -> Int {
        var request = HTTPRequest(method: method, scheme: "http", authority: host, path: "/emulator/" + path)
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { request.headerFields[name] = value }
        }
        return google.emulator.respond(to: request, body: Data(body.utf8)).response.status.code
    }

    @Test(
        "Names of this machine and numbers are taken",
        arguments: [
            nil, "127.0.0.1:8085", "localhost:8085", "LOCALHOST", "emulator.localhost:1", "[::1]:8085", "192.168.0.7:8085",
        ])
    func own(_ host: String?) { #expect(send(host: host) == 200) }

    @Test(
        "Names that a site can point here are not",
        arguments: [
            "evil.example:8085", "localhost.evil.example", "127.0.0.1.evil.example", "emulator:8085", "", "1.2.3", "1.2.3.400",
        ])
    func others(_ host: String) {
        #expect(send(host: host) == 403)
        #expect(send(.get, host: host, path: "state", body: "") == 403)
    }

    @Test("The name it was started under is taken, and with every address so are names of containers")
    func configured() {
        google.emulator.setOrigin("http://calendar.example:8085")
        #expect(send(host: "calendar.example:8085") == 200)
        #expect(send(host: "other.example:8085") == 403)
        google.emulator.setOrigin("http://0.0.0.0:8085")
        #expect(send(host: "emulator:8085") == 200)
        #expect(send(host: "evil.example:8085") == 403)
    }

    @Test("An Origin must be this one")
    func origin() {
        #expect(send(host: "localhost:8085", headers: ["Origin": "http://localhost:8085"]) == 200)
        for origin in ["https://evil.example", "null", "http://localhost:9999", "http://127.0.0.1:8085", ""] {
            #expect(send(host: "localhost:8085", headers: ["Origin": origin]) == 403, "\(origin)")
        }
        #expect(send(host: nil, headers: ["Origin": "http://localhost:8085"]) == 403)
    }

    @Test("The type of a body does not matter: curl -d and others call it a form")
    func type() {
        for type in ["application/json", "text/plain", "application/x-www-form-urlencoded"] {
            #expect(send(host: nil, headers: ["Content-Type": type]) == 200)
        }
    }

    @Test(
        "A wrong method on a known path is told the right ones",
        arguments: [
            ("state", "POST", "GET"), ("faults", "GET", "POST, DELETE"), ("users", "DELETE", "POST"),
            ("users/coach@example.com", "GET", "PATCH, DELETE"), ("reset", "GET", "POST"),
            ("service-accounts/a/keys/b", "POST", "DELETE"), ("requests", "PUT", "GET"),
        ])
    func method(_ path: String, _ method: String, _ allowed: String) throws {
        let answer = google.send(try #require(HTTPRequest.Method(method)), "/emulator/" + path)
        #expect(answer.status == 405)
        #expect(answer.reply.response.headerFields[.allow] == allowed)
    }

    @Test("An unknown path is not found", arguments: ["", "nothing", "users/a/b", "calendars/a", "state/more"])
    func unknown(_ path: String) {
        let answer = google.send(.post, "/emulator/" + path)
        #expect(answer.status == 404)
        #expect(answer.reply.response.headerFields[.allow] == nil)
    }

    @Test("The API itself has no such rule")
    func api() throws {
        let token = try google.person("coach@example.com")
        var request = HTTPRequest(method: .get, scheme: "http", authority: "evil.example", path: "/calendar/v3/colors")
        request.headerFields[.authorization] = "Bearer " + token
        request.headerFields[.origin] = "https://app.example"
        #expect(google.emulator.respond(to: request, body: Data()).response.status.code == 200)
    }
}
