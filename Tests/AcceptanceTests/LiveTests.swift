import AsyncHTTPClient
import Foundation
import NIOCore
import Testing

/// Changes as they come, over HTTP.
@Suite(.serialized) struct LiveTests {
    @Test(.timeLimit(.minutes(1))) func whoListensSeesASessionLand() async throws {
        let deployment = try await Deployment()
        let server = try await deployment.serve()
        try await server.connect()
        var request = HTTPClientRequest(url: server.url + "/v1/live")
        #expect(try await HTTPClient.shared.execute(request, timeout: .seconds(10)).status == .unauthorized)
        request.headers.add(name: "Authorization", value: "Bearer \(server.token)")
        let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        #expect(answer.status == .ok)
        #expect(answer.headers.first(name: "Content-Type")?.hasPrefix("text/event-stream") == true)
        var text = ""
        var hasPut = false
        for try await part in answer.body {
            text += String(buffer: part)
            if !hasPut {
                hasPut = true
                // Heard from here on.
                try await Task.sleep(for: .seconds(1))
                _ = try await server.put("s-1", #""privateNotes": "CANARY""#)
            }
            if text.contains(#""status":"synced""#) { break }
        }
        #expect(text.contains("event: session\ndata: {"))
        #expect(text.contains(#""id":"s-1""#))
        #expect(text.firstMatch(of: /id: \d+\n/) != nil)
        // A stream that is open keeps no server from stopping.
        let listening = Task {
            let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
            for try await _ in answer.body {}
        }
        try await Task.sleep(for: .seconds(1))
        server.program.terminate()
        #expect(try await server.program.ended().status == 0)
        _ = await listening.result
        #expect(!server.program.everythingWritten.contains("CANARY"))
    }
}
