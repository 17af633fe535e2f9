/// Compares what callers were told with what the API says, and that with what Google has.
struct Verdict: Sendable {
    /// An event that is not deleted.
    struct Event: Sendable, Equatable {
        /// As its marker says.
        var sessionID: String?
        var topic: String
        var startsAt: String
    }

    var beliefs: [String: Belief]
    var sessions: [String: SessionState]
    var events: [Event]

    /// One sentence for each thing that must not be. Empty when everything is as it should be.
    var contradictions: [String] { brokenPromises + differences }

    private var brokenPromises: [String] {
        let unknown = sessions.keys.filter { beliefs[$0] == nil }.map { "nobody made session \($0)" }
        let broken = beliefs.compactMap { id, belief -> String? in
            let state = sessions[id]
            let possible: [SessionState?] =
                switch belief {
                case .acknowledged(let it): [it]
                case .eitherOr(let before, let after): [before, after]
                }
            if possible.contains(state) { return nil }
            let words = possible.map { $0.map { "\($0)" } ?? "none" }.joined(separator: " or ")
            return "session \(id) was to be \(words), and is \(state.map { "\($0)" } ?? "none")"
        }
        return (unknown + broken).sorted()
    }

    private var differences: [String] {
        let bySession = Dictionary(grouping: events, by: { $0.sessionID ?? "" })
        let unknown = bySession.keys.filter { sessions[$0] == nil }.map { "an event of session \"\($0)\", which is none" }
        let different = sessions.compactMap { id, state -> String? in
            let found = bySession[id] ?? []
            let wanted = state.isCancelled ? [] : [Event(sessionID: id, topic: state.topic, startsAt: state.startsAt)]
            return found == wanted ? nil : "session \(id) is \(state), and Google has \(found)"
        }
        return (unknown + different).sorted()
    }
}
