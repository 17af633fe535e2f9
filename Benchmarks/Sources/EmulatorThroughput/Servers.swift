import CalendarEmulator
import Hummingbird
import NIOCore

/// As little as a Hummingbird server can do with a request that has a body.
enum BareServer {
    static func run(port: Int, answerSize: Int) async throws {
        let answer = ByteBuffer(repeating: UInt8(ascii: "x"), count: answerSize)
        let responder = CallbackResponder<BasicRequestContext> { request, _ in
            _ = try await request.body.collect(upTo: Emulator.maximumBodySize)
            return Response(
                status: .ok, headers: [.contentType: "application/json; charset=UTF-8"],
                body: ResponseBody(byteBuffer: answer))
        }
        try await Application(
            responder: responder, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port))
        ).runService()
    }
}

func runEmulator(port: Int) async throws {
    try await EmulatorServer(emulator: Emulator(), port: port).runService()
}
