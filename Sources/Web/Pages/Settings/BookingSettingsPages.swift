import CalendarSync
import Coaching
import Foundation
import Hummingbird

/// `/settings/booking`: when and how clients may book the coach.
struct BookingSettingsPages {
    let sync: CalendarSyncService

    func add(to routes: PageRoutes) {
        routes.get("settings/booking") { [sync] _, context in
            let rules = try await sync.bookingRules(of: try context.coach.id)
            return page(BookingForm(rules), context)
        }
        routes.post("settings/booking", save)
    }

    private func page(_ form: BookingForm, _ context: PageContext, refused: Set<String> = []) -> Response {
        let first = (context.dates().calendar.firstWeekday + 5) % 7
        let week = Weekday.allCases[first...] + Weekday.allCases[..<first]
        var view = form.view(context.words, week: Array(week), refused: refused)
        view["bookPath"] = BookPages.path(of: context.signIn?.person.id ?? "")
        view["zone"] = context.dates().zone.display
        return Page(
            template: "booking", title: context.words("booking.title"), view: view, section: .booking,
            status: refused.isEmpty ? .ok : .badRequest
        ).response(context)
    }

    @Sendable private func save(_ sent: PageForm, context: PageContext) async throws -> Response {
        let coach = try context.coach
        let form = BookingForm(sent.fields)
        do {
            let rules = try form.rules(after: try await sync.bookingRules(of: coach.id))
            try await sync.setBookingRules(rules, of: coach)
        } catch let error as InvalidInput {
            // `workingHours.weekdays.monday` is about the field `monday`.
            let names = error.fields.compactMap { $0.name.split(separator: ".").last.map(String.init) }
            return page(form, context, refused: Set(names))
        }
        throw Redirect(to: Page.Section.booking.path, Toast(.saved))
    }
}

/// Booking rules as they are typed.
struct BookingForm {
    private static var numbers: [(name: String, path: WritableKeyPath<BookingRules, Int>)] {
        [
            ("slotStepMinutes", \.slotStepMinutes), ("bufferBeforeMinutes", \.bufferBeforeMinutes),
            ("bufferAfterMinutes", \.bufferAfterMinutes), ("noticeMinutes", \.noticeMinutes), ("horizonDays", \.horizonDays),
        ]
    }

    /// `09:00-12:00, 13:00-17:00`, by the day's name.
    private var hours: [String: String] = [:]
    private var values: [String: String] = [:]
    private var whenUnknown = UnknownPolicy.refuse.rawValue

    init(_ rules: BookingRules) {
        for day in Weekday.allCases {
            hours[day.rawValue] = (rules.workingHours.weekdays[day] ?? []).map(Self.text).joined(separator: ", ")
        }
        for (name, path) in Self.numbers { values[name] = "\(rules[keyPath: path])" }
        whenUnknown = rules.whenUnknown.rawValue
    }

    init(_ fields: FormFields) {
        for day in Weekday.allCases { hours[day.rawValue] = fields[day.rawValue] ?? "" }
        for (name, _) in Self.numbers { values[name] = fields[name] ?? "" }
        whenUnknown = fields["whenUnknown"] ?? ""
    }

    /// - Parameter before: what is not in the form stays as it was.
    func rules(after before: BookingRules) throws -> BookingRules {
        var rules = before
        var wrong: [InvalidInput.Field] = []
        for day in Weekday.allCases {
            guard let hours = Self.hours(hours[day.rawValue] ?? "") else {
                wrong.append(.init(day.rawValue, "must be hours such as 09:00-17:00"))
                continue
            }
            rules.workingHours.weekdays[day] = hours.isEmpty ? nil : hours
        }
        for (name, path) in Self.numbers {
            if let number = Int(values[name] ?? "") {
                rules[keyPath: path] = number
            } else {
                wrong.append(.init(name, "must be a whole number"))
            }
        }
        if let policy = UnknownPolicy(rawValue: whenUnknown) {
            rules.whenUnknown = policy
        } else {
            wrong.append(.init("whenUnknown", "is none of the choices"))
        }
        wrong += rules.violations
        if !wrong.isEmpty { throw InvalidInput(wrong) }
        return rules
    }

    /// - Parameter week: in the order in which people have it.
    func view(_ words: Words, week: [Weekday], refused: Set<String>) -> [String: Any] {
        var errors: [String: String] = [:]
        for name in refused {
            errors[name] = words(Weekday(rawValue: name) == nil ? "booking.errors.\(name)" : "booking.errors.hours")
        }
        return [
            "days": week.map { day -> [String: Any] in
                [
                    "name": day.rawValue, "text": words("booking.days.\(day.rawValue)"), "hours": hours[day.rawValue] ?? "",
                    "isWrong": errors[day.rawValue] != nil,
                ]
            },
            "numbers": Self.numbers.map { name, _ -> [String: Any] in
                [
                    "name": name, "text": words("booking.numbers.\(name)"), "value": values[name] ?? "",
                    "isWrong": errors[name] != nil,
                ]
            },
            "policies": UnknownPolicy.allCases.map { policy -> [String: Any] in
                [
                    "value": policy.rawValue, "text": words("booking.whenUnknown.\(policy.rawValue)"),
                    "isChosen": policy.rawValue == whenUnknown,
                ]
            },
            "hasErrors": !errors.isEmpty, "errorList": Set(errors.values).sorted().map { ["text": $0] },
        ]
    }

    private static func text(_ hours: Hours) -> String { "\(time(hours.from))-\(time(hours.to))" }

    private static func time(_ minutes: Int) -> String { String(format: "%02d:%02d", minutes / 60, minutes % 60) }

    /// Nil for what is no list of hours; a blank one is a day off.
    private static func hours(_ text: String) -> [Hours]? {
        var found: [Hours] = []
        for part in text.split(separator: ",") {
            guard let match = part.wholeMatch(of: /\s*(\d{1,2}):(\d\d)\s*[-–—]\s*(\d{1,2}):(\d\d)\s*/.asciiOnlyDigits()),
                let fromHour = Int(match.1), let fromMinute = Int(match.2), let toHour = Int(match.3),
                let toMinute = Int(match.4), fromMinute < 60, toMinute < 60
            else { return nil }
            found.append(Hours(from: fromHour * 60 + fromMinute, to: toHour * 60 + toMinute))
        }
        return found
    }
}
