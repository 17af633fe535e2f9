/// What may go wrong under one seed. Each seed has its own mixture, so that rare combinations come up, and some seeds are mild enough
/// that the strictest judgements hold.
struct Weather: Sendable, CustomStringConvertible {
    /// Google answers with errors of every kind, or with nothing.
    var hasFaults: Bool
    /// Answers are lost after the work was done.
    var losesAnswers: Bool
    /// Requests take effect long after the caller has given up.
    var delaysRequests: Bool
    /// Programs die between any two steps.
    var hasCrashes: Bool
    /// Programs stand still for longer than their leases last, and go on as if nothing had happened.
    var hasStalls: Bool
    /// Clocks of our side are set forward and back.
    var hasClockJumps: Bool
    /// Coaches change, delete, copy and add events in Google.
    var hasMeddling: Bool
    /// Calendars are deleted in Google.
    var losesCalendars: Bool
    /// Google limits rates, and slowly changing calendars more than others.
    var hasQuotas: Bool
    /// What was deleted is soon gone for good.
    var purges: Bool

    init(_ dice: inout Dice) {
        hasFaults = dice.chance(70)
        losesAnswers = dice.chance(60)
        delaysRequests = dice.chance(40)
        hasCrashes = dice.chance(60)
        hasStalls = dice.chance(50)
        // How long a request may still be under way is a matter of elapsed time, which our clocks do not tell when they jump.
        hasClockJumps = !delaysRequests && dice.chance(40)
        hasMeddling = dice.chance(50)
        losesCalendars = dice.chance(20)
        hasQuotas = dice.chance(50)
        purges = dice.chance(30)
    }

    var description: String {
        let all = [
            (hasFaults, "faults"), (losesAnswers, "lost answers"), (delaysRequests, "late requests"), (hasCrashes, "crashes"),
            (hasStalls, "stalls"), (hasClockJumps, "clock jumps"), (hasMeddling, "meddling"),
            (losesCalendars, "lost calendars"), (hasQuotas, "quotas"), (purges, "purges"),
        ]
        return all.filter(\.0).map(\.1).joined(separator: ", ")
    }
}
