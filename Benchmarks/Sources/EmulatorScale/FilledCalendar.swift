import CalendarEmulator
import Foundation
import HTTPTypes

/// An emulator in process with one calendar and many events, eight a day from 2026 on.
struct FilledCalendar {
    private let emulator = Emulator()
    private var authorization = ""
    private(set) var count = 0
    private var patches = 0
    private var syncToken = ""
    private var answer = Data()

    init(count: Int) {
        let account = send(.post, "/emulator/users", #"{"email": "coach@example.com"}"#)
        authorization = "Bearer " + Self.value(of: "accessToken", in: account)
        fill(upTo: count)
    }

    mutating func fill(upTo wanted: Int) {
        while count < wanted {
            call(.post, "events", Self.body(count, id: Self.id(count)))
            count += 1
        }
    }

    /// Without an id: the usual way, Google chooses.
    func insert() { call(.post, "events", Self.body(count)) }

    func get(_ number: Int) { call(.get, "events/" + Self.id(number)) }

    /// Every time to another summary: what changes nothing is no change.
    mutating func patch(_ number: Int) {
        patches += 1
        call(.patch, "events/" + Self.id(number), #"{"summary": "Moved \#(patches)"}"#)
    }

    /// Reads the whole list, page by page, for the token at its end.
    mutating func readSyncToken() {
        var path = "events?maxResults=2500"
        while true {
            let page = call(.get, path)
            let next = Self.value(of: "nextPageToken", in: page)
            if next.isEmpty {
                syncToken = Self.value(of: "nextSyncToken", in: page)
                return
            }
            path = "events?maxResults=2500&pageToken=" + next
        }
    }

    mutating func listChanges() { answer = call(.get, "events?syncToken=" + syncToken) }

    /// Looks at the last list of changes; apart from making it, so that it is not measured.
    mutating func takeSyncToken(expecting changes: Int? = nil) {
        let events = String(decoding: answer, as: UTF8.self).components(separatedBy: #""kind": "calendar#event","#).count - 1
        precondition(events == changes ?? events, "a list of \(events) changes")
        syncToken = Self.value(of: "nextSyncToken", in: answer)
    }

    func listWeek() { call(.get, "events?timeMin=2030-03-04T00:00:00Z&timeMax=2030-03-11T00:00:00Z") }
    func search() { call(.get, "events?q=nothing%20has%20these%20words") }
    func listOrdered() { call(.get, "events?singleEvents=true&orderBy=startTime") }

    func queryFreeBusy() {
        let window = #""timeMin": "2030-03-04T00:00:00Z", "timeMax": "2030-03-11T00:00:00Z""#
        send(.post, "/calendar/v3/freeBusy", #"{\#(window), "items": [{"id": "primary"}]}"#)
    }

    /// A session of a coach, as a platform would send it.
    static func body(_ number: Int, id: String? = nil) -> String {
        let (day, hour) = (number / 8, 8 + number % 8)
        let date = Date(timeIntervalSince1970: 1_767_225_600 + Double(day) * 86_400).ISO8601Format(
            .iso8601.year().month().day())
        let time = { (hour: Int) in
            #"{"dateTime": "\#(date)T\#(hour < 10 ? "0" : "")\#(hour):00:00+01:00", "timeZone": "Europe/Berlin"}"#
        }
        return #"{\#(id.map { #""id": "\#($0)", "# } ?? "")"summary": "Coaching Session \#(number)", "#
            + #""description": "Goals for the quarter, and what stood in their way.", "location": "https://meet.example.com/\#(number)", "#
            + #""start": \#(time(hour)), "end": \#(time(hour + 1)), "#
            + #""extendedProperties": {"private": {"sessionId": "session-\#(number)", "revision": "1"}}}"#
    }

    private static func id(_ number: Int) -> String { "event\(number)" }

    /// The text after a key; empty when it is not there. Reading the whole answer would take longer than making it.
    private static func value(of key: String, in body: Data) -> String {
        let json = String(decoding: body, as: UTF8.self)
        guard let start = json.range(of: "\"\(key)\": \"") else { return "" }
        return String(json[start.upperBound...].prefix { $0 != "\"" })
    }

    @discardableResult
    private func call(_ method: HTTPRequest.Method, _ path: String, _ body: String = "") -> Data {
        send(method, "/calendar/v3/calendars/primary/" + path, body)
    }

    @discardableResult
    private func send(_ method: HTTPRequest.Method, _ path: String, _ body: String) -> Data {
        var request = HTTPRequest(method: method, scheme: "http", authority: nil, path: path)
        if !authorization.isEmpty { request.headerFields[.authorization] = authorization }
        let reply = emulator.respond(to: request, body: Data(body.utf8))
        precondition(reply.response.status.kind == .successful, "\(path): \(reply.response.status)")
        return reply.body
    }
}
