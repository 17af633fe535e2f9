import CalendarSync
import Coaching
import Foundation
import Hummingbird

/// `/sessions`: a coach's week or month, and a client's list.
struct AgendaPages {
    let sync: CalendarSyncService

    private enum Scale: String { case week, month }

    func add(to routes: PageRoutes) {
        routes.get("sessions", show)
    }

    @Sendable private func show(_ request: Request, context: PageContext) async throws -> Response {
        let person = try context.person
        switch person.role {
        case .admin: throw Redirect(to: person.role.home)
        case .client: return try await list(request, context, of: person)
        case .coach: break
        }
        let dates = context.dates()
        let asked = request.query["date"].flatMap { LocalDate($0) }.flatMap { dates.start(of: $0) }
        let date = asked ?? dates.calendar.startOfDay(for: sync.now)
        let isMonth = (try? request.query.choice("view", of: Scale.self)) == .month
        return isMonth ? try await month(context, person, date) : try await week(context, person, date)
    }

    /// What is known of a stretch of a coach's time.
    private struct Stretch {
        var sessions: [SessionShown]
        var availability: Availability
        var isCut: Bool
    }

    private func stretch(_ context: PageContext, _ coach: Person, _ window: TimeRange) async throws -> Stretch {
        let (items, next) = try await sync.sessions(
            by: coach, from: window.start, to: window.end, limit: CalendarSyncService.largestPage)
        let availability = try await sync.availability(
            of: coach.id, in: window, lasting: SessionDetails.usualDuration, by: coach)
        let (now, dates) = (sync.now, context.dates())
        let sessions = items.filter { $0.session.status == .scheduled }.map {
            SessionShown(synced: $0, words: context.words, dates: dates, viewer: coach, now: now)
        }
        return Stretch(sessions: sessions, availability: availability, isCut: next != nil)
    }

    private func frame(_ context: PageContext, _ scale: Scale, _ date: Date) -> [String: Any] {
        let dates = context.dates()
        func link(_ date: Date, _ scale: Scale) -> String { "/sessions?view=\(scale.rawValue)&date=\(dates.iso(date))" }
        let step: Calendar.Component = scale == .week ? .weekOfYear : .month
        func moved(_ by: Int) -> Date { dates.calendar.date(byAdding: step, value: by, to: date) ?? date }
        return [
            "previous": link(moved(-1), scale), "next": link(moved(1), scale), "today": link(sync.now, scale),
            "week": link(date, .week), "month": link(date, .month), "isWeek": scale == .week, "isMonth": scale == .month,
            "zone": dates.zone.display,
        ]
    }

    // MARK: Week

    private func week(_ context: PageContext, _ coach: Person, _ date: Date) async throws -> Response {
        let dates = context.dates()
        let start = dates.weekStart(date)
        guard let window = TimeRange(start, dates.adding(7, to: start)) else { throw InvalidInput("date", LocalDate.rule) }
        let found = try await stretch(context, coach, window)
        let rules = try await sync.bookingRules(of: coach.id)
        let open = rules.workingHours.open(in: window, zone: dates.zone)
        let ranges = found.sessions.compactMap(\.session.details.range)
        let grid = WeekGrid(dates, from: start, showing: ranges + open)
        let now = sync.now
        let days: [[String: Any]] = grid.days.dropLast().map { day in
            self.day(day, grid, found, open: open, context, now: now)
        }
        var view = frame(context, .week, date)
        view["bookPath"] = BookPages.path(of: coach.id)
        view["days"] = days
        view["hours"] = grid.hours.map { hour -> [String: Any] in
            let moment = dates.calendar.date(bySettingHour: hour, minute: 0, second: 0, of: start) ?? start
            return ["text": dates.time(moment), "place": "r\((hour - grid.hours.lowerBound) * 4 + 1) s4"]
        }
        view["height"] = "h\(grid.hours.count)"
        view["firstQuarter"] = grid.hours.lowerBound * 4
        view["quarters"] = grid.hours.count * 4
        view["isCut"] = found.isCut
        view["hasUnknown"] = !found.availability.unknown.isEmpty
        view["title"] =
            "\(dates.shortDate(start)) – \(dates.shortDate(dates.adding(6, to: start))) \(dates.calendar.component(.year, from: start))"
        return Page(
            template: "week", title: context.words("sessions.title"), view: view, section: .sessions, isLive: true
        ).response(context)
    }

