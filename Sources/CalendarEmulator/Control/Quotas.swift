import HTTPTypes

/// The limits of https://developers.google.com/workspace/calendar/api/guides/quota and of Calendar's use limits
/// (https://support.google.com/a/answer/2905486), all lifted until a control call sets them.
struct Quotas: Sendable {
    /// Requests of one principal (and one `quotaUser`) of a project in any 60 seconds.
    var perMinutePerUser: Int?
    /// Requests of a project in any 60 seconds.
    var perMinutePerProject: Int?
    /// Changes of one calendar in any 60 seconds. Google has such a limit and does not publish it.
    var writesPerMinutePerCalendar: Int?
    /// What a principal may do in any `usePeriod`, by kind.
    var uses: [Use: Int] = [:]
    /// In seconds. Google says "a short period", and that getting back in takes hours to months.
    var usePeriod = 86400
    /// The status of a refusal by rate: 403 or 429. Google says to treat both alike.
    var form = 403
    /// Who refuses by the minute: the front end with its details, or Calendar's servers with a bare sentence.
    var isFrontEnd = true
    /// The reason when the limit of a user is passed: `rateLimitExceeded` or `userRateLimitExceeded`.
    var perUserReason = "rateLimitExceeded"

    /// What counts towards an anti-abuse limit, refused with `quotaExceeded`.
    enum Use: String, Sendable, CaseIterable {
        case calendarCreations
        case eventCreations
        /// Of guests outside the principal's own domain.
        case externalInvitations
        case calendarShares
    }

    private enum Bucket: Hashable, Sendable {
        case project(String)
        case user(String, project: String, quotaUser: String?)
        case calendar(String)
        case use(Use, String)
    }

    private var windows = SlidingWindows<Bucket>()

    /// How many windows are held, for the tests that they do not pile up.
    var heldWindows: Int { windows.heldCount }

    /// In milliseconds. A closure over the number alone, so that nothing keeps the windows from changing in place.
    private var period: @Sendable (Bucket) -> Int64 {
        { [usePeriod] in if case .use = $0 { Int64(usePeriod) * 1000 } else { 60_000 } }
    }

    // MARK: - By the minute

    /// Counts a request, also one that fails later, and refuses it when a window is full. What is refused counts nowhere,
    /// unless the switch says that it counts everywhere.
    /// - Parameter calendarID: of the calendar it changes, whatever it was called in the request.
    mutating func admit(_ call: Call, changing calendarID: String?, switches: Switches) throws(GoogleError) {
        let limits = limits(for: call, changing: calendarID, switches: switches)
        guard !limits.isEmpty else { return }
        let (now, period) = (call.now.milliseconds, period)
        let full = limits.first { windows.count($0.bucket, now: now, period: period($0.bucket)) >= $0.limit }
        if full == nil || switches.refusedCallsCount {
            let units = switches.patchCountsThrice && call.route.method == .patch ? 3 : 1
            for (bucket, limit) in limits {
                // The writes to a calendar are counted as such.
                var count = units
                if case .calendar = bucket { count = 1 }
                windows.add(count, to: bucket, limit: limit, now: now, period: period)
            }
        }
        if let full { throw refusal(by: full.bucket, limit: full.limit, project: call.principal.project) }
    }

    private func limits(
        for call: Call, changing calendarID: String?, switches: Switches
    ) -> [(bucket: Bucket, limit: Int)] {
        let principal = call.principal
        var limits: [(bucket: Bucket, limit: Int)] = []
        if let perMinutePerProject { limits.append((.project(principal.project), perMinutePerProject)) }
        if let perMinutePerUser {
            let splits = !principal.isBareServiceAccount || switches.quotaUserSplitsServiceAccounts
            let quotaUser = splits ? call.query["quotaUser"] : nil
            let bucket = Bucket.user(principal.email, project: principal.project, quotaUser: quotaUser)
            limits.append((bucket, perMinutePerUser))
        }
        if let calendarID, let writesPerMinutePerCalendar {
            limits.append((.calendar(calendarID), writesPerMinutePerCalendar))
        }
        return limits
    }

    private func refusal(by bucket: Bucket, limit: Int, project: String) -> GoogleError {
        var refusal = GoogleError.rateLimitExceeded
        switch bucket {
        case .project, .user:
            var isPerUser = false
            if case .user = bucket { isPerUser = true }
            let reason = isPerUser ? perUserReason : "rateLimitExceeded"
            if isFrontEnd {
                return .perMinuteQuota(
                    code: form, reason: reason, perUser: isPerUser, limit: limit, projectNumber: World.projectNumber(project))
            }
            if reason == "userRateLimitExceeded" { refusal = .userRateLimitExceeded }
        case .calendar, .use:
            break
        }
        refusal.code = form
        return refusal
    }

    // MARK: - By use

    /// Whether so many more uses stay within the limit.
    mutating func hasRoom(for use: Use, count: Int, by email: String, now: Instant) -> Bool {
        guard let limit = uses[use] else { return true }
        let bucket = Bucket.use(use, email)
        let period = period(bucket)
        return windows.count(bucket, now: now.milliseconds, period: period) + count <= limit
    }

    mutating func count(_ use: Use, _ count: Int, by email: String, now: Instant) {
        guard let limit = uses[use], count > 0 else { return }
        let period = period
        windows.add(count, to: .use(use, email), limit: limit, now: now.milliseconds, period: period)
    }

    mutating func admitCalendarCreation(by email: String, now: Instant) throws(GoogleError) {
        guard hasRoom(for: .calendarCreations, count: 1, by: email, now: now) else { throw .usageLimitsExceeded }
        count(.calendarCreations, 1, by: email, now: now)
    }
}
