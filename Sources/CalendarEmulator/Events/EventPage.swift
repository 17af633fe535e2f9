import OrderedCollections

/// One page of events.
struct EventPage {
    /// What is asked for, the same for all pages.
    struct Question {
        var filter: EventFilter
        /// `startTime`, `updated` or nothing.
        var orderBy: String?
        /// `singleEvents`: instances instead of series.
        var expandsSeries: Bool
        var admits: (EventRecord) -> Bool
    }

    private(set) var events: [EventRecord] = []
    /// Where the next page starts; nil on the last one.
    private(set) var next: Cursor?

    private let question: Question

    init(of store: EventStore, from start: Cursor, size: Int, _ question: Question) {
        self.question = question
        if start.since != nil {
            fillWithChanges(of: store, from: start, size: size)
        } else if let order = question.orderBy {
            fillSorted(store, by: order, from: start, size: size)
        } else {
            fillInPlace(store, from: start, size: size)
        }
    }

    // MARK: - In the order of the store, or of the changes

    /// Every event of the store has so many positions, for the instances it may have. So positions do not depend on what else
    /// is in the list, and nothing is lost when it changes between two pages.
    private static let stride = 2 * (Recurrence.maximumCount + 1)

    /// - Parameter number: of a change, or the place of an event in its store.
    static func position(behind number: Int) -> Int { (number + 1) * stride }

    private mutating func fillInPlace(_ store: EventStore, from start: Cursor, size: Int) {
        let all = store.events.values.elements
        for number in all.indices.dropFirst(start.position / Self.stride) {
            guard take(expanded(all[number], in: store), number: number, from: start, size: size) else { return }
        }
        next = nil
    }

    /// By the number of the change: what changes meanwhile moves to a later page. Instances are told of the time that the first
    /// list was about.
    private mutating func fillWithChanges(of store: EventStore, from start: Cursor, size: Int) {
        let window = Window(
            min: start.windowMin.map { Instant(milliseconds: $0) }, max: start.windowMax.map { Instant(milliseconds: $0) })
        for event in store.events(changedAfter: start.position / Self.stride - 1) {
            let told = question.expandsSeries ? store.changes(of: event, within: window, zone: question.filter.zone) : [event]
            guard take(told, number: event.change, from: start, size: size) else { return }
        }
        next = nil
    }

    /// - Returns: whether there is room for more.
    private mutating func take(_ candidates: [EventRecord], number: Int, from start: Cursor, size: Int) -> Bool {
        for (offset, event) in candidates.prefix(Self.stride - 1).enumerated() {
            let position = number * Self.stride + offset + 1
            guard position > start.position, question.admits(event) else { continue }
            guard events.count < size else { return false }
            events.append(event)
            next = start
            next?.position = position
            next?.isBehindEmptyPage = false
        }
        return true
    }

    private func expanded(
        _ event: EventRecord, in store: EventStore, from: Instant? = nil, wanted: Int = .max
    ) -> [EventRecord] {
        guard question.expandsSeries else { return [event] }
        if store.isShownBySeries(event) { return [] }
        guard event.recurrence != nil else { return [event] }
        let (window, zone) = (question.filter.window, question.filter.zone)
        return store.instances(of: event, within: window, zone: zone, from: from, wanted: wanted)
    }

    // MARK: - Sorted

    /// Continues behind the last one of the page before, whatever has come or gone since.
    private mutating func fillSorted(_ store: EventStore, by order: String, from start: Cursor, size: Int) {
        let zone = question.filter.zone
        let isByStart = order == "startTime"
        var found: [(key: SortKey, event: EventRecord)] = []
        for event in store.events.values.elements {
            // Of a series no more instances than fit on the page can be among the next ones.
            let candidates =
                isByStart
                ? expanded(event, in: store, from: start.last?.time, wanted: size + 2) : expanded(event, in: store)
            for one in candidates where question.admits(one) {
                let key = SortKey(time: isByStart ? one.start.instant(in: zone) : one.updated, id: one.id)
                if start.last.map({ key > $0 }) ?? true { found.append((key, one)) }
            }
            if found.count > 4 * size + 1000 { found = Array(found.sorted { $0.key < $1.key }.prefix(size + 1)) }
        }
        found.sort { $0.key < $1.key }
        events = found.prefix(size).map(\.event)
        guard found.count > size else { return }
        next = start
        next?.last = found[size - 1].key
        next?.isBehindEmptyPage = false
    }
}
