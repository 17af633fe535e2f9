/// The times of the uses within a period up to now. A look costs what has left the window since the last one.
struct SlidingWindow: Sendable {
    /// Rising; those before `head` have left the window.
    private var times: [Int64] = []
    private var head = 0

    var count: Int { times.count - head }

    /// Forgets what lies `period` milliseconds back, and what lies ahead because the clock was set back.
    mutating func slide(to now: Int64, period: Int64) {
        while let last = times.last, last > now, count > 0 { times.removeLast() }
        while count > 0, times[head] <= now - period { head += 1 }
        if head * 2 > times.count {
            times.removeFirst(head)
            head = 0
        }
    }

    /// - Parameter limit: more are not kept, since one more already means that the window is full.
    mutating func add(_ now: Int64, count new: Int, keeping limit: Int) {
        times.append(contentsOf: repeatElement(now, count: min(new, limit)))
        head = max(head, times.count - limit)
    }
}

/// Sliding windows by what they count. Empty ones are dropped, so that there are about as many as are in use.
struct SlidingWindows<Key: Hashable & Sendable>: Sendable {
    private static var sweepThreshold: Int { 256 }

    private var windows: [Key: SlidingWindow] = [:]
    private var sweepAt = sweepThreshold

    /// How many windows are held.
    var heldCount: Int { windows.count }

    mutating func count(_ key: Key, now: Int64, period: Int64) -> Int {
        windows[key]?.slide(to: now, period: period)
        return windows[key]?.count ?? 0
    }

    /// - Parameter period: of a key, in milliseconds.
    mutating func add(_ new: Int, to key: Key, limit: Int, now: Int64, period: (Key) -> Int64) {
        if windows.count >= sweepAt { sweep(now: now, period: period) }
        windows[key, default: SlidingWindow()].add(now, count: new, keeping: max(limit, 1))
    }

    private mutating func sweep(now: Int64, period: (Key) -> Int64) {
        for key in windows.keys {
            windows[key]?.slide(to: now, period: period(key))
            if windows[key]?.count == 0 { windows.removeValue(forKey: key) }
        }
        sweepAt = max(Self.sweepThreshold, windows.count * 2)
    }
}
