import OrderedCollections

/// One page of events.
struct EventPage {
    private(set) var events: [EventRecord] = []
    /// Where the next page starts; nil on the last one.
    private(set) var next: Cursor?

    /// Every event of the store has so many positions, for the instances it may have.
    private static let stride = 2 * (Recurrence.maximumCount + 1)

    /// - Parameter number: of a change, or the place of an event in its store.
    static func position(behind number: Int) -> Int { (number + 1) * stride }

    init(
        of store: EventStore, from start: Cursor, size: Int, orderBy: String?, expandsSeries: Bool, filter: EventFilter
    ) {
        let isIncremental = start.since != nil
        let admits = { (event: EventRecord) in filter.admits(event, in: store, isIncremental: isIncremental) }
        func fill(_ candidates: some Sequence<(position: Int, event: EventRecord)>) {
            for candidate in candidates where candidate.position > start.position && admits(candidate.event) {
                guard events.count < size else { return }
                events.append(candidate.event)
                next = start
                next?.position = candidate.position
                next?.isBehindEmptyPage = false
            }
            next = nil
        }
        func expanded(_ event: EventRecord) -> [EventRecord] {
            guard expandsSeries else { return [event] }
            if isIncremental { return store.changes(of: event, within: filter.window, zone: filter.zone) }
            if event.instance != nil { return [] }
            guard event.recurrence != nil else { return [event] }
            return store.instances(of: event, within: filter.window, zone: filter.zone)
        }
        /// Positions do not depend on what else is in the list, so that nothing is lost when it changes between two pages.
        func positioned(_ number: Int, _ event: EventRecord) -> [(position: Int, event: EventRecord)] {
            expanded(event).prefix(Self.stride - 1).enumerated().map { (number * Self.stride + $0.offset + 1, $0.element) }
        }
        let first = start.position / Self.stride
        if isIncremental {
            // By the number of the change: what changes meanwhile moves to a later page.
            fill(store.events(changedAfter: first - 1).lazy.flatMap { positioned($0.change, $0) })
        } else if let orderBy {
            let key = { (event: EventRecord) in
                orderBy == "updated" ? event.updated : event.start.instant(in: filter.zone)
            }
            let ordered = store.events.values.elements.flatMap(expanded).filter(admits)
                .sorted { (key($0), $0.id) < (key($1), $1.id) }
            fill(ordered.enumerated().lazy.map { ($0.offset + 1, $0.element) })
        } else {
            let all = store.events.values.elements
            fill(all.indices.dropFirst(first).lazy.flatMap { positioned($0, all[$0]) })
        }
    }
}
