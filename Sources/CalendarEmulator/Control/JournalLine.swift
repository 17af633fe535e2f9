internal import CryptoExtras
import Foundation
import HTTPTypes

/// One line of a journal: a request, and what else its answer depended on.
struct JournalLine: Codable {
    /// The real clock, in milliseconds since 1970.
    var time: Int64
    /// Where the emulator was reached then; tokens are granted for this audience.
    var origin: String
    var method: String
    var scheme: String?
    var authority: String?
    var path: String
    /// Names and values, in order.
    var headers: [[String]]
    /// The body when it is UTF-8, otherwise `bytes` is.
    var text: String?
    var bytes: Data?
    /// The private key that was made for this request, in PEM.
    var key: String?
    /// Of the answer: a replay that comes to another one is not to be trusted.
    var status = 0

    init(_ request: HTTPRequest, body: Data, clock: Instant, origin: String) {
        time = clock.milliseconds
        self.origin = origin
        method = request.method.rawValue
        scheme = request.scheme
        authority = request.authority
        path = request.path ?? "/"
        headers = request.headerFields.map { [$0.name.rawName, $0.value] }
        text = String(validating: body, as: UTF8.self)
        if text == nil { bytes = body }
    }

    /// Nil when `line` is not one.
    init?(_ line: Data) {
        guard let decoded = try? JSONDecoder().decode(Self.self, from: line) else { return nil }
        self = decoded
    }

    func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }

    var request: HTTPRequest? {
        guard let method = HTTPRequest.Method(method) else { return nil }
        var request = HTTPRequest(method: method, scheme: scheme, authority: authority, path: path)
        for header in headers {
            guard header.count == 2, let name = HTTPField.Name(header[0]) else { return nil }
            request.headerFields.append(HTTPField(name: name, value: header[1]))
        }
        return request
    }

    var body: Data? { bytes ?? text.map { Data($0.utf8) } }

    var isReset: Bool { method == "POST" && status == 200 && Target(path).segments == ["emulator", "reset"] }

    func madeKey() throws -> _RSA.Signing.PrivateKey {
        guard let key else { throw JournalError("none was made then") }
        return try _RSA.Signing.PrivateKey(pemRepresentation: key)
    }

    /// Whether a request can leave a trace: everything but a look at pages and reports of the emulator's own.
    static func isNeeded(for request: HTTPRequest) -> Bool {
        isNeeded(for: request, target: Target(request.path ?? "/"))
    }

    static func isNeeded(for request: HTTPRequest, target: Target) -> Bool {
        switch target.segments.first {
        case "emulator": request.method != .get
        case "calendar", "token", "revoke", "o", "batch": true
        default: false
        }
    }
}

extension World {
    /// Answers after the request has been written down, so that no answer is heard that a restart could forget.
    mutating func respond(
        to request: HTTPRequest, body: Data, clock: Instant, makeKey: Emulator.KeyFactory, journal: Journal
    ) -> Reply {
        guard JournalLine.isNeeded(for: request), body.count <= Emulator.bodyLimit(forPath: request.path) else {
            return respond(to: request, body: body, clock: clock, makeKey: makeKey)
        }
        if let refusal = journal.refusal { return refusal }
        var line = JournalLine(request, body: body, clock: clock, origin: origin)
        let reply = respond(to: request, body: body, clock: clock) {
            let key = try makeKey()
            line.key = key.pkcs8PEMRepresentation
            return key
        }
        line.status = reply.response.status.code
        return journal.write(line, of: self) ?? reply
    }
}
