import OrderedCollections

/// A short list that can be told page by page and change by change: what is deleted leaves a tombstone.
struct TrackedList<Element: Sendable>: Sendable {
    struct Entry: Sendable {
        var element: Element
        /// Rises from entry to entry. Page tokens name the place they have come to, so that they outlive deletions.
        var place: Int
        /// The number of the last change of this entry.
        var change: Int
        var isDeleted = false
    }

    /// In the order of their places, tombstones included.
    private(set) var entries: OrderedDictionary<String, Entry> = [:]
    /// The number of the last change; it only rises.
    private(set) var lastChange = 0
    private var lastPlace = 0

    subscript(id: String) -> Element? {
        get { entries[id].flatMap { $0.isDeleted ? nil : $0.element } }
        set {
            if let newValue { put(newValue, id) } else { remove(id) }
        }
    }

    /// What is not deleted, in order.
    var values: [Element] { entries.values.lazy.filter { !$0.isDeleted }.map(\.element) }
    var count: Int { entries.values.count { !$0.isDeleted } }

    /// Keeps the place of an entry that is there; one that was deleted comes back at the end.
    mutating func put(_ element: Element, _ id: String) {
        lastChange += 1
        if let known = entries[id], !known.isDeleted {
            entries[id] = Entry(element: element, place: known.place, change: lastChange)
        } else {
            lastPlace += 1
            entries.removeValue(forKey: id)
            entries[id] = Entry(element: element, place: lastPlace, change: lastChange)
        }
    }

    /// - Parameter tombstone: what lists of deleted entries say of it; the entry as it was when nil.
    mutating func remove(_ id: String, leaving tombstone: Element? = nil) {
        guard let known = entries[id], !known.isDeleted else { return }
        lastChange += 1
        entries[id] = Entry(
            element: tombstone ?? known.element, place: known.place, change: lastChange, isDeleted: true)
    }
}
