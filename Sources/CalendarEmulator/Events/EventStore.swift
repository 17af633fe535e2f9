import OrderedCollections

/// The events of a calendar, tombstones included, in the order in which they were made. None is ever taken out, so an event
/// keeps its position.
///
/// What one call costs does not grow with the number of events: lists of changes and searches by iCalUID have an index.
struct EventStore: Sendable {
    private(set) var events: OrderedDictionary<String, EventRecord> = [:]
    /// The number of the last change; it only rises.
    private(set) var lastChange = 0
    private(set) var lastUpdated: Instant?
    /// The instances that were changed or cancelled, by the id of their series.
    private(set) var exceptions: [String: [String]] = [:]
    /// Which event each change was of, by rising number. Some are outdated: their event has changed again since.
    private var changes: [(number: Int, position: Int)] = []
    /// The positions of events whose iCalUID does not follow from their id; for all others the id is index enough.
    private var foreignUIDs: [String: [Int]] = [:]

    private static let ownDomain = "@google.com"

    subscript(id: String) -> EventRecord? { events[id] }

    mutating func put(_ event: EventRecord) {
        lastChange += 1
        lastUpdated = max(lastUpdated ?? event.updated, event.updated)
        var event = event
        event.change = lastChange
        let (former, position) = events.updateValue(event, forKey: event.id, insertingAt: events.count)
        if former == nil, let series = event.instance?.seriesID { exceptions[series, default: []].append(event.id) }
        if former?.iCalUID != event.iCalUID {
            if let former { forgetUID(former.iCalUID, at: position) }
            noteUID(of: event, at: position)
        }
        noteChange(at: position)
    }

    private mutating func noteChange(at position: Int) {
        changes.append((lastChange, position))
        // More outdated than current ones: time to drop them. This happens so rarely that it costs nothing per change.
        guard changes.count > 2 * events.count else { return }
        let values = events.values
        changes.removeAll { values[$0.position].change != $0.number }
    }

    /// The events that changed after the change `number`, each once, in the order of their last change.
    func events(changedAfter number: Int) -> some Sequence<EventRecord> {
        var (low, high) = (0, changes.count)
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].number > number { high = middle } else { low = middle + 1 }
        }
        return changes[low...].lazy.compactMap { change in
            let event = events.values[change.position]
            return event.change == change.number ? event : nil
        }
    }

    /// In the order in which they were made.
    func events(withICalUID iCalUID: String) -> [EventRecord] {
        var positions = foreignUIDs[iCalUID] ?? []
        if iCalUID.hasSuffix(Self.ownDomain),
            let own = events.index(forKey: String(iCalUID.dropLast(Self.ownDomain.count))),
            events.values[own].iCalUID == iCalUID
        {
            positions.append(own)
        }
        return positions.sorted().map { events.values[$0] }
    }

    private mutating func noteUID(of event: EventRecord, at position: Int) {
        // An instance bears the iCalUID of its series, which is found under it.
        guard event.instance == nil, event.iCalUID != event.id + Self.ownDomain else { return }
        foreignUIDs[event.iCalUID, default: []].append(position)
    }

    private mutating func forgetUID(_ iCalUID: String, at position: Int) {
        foreignUIDs[iCalUID]?.removeAll { $0 == position }
        if foreignUIDs[iCalUID]?.isEmpty == true { foreignUIDs[iCalUID] = nil }
    }
}