    private func day(
        _ day: Date, _ grid: WeekGrid, _ found: Stretch, open: TimeRanges, _ context: PageContext, now: Date
    ) -> [String: Any] {
        let (dates, words) = (grid.dates, context.words)
        let end = grid.end(of: day)
        func placed(_ range: TimeRange, _ text: String, _ more: [String: Any] = [:]) -> [String: Any]? {
            guard let place = grid.place(of: range, on: day), let part = TimeRange(day, end).flatMap({ range.clamped(to: $0) })
            else { return nil }
            return more.merging(["place": place.classes, "text": text, "time": dates.times(part)]) { first, _ in first }
        }
        let here = found.sessions.filter { session in
            session.session.details.range.flatMap { range in TimeRange(day, end).map { range.overlaps($0) } } ?? false
        }
        let lanes = WeekGrid.lanes(here.compactMap(\.session.details.range))
        let sessions = zip(here, lanes).compactMap { session, lane -> [String: Any]? in
            guard let range = session.session.details.range, let place = grid.place(of: range, on: day) else { return nil }
            return session.line.merging([
                "time": dates.times(range), "place": "\(place.classes) \(lane.classes)", "isShort": place.span < 3,
                "isLow": place.span < 4,
                "minutes": session.session.details.minutes,
                // Only where it begins: what reaches into the next day is moved there.
                "canMove": range.start >= day,
            ]) { first, _ in first }
        }
        var busy: [[String: Any]] = []
        for block in found.availability.busy {
            switch block.source {
            case .session: break
            case .hold: if let view = placed(block.range, words("sessions.held"), ["kind": "held"]) { busy.append(view) }
            case .googleCalendar:
                if let view = placed(block.range, words("sessions.busy"), ["kind": "busy"]) { busy.append(view) }
            }
        }
        // What several calendars do not say for one reason is said once.
        let unknown = Dictionary(grouping: found.availability.unknown, by: \.reason)
        for (reason, parts) in unknown.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let text = words("sessions.unknown", ["why": words.sentence(reason)])
            busy += TimeRanges(parts.map(\.range)).compactMap { placed($0, text, ["kind": "unknown"]) }
        }
        let shown = dates.calendar.date(bySettingHour: grid.hours.lowerBound, minute: 0, second: 0, of: day) ?? day
        let closed = TimeRange(day, end).map { TimeRanges([$0]).subtracting(open) } ?? TimeRanges()
        let taken = TimeRanges(here.compactMap(\.session.details.range))
        return [
            "date": dates.iso(day), "name": dates.shortDay(day), "fullName": dates.day(day),
            "isToday": dates.calendar.isDate(day, inSameDayAs: now), "isPast": end <= now,
            "closed": closed.compactMap { grid.place(of: $0, on: day)?.classes }.map { ["place": $0] },
            "busy": busy, "daySessions": sessions, "isEmpty": sessions.isEmpty && busy.isEmpty,
            "newAt":
                "/new-session?at=\(dates.iso(max(day, now) < end ? max(day, now) : day))T\(firstFree(day, now, open, dates))",
            "slots": end <= now ? [] : slots(day, from: shown, grid, taken, now),
        ]
    }

    /// When a new session of that day would begin.
    private func firstFree(_ day: Date, _ now: Date, _ open: TimeRanges, _ dates: Dates) -> String {
        let end = dates.adding(1, to: day)
        let first = open.first { $0.end > max(day, now) && $0.start < end }?.start
        guard let first, first > now else {
            let next = dates.calendar.date(byAdding: .hour, value: 1, to: now) ?? now
            return dates.calendar.isDate(day, inSameDayAs: next) ? "\(dates.isoTime(next).prefix(2)):00" : "10:00"
        }
        return dates.isoTime(first)
    }

    /// Hours to click on, where there is nothing and time has not gone by.
    private func slots(_ day: Date, from first: Date, _ grid: WeekGrid, _ taken: TimeRanges, _ now: Date) -> [[String: Any]] {
        grid.hours.compactMap { hour in
            guard let start = grid.dates.calendar.date(bySettingHour: hour, minute: 0, second: 0, of: day),
                start > now, let range = TimeRange(start, start + 3600),
                let place = grid.place(of: range, on: day), !taken.contains(where: { $0.overlaps(range) })
            else { return nil }
            return [
                "slotPlace": place.classes, "slotTime": grid.dates.time(start),
                "slotPath": "/new-session?at=\(grid.dates.iso(day))T\(grid.dates.isoTime(start))",
            ]
        }
    }

    // MARK: Month

    private static let shownInADay = 4

    private func month(_ context: PageContext, _ coach: Person, _ date: Date) async throws -> Response {
        let (dates, words) = (context.dates(), context.words)
        let first = dates.monthStart(date)
        let start = dates.weekStart(first)
        let next = dates.calendar.date(byAdding: .month, value: 1, to: first) ?? first
        let weeks = dates.weekStart(next) < next ? 1 : 0
        let last = dates.adding(weeks * 7, to: dates.weekStart(next))
        guard let window = TimeRange(start, last) else { throw InvalidInput("date", LocalDate.rule) }
        let found = try await stretch(context, coach, window)
        let now = sync.now
        var days: [[String: Any]] = []
        var day = start
        while day < last {
            guard let whole = TimeRange(day, dates.adding(1, to: day)) else { break }
            let here = found.sessions.filter { $0.session.details.range?.overlaps(whole) ?? false }
            let isBusy = found.availability.busy.contains { busy in
                if case .googleCalendar = busy.source { busy.range.overlaps(whole) } else { false }
            }
            let isUnknown = found.availability.unknown.contains { $0.range.overlaps(whole) }
            var view: [String: Any] = [
                "number": dates.dayOfMonth(day), "fullName": dates.day(day),
                "path": "/sessions?view=week&date=\(dates.iso(day))",
                "isOther": !dates.calendar.isDate(day, equalTo: first, toGranularity: .month),
                "isToday": dates.calendar.isDate(day, inSameDayAs: now), "isBusy": isBusy, "isUnknownDay": isUnknown,
                "daySessions": here.prefix(Self.shownInADay).map { session in
                    session.line.merging(["start": dates.time(session.session.details.startsAt)]) { first, _ in first }
                }, "isEmpty": here.isEmpty && !isBusy && !isUnknown,
            ]
            if here.count > Self.shownInADay { view["moreText"] = words.count("sessions.more", here.count - Self.shownInADay) }
            days.append(view)
            day = whole.end
        }
        var view = frame(context, .month, date)
        view["days"] = days
        view["weekdays"] = (0..<7).map { ["name": dates.weekday(dates.adding($0, to: start))] }
        view["isCut"] = found.isCut
        view["title"] = dates.month(first)
        return Page(template: "month", title: words("sessions.title"), view: view, section: .sessions, isLive: true)
            .response(context)
    }

    // MARK: A client's list

    private func list(_ request: Request, _ context: PageContext, of client: Person) async throws -> Response {
        let now = sync.now
        let (items, _) = try await sync.sessions(by: client, from: now, limit: 100)
        let names = try await sync.names(of: Set(items.map(\.session.coachID)))
        let dates = context.dates()
        let sessions = items.filter { $0.session.status == .scheduled }.map { item -> [String: Any] in
            let shown = SessionShown(synced: item, words: context.words, dates: dates, viewer: client, now: now)
            let coach = names[item.session.coachID] ?? context.words("roles.coach")
            let more = ["whole": shown.whole, "with": context.words("session.with", ["name": coach])]
            return shown.line.merging(more) { first, _ in first }
        }
        let coaches = Set(items.map(\.session.coachID)).sorted().map { id -> [String: Any] in
            let name = names[id] ?? context.words("roles.coach")
            return ["path": BookPages.path(of: id), "text": context.words("sessions.bookWith", ["name": name])]
        }
        return Page(
            template: "list", title: context.words("sessions.yours"),
            view: [
                "sessions": sessions, "isEmpty": sessions.isEmpty, "coaches": coaches, "zone": dates.zone.display,
            ],
            section: .sessions, isLive: true
        ).response(context)
    }
}
