import Foundation

/// Something that goes wrong on purpose.
struct Fault: Sendable {
    enum Effect: String, Sendable, CaseIterable {
        /// An error is answered and nothing is done.
        case before
        /// The work is done, then the answer is lost: the connection closes, or with a `status` an error is answered.
        case afterCommit
        /// The connection closes without an answer and nothing is done.
        case reset
        /// The work is done and half the answer arrives.
        case cut
        /// A page of HTML instead of JSON, as proxies answer; nothing is done.
        case html
    }

    /// What can be named beside the methods of the API. `batch` is the request around the parts: a fault strikes it only
    /// by this name, since one that names nothing is meant for the parts.
    static let signInMethods = ["token", "revoke", "auth"]
    static let batchMethod = "batch"

    /// A method id such as `events.insert`, or one of the names above; nil for all.
    var method: String?
    /// Text that the decoded path of the request contains; nil for all.
    var path: String?
    var status: Int?
    var reason: String?
    /// How often it still strikes; nil until it is cleared.
    var remaining: Int?
    var probability: Double?
    var delay: Duration
    /// Nil for a mere delay.
    var effect: Effect?

    init(_ body: ControlBody) throws(ControlError) {
        try body.refuseOthers(
            than: ["method", "path", "status", "reason", "count", "probability", "delayMilliseconds", "effect"])
        if let name = try body.string("method") {
            let id = name.hasPrefix("calendar.") ? String(name.dropFirst("calendar.".count)) : name
            let others = Self.signInMethods + [Self.batchMethod]
            guard others.contains(id) || Route.table.contains(where: { $0.id == id }) else {
                throw ControlError(
                    "method \"\(name)\" is neither a method of the API nor one of \(others.joined(separator: ", "))")
            }
            method = id
        }
        path = try body.string("path")
        reason = try body.string("reason")
        status = try body.integer("status", in: 400...599)
        remaining = try body.integer("count", in: 1...1_000_000)
        probability = try body.number("probability", in: 0...1)
        delay = .milliseconds(try body.integer("delayMilliseconds", in: 0...600_000) ?? 0)
        let wanted = try body.string("effect")
        effect = wanted.flatMap(Effect.init)
        if let wanted, effect == nil {
            let known = Effect.allCases.map(\.rawValue).joined(separator: ", ")
            throw ControlError("effect \"\(wanted)\" is none of \(known)")
        }
        if effect == nil, status != nil || reason != nil { effect = .before }
        guard effect != nil || delay > .zero else {
            throw ControlError("a fault needs a status, a reason, an effect or delayMilliseconds")
        }
        try refuseIdleFields()
    }

    /// A wish that would have no effect is refused rather than taken and forgotten.
    private func refuseIdleFields() throws(ControlError) {
        if let effect, effect == .reset || effect == .cut, status != nil || reason != nil {
            throw ControlError("status and reason mean nothing with the effect \(effect.rawValue)")
        }
        if effect == .html, reason != nil { throw ControlError("reason means nothing with the effect html") }
        if let reason, status == nil, FaultErrors.status(of: reason) == nil {
            throw ControlError("reason \"\(reason)\" needs a status beside it")
        }
    }

    func strikes(method: String?, path: String) -> Bool {
        guard self.method == method || self.method == nil && method != Self.batchMethod else { return false }
        guard let wanted = self.path else { return true }
        return path.contains(wanted) || (path.removingPercentEncoding ?? path).contains(wanted)
    }
}

/// The faults in force, in the order in which they were set.
struct Faults: Sendable {
    private(set) var active: [(id: Int, fault: Fault)] = []
    private var lastID = 0

    mutating func add(_ fault: Fault) -> Int {
        lastID += 1
        active.append((lastID, fault))
        return lastID
    }

    mutating func clear() { active = [] }

    /// The first fault that strikes this request, if any; it counts down.
    mutating func next(method: String?, path: String, random: inout SeededRandom) -> (id: Int, fault: Fault)? {
        for index in active.indices where active[index].fault.strikes(method: method, path: path) {
            if let probability = active[index].fault.probability, Double.random(in: 0..<1, using: &random) >= probability {
                continue
            }
            let struck = active[index]
            if let remaining = struck.fault.remaining {
                if remaining > 1 { active[index].fault.remaining = remaining - 1 } else { active.remove(at: index) }
            }
            return struck
        }
        return nil
    }
}
