import Foundation
import HTTPTypes
import Testing

@testable import CalendarEmulator

@Suite("Bodies travel as gzip")
struct GzipTests {
    @Test("What was compressed comes back", arguments: [0, 1, 1000, 70_000, 3_000_000])
    func roundTrip(_ size: Int) throws {
        var random = SeededRandom(seed: UInt64(size))
        let data = Data((0..<size).map { _ in UInt8.random(in: 0...15, using: &random) })
        let compressed = try #require(Gzip.compress(data))
        #expect(compressed.starts(with: [0x1F, 0x8B]))
        #expect(try Gzip.decompress(compressed, limit: size) == data)
        if size > 0 { #expect(throws: Gzip.Failure.tooLarge) { try Gzip.decompress(compressed, limit: size - 1) } }
    }

    @Test("What is none is refused")
    func malformed() throws {
        let good = try #require(Gzip.compress(Data("text".utf8)))
        var broken = good
        broken[broken.count - 6] ^= 1
        for data in [Data(), Data("text".utf8), good.dropLast(), good.prefix(5), good + [0], broken] {
            #expect(throws: Gzip.Failure.malformed) { try Gzip.decompress(Data(data), limit: 100) }
        }
    }

    private func request(accepting: String? = nil, coding: String? = nil) -> HTTPRequest {
        var request = HTTPRequest(method: .post, scheme: "http", authority: nil, path: "/calendar/v3/calendars")
        request.headerFields[.acceptEncoding] = accepting
        request.headerFields[.contentEncoding] = coding
        return request
    }

    private func reply(_ size: Int, _ delivery: Reply.Delivery = .complete) -> Reply {
        Reply(response: .init(status: .ok), body: Data(repeating: 65, count: size), delivery: delivery)
    }

    @Test(
        "An answer is compressed for those who take it",
        arguments: [
            ("gzip", true), ("deflate, GZIP;q=0.5", true), ("*", true), ("gzip;q=0, *", false), ("br", false), ("", false),
            ("*;q=0", false), (",;", false),
        ])
    func accepted(_ header: String, _ isCompressed: Bool) throws {
        let encoded = ContentCoding.encoded(reply(5000), for: request(accepting: header))
        #expect((encoded.response.headerFields[.contentEncoding] == "gzip") == isCompressed)
        if isCompressed { #expect(try Gzip.decompress(encoded.body, limit: 5000) == reply(5000).body) }
        #expect(ContentCoding.encoded(reply(100), for: request(accepting: header)).body.count == 100)
    }

    @Test("Faults of the connection keep their meaning")
    func faults() {
        let wants = request(accepting: "gzip")
        let cut = ContentCoding.encoded(reply(5000, .cut(afterBytes: 2500)), for: wants)
        #expect(cut.delivery == .cut(afterBytes: cut.body.count / 2))
        #expect(ContentCoding.encoded(reply(5000, .reset), for: wants).body.count == 5000)
    }

    @Test("A request is unpacked before it is read, within its limit")
    func requests() throws {
        let body = Data("{}".utf8)
        let packed = try #require(Gzip.compress(body))
        let plain = try ContentCoding.decoded(request(coding: "gzip"), body: packed).get()
        #expect(plain.1 == body)
        #expect(plain.0.headerFields[.contentEncoding] == nil)
        let bomb = try #require(Gzip.compress(Data(count: Emulator.maximumBodySize + 1)))
        let cases: [(String, Data, Int)] = [("gzip", bomb, 413), ("gzip", body, 400), ("br", body, 400)]
        for (coding, body, status) in cases {
            guard case .failure(let refused) = ContentCoding.decoded(request(coding: coding), body: body) else {
                Issue.record("\(coding) was taken")
                continue
            }
            #expect(refused.reply.response.status.code == status)
        }
    }
}
