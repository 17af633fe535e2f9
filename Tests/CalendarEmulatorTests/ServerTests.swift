import AsyncHTTPClient
import Foundation
import Hummingbird
import NIOCore
import NIOHTTP1
import Testing

@testable import CalendarEmulator

@Suite("Over a real socket", .timeLimit(.minutes(1)))
struct ServerTests {
    /// A running server, as its clients know it.
    struct Site {
        var url: String

        func send(_ method: String, _ path: String, token: String? = nil, body: String = "") async throws -> (
            status: Int, json: JSON
        ) {
            var request = HTTPClientRequest(url: url + path)
            request.method = .init(rawValue: method)
            if let token { request.headers.add(name: "Authorization", value: "Bearer " + token) }
            if !body.isEmpty { request.body = .bytes(Array(body.utf8)) }
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
            let data = Data(try await response.body.collect(upTo: 4 << 20).readableBytesView)
            return (Int(response.status.code), (try? JSONParser.parse(data)) ?? .null)
        }

        func person() async throws -> String {
            let made = try await send("POST", "/emulator/users", body: #"{"email":"coach@example.com"}"#)
            return try #require(made.json["accessToken"]?.string)
        }
    }

    private func withServer(_ body: @Sendable @escaping (Site) async throws -> Void) async throws {
        let (ports, found) = AsyncStream.makeStream(of: Int.self)
        let server = EmulatorServer(emulator: Emulator(), port: 0) { found.yield($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            group.addTask {
                guard let port = await ports.first(where: { _ in true }) else { return }
                try await body(Site(url: "http://127.0.0.1:\(port)"))
            }
            try await group.next()
            group.cancelAll()
        }
    }

    @Test("The real port is told and stands in key files")
    func port() async throws {
        try await withServer { site in
            let file = try await site.send("POST", "/emulator/service-accounts", body: #"{"project":"loom","name":"sync"}"#)
            #expect(file.status == 201)
            #expect(file.json["token_uri"]?.string == site.url + "/token")
            let state = try await site.send("GET", "/emulator/state")
            #expect(state.json["origin"]?.string == site.url)
        }
    }

    @Test("Faults of the connection", arguments: [("reset", 404), ("afterCommit", 200), ("cut", 200)])
    func connection(_ effect: String, _ statusAfter: Int) async throws {
        try await withServer { site in
            let token = try await site.person()
            let path = "/calendar/v3/calendars/primary/events"
            _ = try await site.send(
                "POST", "/emulator/faults", body: #"{"effect":"\#(effect)","count":1,"method":"events.insert"}"#)
            await #expect(throws: (any Error).self) {
                try await site.send("POST", path, token: token, body: event(#""id":"first""#))
            }
            let after = try await site.send("GET", path + "/first", token: token)
            #expect(after.status == statusAfter)
        }
    }

    @Test("A delay holds one answer back and no other, and shutting down does not wait for it")
    func delay() async throws {
        try await withServer { site in
            let token = try await site.person()
            _ = try await site.send("POST", "/emulator/faults", body: #"{"delayMilliseconds":600000,"count":1}"#)
            await withTaskGroup(of: Void.self) { group in
                group.addTask { _ = try? await site.send("GET", "/calendar/v3/colors", token: token) }
                // The request has arrived once it is in the log; the next one is not held back.
                var seen = 0
                while seen == 0 {
                    seen = (try? await site.send("GET", "/emulator/requests"))?.json["items"]?.array?.count ?? 0
                }
                let next = try? await site.send("GET", "/calendar/v3/colors", token: token)
                #expect(next?.status == 200)
                group.cancelAll()
            }
        }
    }

    @Test("Bodies travel as gzip in both directions, cut ones too")
    func gzip() async throws {
        try await withServer { site in
            let token = try await site.person()
            var request = HTTPClientRequest(url: site.url + "/calendar/v3/calendars/primary/events")
            request.method = .POST
            request.headers.add(name: "Authorization", value: "Bearer " + token)
            request.headers.add(name: "Content-Encoding", value: "gzip")
            request.headers.add(name: "Accept-Encoding", value: "gzip")
            let long = event("\"description\":\"\(String(repeating: "long ", count: 1000))\"")
            request.body = .bytes(Array(try #require(Gzip.compress(Data(long.utf8)))))
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
            #expect(response.status == .ok)
            // The client unpacks it itself.
            #expect(response.headers["Content-Encoding"] == ["gzip"])
            let length = try #require(response.headers.first(name: "Content-Length").flatMap { Int($0) })
            #expect(length < 2000)
            let text = String(decoding: try await response.body.collect(upTo: 1 << 20).readableBytesView, as: UTF8.self)
            #expect(text.contains("long long"))
            _ = try await site.send("POST", "/emulator/faults", body: #"{"effect":"cut","count":1}"#)
            await #expect(throws: (any Error).self) {
                let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
                _ = try await response.body.collect(upTo: 1 << 20)
            }
        }
    }

    @Test("A batch may be larger than a body beside it")
    func largeBatch() async throws {
        try await withServer { site in
            var request = HTTPClientRequest(url: site.url + "/batch/calendar/v3")
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "multipart/mixed; boundary=b")
            // Five hundred times the same becomes so small that the client takes it for an attack.
            request.headers.add(name: "Accept-Encoding", value: "identity")
            let part = "--b\nContent-Type: application/http\n\nGET /calendar/v3/colors\n" + String(repeating: "\n", count: 3000)
            request.body = .bytes(Array((String(repeating: part, count: 500) + "--b--").utf8))
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
            #expect(response.status == .ok)
            let text = String(decoding: try await response.body.collect(upTo: 8 << 20).readableBytesView, as: UTF8.self)
            #expect(text.components(separatedBy: "HTTP/1.1 401").count == 501)
        }
    }

    @Test("A body beyond the limit is 413")
    func large() async throws {
        try await withServer { site in
            let body = String(repeating: " ", count: Emulator.maximumBodySize + 1)
            let refused = try await site.send("POST", "/emulator/users", body: body)
            #expect(refused.status == 413)
            let next = try await site.send("GET", "/emulator/state")
            #expect(next.status == 200)
        }
    }
}
