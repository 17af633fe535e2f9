import Foundation
import HTTPTypes
import Testing

@testable import CalendarEmulator

@Suite("Types and labels of events")
struct EventTypesTests {
    let google = Google()
    let coach: Client

    init() throws { coach = try Client(google, "coach@example.com") }

    private func day(_ more: String) -> String { #"{"start":{"date":"2026-11-03"},"end":{"date":"2026-11-04"},\#(more)}"# }

    private let office = #"""
        "eventType":"workingLocation","visibility":"public","transparency":"transparent",
        "workingLocationProperties":{"type":"officeLocation","officeLocation":{"label":"Desk","colour":"red"}}
        """#

    @Test("Entries that say how somebody works keep what belongs to them")
    func kinds() throws {
        let focus = coach.insert(
            "primary",
            event(
                #""eventType":"focusTime","focusTimeProperties":{"chatStatus":"doNotDisturb","autoDeclineMode":"declineNone"}"#)
        )
        #expect(focus.json["eventType"] == "focusTime")
        #expect(focus.json["focusTimeProperties"] == ["chatStatus": "doNotDisturb", "autoDeclineMode": "declineNone"])
        let away = coach.insert(
            "primary", event(#""eventType":"outOfOffice","outOfOfficeProperties":{"declineMessage":"Away"}"#))
        #expect(away.json["outOfOfficeProperties"] == ["declineMessage": "Away"])
        let place = coach.insert("primary", day(office))
        #expect(place.json["workingLocationProperties"] == ["type": "officeLocation", "officeLocation": ["label": "Desk"]])
        let birthday = coach.insert(
            "primary",
            day(
                #""eventType":"birthday","visibility":"private","transparency":"transparent","recurrence":["RRULE:FREQ=YEARLY"]"#
            ))
        #expect(birthday.json["birthdayProperties"] == ["type": "birthday"])
        for type in ["focusTime", "outOfOffice", "workingLocation", "birthday"] {
            let found = coach.call(.get, "calendars/primary/events?eventTypes=\(type)&timeMax=2026-11-30T00:00:00Z").items
            #expect(found.map { $0["eventType"]?.string } == [type])
        }
        #expect(coach.call(.get, "calendars/primary/events?eventTypes=focusTime&eventTypes=outOfOffice").items.count == 2)
    }

    @Test(
        "What does not go with a type is refused",
        arguments: [
            #"{"start":{"date":"2026-11-03"},"end":{"date":"2026-11-04"},"eventType":"focusTime"}"#,
            event(#""eventType":"outOfOffice","transparency":"transparent""#), event(#""eventType":"fromGmail""#),
            event(#""eventType":"party""#),
            event(#""eventType":"workingLocation","visibility":"public","transparency":"transparent""#),
            event(#""eventType":"workingLocation","workingLocationProperties":{"type":"homeOffice"}"#),
            event(#""eventType":"birthday","visibility":"private","transparency":"transparent""#),
            event(#""eventType":"focusTime","focusTimeProperties":{"chatStatus":"asleep"}"#),
        ])
    func refusals(_ body: String) {
        let answer = coach.insert("primary", body)
        #expect(answer.status == 400)
        #expect(["invalid", "required"].contains(answer.reason))
    }

    @Test("They belong to a person's own calendar, and stay what they are")
    func place() throws {
        let secondary = try coach.calendar()
        #expect(coach.insert(secondary, event(#""eventType":"focusTime""#)).reason == "invalid")
        coach.insert("primary", event(#""id":"focus","eventType":"focusTime""#))
        #expect(coach.call(.patch, "calendars/primary/events/focus", #"{"eventType":"default"}"#).reason == "invalid")
        #expect(coach.call(.put, "calendars/primary/events/focus", event()).json["eventType"] == "focusTime")
    }

    // MARK: - Labels

    private let id = "0f8fad5b-d9cb-469f-a165-70867728950e"

    private func labelled() throws -> String {
        try coach.calendar(
            ##"{"summary":"A","labelProperties":{"eventLabels":[{"id":"\##(id)","name":"Calm","backgroundColor":"#039be5"},{"backgroundColor":"#112233"}]}}"##
        )
    }

    @Test("A calendar has labels, replaced as a whole and left alone when they are not sent")
    func labels() throws {
        let calendar = try labelled()
        let labels = try #require(coach.call(.get, "calendars/" + calendar).json["labelProperties"]?["eventLabels"]?.array)
        #expect(labels.first == ["id": .string(id), "name": "Calm", "backgroundColor": "#039be5"])
        #expect(labels.count == 2 && labels.last?["id"]?.string?.count == 36)
        let renamed = coach.call(.patch, "calendars/" + calendar, #"{"summary":"B"}"#)
        #expect(renamed.json["labelProperties"]?["eventLabels"]?.array == labels)
        let emptied = coach.call(.patch, "calendars/" + calendar, #"{"labelProperties":{"eventLabels":[]}}"#)
        #expect(emptied.json["labelProperties"] == nil)
    }

    @Test(
        "Labels that break the rules are refused",
        arguments: [
            #"{"name":"x"}"#, ##"{"backgroundColor":"red"}"##, ##"{"backgroundColor":"#039be5","id":"1"}"##,
            ##"{"backgroundColor":"#039be5","name":"\##(String(repeating: "n", count: 51))"}"##,
            ##"{"backgroundColor":"#039be5","id":"0f8fad5b-d9cb-469f-a165-70867728950e"},{"backgroundColor":"#039be5","id":"0f8fad5b-d9cb-469f-a165-70867728950e"}"##,
        ])
    func labelRefusals(_ labels: String) {
        let answer = coach.call(.post, "calendars", #"{"summary":"A","labelProperties":{"eventLabels":[\#(labels)]}}"#)
        #expect(answer.status == 400)
    }

    @Test("With eventLabelVersion=1 events carry labels and no colours, without it the other way round")
    func labelledEvents() throws {
        let calendar = try labelled()
        let path = "calendars/\(calendar)/events"
        let both = event(#""id":"first","colorId":"7","eventLabelId":"\#(id)""#)
        let old = coach.call(.post, path, both)
        #expect(old.json["colorId"] == "7" && old.json["eventLabelId"] == nil)
        let new = coach.call(.put, path + "/first?eventLabelVersion=1", both)
        #expect(new.json["eventLabelId"]?.string == id && new.json["colorId"] == "7")
        let untouched = coach.call(.patch, path + "/first", #"{"summary":"x","colorId":null}"#)
        #expect(untouched.json["eventLabelId"]?.string == id && untouched.json["colorId"] == nil)
        #expect(coach.call(.patch, path + "/first?eventLabelVersion=1", #"{"eventLabelId":"other"}"#).reason == "invalid")
        #expect(coach.call(.patch, path + "/first?eventLabelVersion=1", #"{"summary":"y"}"#).json["eventLabelId"] == nil)
    }

    @Test("A label that a calendar has no more is not shown on its events")
    func lostLabels() throws {
        let calendar = try labelled()
        coach.call(.post, "calendars/\(calendar)/events?eventLabelVersion=1", event(#""id":"first","eventLabelId":"\#(id)""#))
        coach.call(.patch, "calendars/" + calendar, #"{"labelProperties":{"eventLabels":[]}}"#)
        #expect(coach.call(.get, "calendars/\(calendar)/events/first").json["eventLabelId"] == nil)
    }
}
