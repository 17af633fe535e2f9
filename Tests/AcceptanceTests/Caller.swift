import AsyncHTTPClient
import Foundation
import NIOHTTP1
import Testing

/// A session, as far as callers change it.
struct SessionState: Sendable, Equatable, CustomStringConvertible {
    var topic: String
    /// With an offset, as the API answers.
    var startsAt: String
    var isCancelled = false

    var description: String { "\(isCancelled ? "cancelled, " : "")\"\(topic)\" at \(startsAt)" }
}

/// What whoever made the calls knows of a session afterwards.
enum Belief: Sendable, Equatable {
    case acknowledged(SessionState)
    /// The last call was not answered, so it counts or it does not. The first is nil where it would have created the session.
    case eitherOr(SessionState?, SessionState)
}

/// One call about a session. Made twice it has the effect of being made once.
enum Change: Sendable {
    case put(SessionState)
    case edit(topic: String)
    case move(startsAt: String)
    case cancel

    func applied(to state: SessionState?) -> SessionState? {
        if case .put(let new) = self { return new }
        guard var state else { return nil }
        switch self {
        case .put: break
        case .edit(let topic): state.topic = topic
        case .move(let startsAt): state.startsAt = startsAt
        case .cancel: state.isCancelled = true
        }
        return state
    }

    var request: (method: HTTPMethod, body: String?) {
        switch self {
        case .put(let it):
            (
                .PUT,
                #"{"topic": "\#(it.topic)", "startsAt": "\#(it.startsAt)", "timeZone": "Europe/Berlin", "allowOverlap": true}"#
            )
        case .edit(let topic): (.PATCH, #"{"topic": "\#(topic)"}"#)
        case .move(let startsAt): (.PATCH, #"{"startsAt": "\#(startsAt)"}"#)
        case .cancel: (.DELETE, nil)
        }
    }
}

/// Somebody who makes one call after another about sessions that nobody else changes, and keeps account of what was acknowledged.
struct Caller: Sendable {
    static let mostSessions = 8
    static let callsInOneLife = 1...12

    let name: String
    let token: String
    let client: HTTPClient
    var random: SeededRandom
    private(set) var beliefs: [String: Belief] = [:]
    /// A call without an answer, to be repeated.
    private var unanswered: (id: String, change: Change)?

    init(name: String, token: String, client: HTTPClient, random: SeededRandom) {
        (self.name, self.token, self.client, self.random) = (name, token, client, random)
    }

    /// Makes a few calls to each server in turn, until there is no other.
    mutating func talk(to servers: AsyncStream<String>) async {
        for await url in servers {
            for _ in 0..<Int.random(in: Self.callsInOneLife, using: &random) {
                let (id, change) = unanswered ?? next()
                guard await make(change, of: id, at: url) else { break }
            }
        }
    }

    /// - Returns: whether there was an answer.
    private mutating func make(_ change: Change, of id: String, at url: String) async -> Bool {
        let before: SessionState? =
            switch beliefs[id] {
            case .acknowledged(let state): state
            case .eitherOr(let first, _): first
            case nil: nil
            }
        let after = change.applied(to: before)
        let (method, body) = change.request
        guard
            let answer = try? await call(
                method, "\(url)/v1/sessions/\(id)", body, token: token, timeout: .seconds(10), through: client)
        else {
            beliefs[id] = after.map { .eitherOr(before, $0) }
            // As a rule it is tried again; now and then it is left at that.
            unanswered = Int.random(in: 0..<5, using: &random) > 0 ? (id, change) : nil
            return false
        }
        unanswered = nil
        #expect(
            (200..<300).contains(answer.status),
            "\(method) of \(id), which is \(before.map { "\($0)" } ?? "new"): \(answer.text)")
        #expect(answer.session == after, "\(method) of \(id)")
        beliefs[id] = after.map { .acknowledged($0) }
        return true
    }

    private mutating func next() -> (String, Change) {
        let known = beliefs.compactMap { id, belief -> (id: String, state: SessionState)? in
            guard case .acknowledged(let state) = belief else { return nil }
            return (id, state)
        }.sorted { $0.id < $1.id }
        guard let chosen = known.randomElement(using: &random),
            known.count >= Self.mostSessions || Int.random(in: 0..<3, using: &random) > 0
        else { return ("\(name)-\(beliefs.count + 1)", .put(anyState())) }
        let any = anyState()
        return switch Int.random(in: 0..<10, using: &random) {
        case 0..<4: (chosen.id, .edit(topic: any.topic))
        case 4..<7: (chosen.id, .move(startsAt: any.startsAt))
        case 7..<9 where !chosen.state.isCancelled: (chosen.id, .cancel)
        default: (chosen.id, .put(any))
        }
    }

    private mutating func anyState() -> SessionState {
        let day = Int.random(in: 10...28, using: &random)
        let hour = Int.random(in: 10...20, using: &random)
        return SessionState(
            topic: "Topic \(Int.random(in: 0..<1_000_000, using: &random))", startsAt: "2027-02-\(day)T\(hour):00:00+01:00")
    }
}

extension Answer {
    /// The session that was answered.
    var session: SessionState? { SessionState(body) }
}

extension SessionState {
    /// Of the API's JSON.
    init?(_ json: [String: any Sendable]) {
        guard let topic = json["topic"] as? String, let startsAt = json["startsAt"] as? String,
            let status = json["status"] as? String
        else { return nil }
        self.init(topic: topic, startsAt: startsAt, isCancelled: status == "cancelled")
    }
}

/// SplitMix64: the same seed is the same run of numbers.
struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
