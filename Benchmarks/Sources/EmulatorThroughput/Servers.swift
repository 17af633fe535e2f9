import CalendarEmulator
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// As little as a Hummingbird server can do with a request that has a body: read it, and answer what stands ready. That is what
/// the emulator answers, headers and all.
enum BareServer {
    static func run(port: Int) async throws {
        let answer = try InsertedEvent().answer
        let body = ByteBuffer(bytes: answer.body)
        let responder = CallbackResponder<BasicRequestContext> { request, _ in
            _ = try await request.body.collect(upTo: Emulator.maximumBodySize)
            return Response(status: .ok, headers: answer.response.headerFields, body: ResponseBody(byteBuffer: body))
        }
        try await Application(
            responder: responder, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port))
        ).runService()
    }
}

func runEmulator(port: Int) async throws {
    try await EmulatorServer(emulator: Emulator(), port: port).runService()
}

/// The request that is measured, and what an emulator answers it.
struct InsertedEvent {
    static let path = "/calendar/v3/calendars/primary/events"
    static let body =
        #"{"summary": "Coaching Session", "description": "Goals for the quarter, and what stood in their way.", "#
        + #""location": "https://meet.example.com/room", "#
        + #""start": {"dateTime": "2026-11-03T10:00:00+01:00", "timeZone": "Europe/Berlin"}, "#
        + #""end": {"dateTime": "2026-11-03T11:00:00+01:00", "timeZone": "Europe/Berlin"}, "#
        + #""extendedProperties": {"private": {"sessionId": "session-1", "revision": "1"}}}"#

    let answer: Reply

    init() throws {
        let emulator = Emulator()
        let person = Data(#"{"email": "coach@example.com"}"#.utf8)
        let account = emulator.respond(
            to: HTTPRequest(method: .post, scheme: "http", authority: nil, path: "/emulator/users"), body: person)
        let token = try JSONDecoder().decode(Account.self, from: account.body).accessToken
        var request = HTTPRequest(method: .post, scheme: "http", authority: nil, path: Self.path)
        request.headerFields = [.authorization: "Bearer " + token, .contentType: "application/json"]
        answer = emulator.respond(to: request, body: Data(Self.body.utf8))
    }

    struct Account: Decodable {
        var accessToken: String
    }
}
