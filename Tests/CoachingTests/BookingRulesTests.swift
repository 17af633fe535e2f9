import Foundation
import Testing

@testable import Coaching

@Suite struct BookingRulesTests {
    private func fields(_ change: (inout BookingRules) -> Void) -> [String] {
        var rules = BookingRules()
        change(&rules)
        return rules.violations.map(\.name)
    }

    @Test func theUsualRulesAreAllowed() { #expect(fields { _ in } == []) }

    @Test(arguments: [1, 5, 10, 15, 20, 30, 45, 60, 90, 120, 1440])
    func aStepDividesADay(_ step: Int) { #expect(fields { $0.slotStepMinutes = step } == []) }

    @Test(arguments: [-15, 0, 7, 25, 50, 300 + 1, 1441, 2880])
    func anyOtherStepIsAViolation(_ step: Int) { #expect(fields { $0.slotStepMinutes = step } == ["slotStepMinutes"]) }

    @Test func everyNumberHasALimitAndIsNamed() {
        for number in [0, 240] { #expect(fields { $0.bufferBeforeMinutes = number } == []) }
        for number in [-1, 241] { #expect(fields { $0.bufferBeforeMinutes = number } == ["bufferBeforeMinutes"]) }
        for number in [0, 240] { #expect(fields { $0.bufferAfterMinutes = number } == []) }
        for number in [-1, 241] { #expect(fields { $0.bufferAfterMinutes = number } == ["bufferAfterMinutes"]) }
        for number in [0, 43_200] { #expect(fields { $0.noticeMinutes = number } == []) }
        for number in [-1, 43_201] { #expect(fields { $0.noticeMinutes = number } == ["noticeMinutes"]) }
        for number in [1, 730] { #expect(fields { $0.horizonDays = number } == []) }
        for number in [0, 731] { #expect(fields { $0.horizonDays = number } == ["horizonDays"]) }
    }

    @Test func allThatIsWrongIsToldAtOnce() {
        #expect(
            fields {
                $0.workingHours.weekdays[.monday] = [Hours("12:00", "09:00")]
                $0.slotStepMinutes = 7
                $0.horizonDays = 0
            } == ["workingHours.weekdays.monday", "slotStepMinutes", "horizonDays"])
    }

    @Test func theGapIsTheLongerBuffer() {
        #expect(BookingRules(bufferBeforeMinutes: 5, bufferAfterMinutes: 10).gap == 600)
        #expect(BookingRules(bufferBeforeMinutes: 15, bufferAfterMinutes: 10).gap == 900)
    }

    @Test func whatIsMissingInTheJSONIsUsual() throws {
        #expect(try JSONDecoder().decode(BookingRules.self, from: Data("{}".utf8)) == BookingRules())
        let json = #"{"bufferAfterMinutes":10,"whenUnknown":"allow","workingHours":{"weekdays":{}}}"#
        #expect(
            try JSONDecoder().decode(BookingRules.self, from: Data(json.utf8))
                == BookingRules(workingHours: WorkingHours(weekdays: [:]), bufferAfterMinutes: 10, whenUnknown: .allow))
    }

    @Test func rulesComeBackAsTheyWereWritten() throws {
        let rules = BookingRules(
            workingHours: .daily(Hours("00:15", "24:00")), slotStepMinutes: 20, bufferBeforeMinutes: 1, bufferAfterMinutes: 2,
            noticeMinutes: 3, horizonDays: 4, whenUnknown: .allow)
        #expect(try JSONDecoder().decode(BookingRules.self, from: JSONEncoder().encode(rules)) == rules)
    }
}
