import CryptoExtras
import Foundation
import HTTPTypes
import OrderedCollections
import Synchronization
import Testing

@testable import CalendarEmulator

/// An emulator in process with a clock that stands until it is told otherwise.
final class Google: Sendable {
    /// 2026-11-02T09:00:00.250Z, a Monday.
    static let start = Date(timeIntervalSince1970: 1_793_610_000.25)
    /// Made once: a key takes long, and what it says does not matter to most tests.
    static let key = Result { try _RSA.Signing.PrivateKey(keySize: .bits2048) }
    static let otherKey = Result { try _RSA.Signing.PrivateKey(keySize: .bits2048) }

    let emulator: Emulator

    init(_ emulator: Emulator) { self.emulator = emulator }

    convenience init(seed: UInt64 = 0) {
        self.init(Emulator(seed: seed, now: { Self.start }, makeKey: { try Self.key.get() }))
    }

    @discardableResult
    func send(
        _ method: HTTPRequest.Method, _ path: String, token: String? = nil, headers: [String: String] = [:], body: String = ""
    ) -> Exchange {
        var request = HTTPRequest(method: method, scheme: "http", authority: nil, path: path)
        if let token { request.headerFields[.authorization] = "Bearer " + token }
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { request.headerFields[name] = value }
        }
        return Exchange(reply: emulator.respond(to: request, body: Data(body.utf8)))
    }

    @discardableResult
    func control(_ path: String, _ body: String = "") -> Exchange { send(.post, "/emulator/" + path, body: body) }

    /// A token of a new or known person.
    func person(_ email: String) throws -> String {
        try #require(control("users", #"{"email":"\#(email)"}"#).json["accessToken"]?.string)
    }

    func advance(seconds: Int) { control("clock", #"{"advanceSeconds":\#(seconds)}"#) }

    func switches(_ body: String) { #expect(control("switches", body).status == 200) }
}

/// What came back.
struct Exchange {
    var reply: Reply

    var status: Int { reply.response.status.code }
    var text: String { String(decoding: reply.body, as: UTF8.self) }
    var json: JSON { (try? JSONParser.parse(reply.body)) ?? .null }
    var reason: String? { json["error"]?["errors"]?.array?.first?["reason"]?.string }
    var message: String? { json["error"]?["message"]?.string }
    var items: [JSON] { json["items"]?.array ?? [] }
}

extension JSON {
    subscript(index: Int) -> JSON? {
        guard let array, array.indices.contains(index) else { return nil }
        return array[index]
    }
}

/// Somebody who calls the API.
struct Client {
    var google: Google
    var token: String

    init(_ google: Google, _ email: String) throws {
        self.google = google
        token = try google.person(email)
    }

    init(_ google: Google, token: String) {
        self.google = google
        self.token = token
    }

    @discardableResult
    func call(_ method: HTTPRequest.Method, _ path: String, _ body: String = "", headers: [String: String] = [:]) -> Exchange {
        google.send(method, "/calendar/v3/" + path, token: token, headers: headers, body: body)
    }

    /// A new calendar's id.
    func calendar(_ body: String = #"{"summary":"Coaching","timeZone":"Europe/Berlin"}"#) throws -> String {
        try #require(call(.post, "calendars", body).json["id"]?.string)
    }

    @discardableResult
    func share(_ calendar: String, with scope: String, as role: String) -> Exchange {
        call(.post, "calendars/\(calendar)/acl", #"{"role":"\#(role)","scope":\#(scope)}"#)
    }

    @discardableResult
    func insert(_ calendar: String, _ body: String) -> Exchange { call(.post, "calendars/\(calendar)/events", body) }
}

/// An event from 10 to 11 in Berlin on 3 November 2026, with more fields behind it.
func event(_ more: String = "") -> String {
    #"{"start":{"dateTime":"2026-11-03T10:00:00+01:00","timeZone":"Europe/Berlin"},"#
        + #""end":{"dateTime":"2026-11-03T11:00:00+01:00","timeZone":"Europe/Berlin"}"# + (more.isEmpty ? "" : "," + more) + "}"
}
