import Foundation
import OrderedCollections
import Testing

@testable import CalendarEmulator

@Suite("JSON, times and partial responses")
struct TextTests {
    @Test(
        "What is JSON is read and written as it was",
        arguments: [
            #"{"b":1,"a":[true,false,null],"c":{"d":-5}}"#, "[]", "{}", "\"\"", "9007199254740993", "1.5", "-0.25",
            #""\"\\\n\t\u0001é😀""#, #"{"a":9223372036854775807}"#,
        ])
    func roundTrip(_ text: String) throws {
        let json = try JSONParser.parse(Data(text.utf8))
        #expect(String(decoding: JSONWriter.write(json, indent: nil), as: UTF8.self) == text)
    }

    @Test(
        "What is none is refused",
        arguments: [
            "", " ", "{", "{\"a\"}", "{\"a\":1,}", "[1,]", "01", "1.", "+1", "nul", "\"", "\"\\x\"", "\"\\u12\"", "1e999",
            "NaN",
            "{}x", "\"\u{1}\"", "--1", "1-2", String(repeating: "[", count: 10_000),
        ])
    func refused(_ text: String) {
        #expect(throws: JSONParser.Failure.self) { try JSONParser.parse(Data(text.utf8)) }
    }

    @Test("Bytes that are no text are refused, half a surrogate becomes U+FFFD")
    func unicode() throws {
        #expect(throws: JSONParser.Failure.self) { try JSONParser.parse(Data([0x22, 0xFF, 0x22])) }
        #expect(try JSONParser.parse(Data(#""\ud83d\ude00 \ud83d x""#.utf8)) == "😀 \u{FFFD} x")
    }

    @Test(
        "Times of RFC 3339 are read",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-11-03T10:00:00+01:00", 1_793_696_400_000),
            ("1969-12-31T23:59:59.999Z", -1), ("2024-02-29t12:00:00.5z", 1_709_208_000_500),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000), ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ] as [(String, Int64)])
    func times(_ text: String, _ milliseconds: Int64) {
        #expect(DateTimeText(text)?.instant(in: nil)?.milliseconds == milliseconds)
    }

    @Test(
        "What is no time is refused",
        arguments: [
            "", "2026-11-03", "2026-13-01T00:00:00Z", "2025-02-29T00:00:00Z", "2026-11-03T24:00:00Z", "2026-11-03T10:00:60Z",
            "2026-11-03T10:00:00.Z", "2026-11-03T10:00:00+1:00", "2026-11-03T10:00:00ZZ", "2026-11-03T10:00Z",
            "２026-11-03T10:00:00Z",
            "0000-01-01T00:00:00Z",
        ])
    func noTimes(_ text: String) {
        #expect(DateTimeText(text) == nil)
    }

    @Test("A day and back, over four centuries")
    func days() {
        for number in stride(from: Int64(-80_000), through: 80_000, by: 17) {
            let text = String(CivilTime(secondsSinceEpoch: number * 86400).text.prefix(10))
            #expect(Day(text)?.daysSinceEpoch == number)
        }
    }

    @Test(
        "Partial responses",
        arguments: [
            ("a", #"{"a":1}"#), ("items(id,start/date),a", #"{"a":1,"items":[{"id":"x","start":{"date":"d"}}]}"#),
            ("items/id", #"{"items":[{"id":"x"}]}"#),
            ("*", #"{"a":1,"items":[{"id":"x","n":2,"start":{"date":"d","z":"e"}}]}"#),
            ("items/*/date", #"{"items":[{"id":"x","n":2,"start":{"date":"d"}}]}"#), ("nothing", "{}"),
        ])
    func fields(_ selector: String, _ expected: String) throws {
        let json = try JSONParser.parse(Data(#"{"a":1,"items":[{"id":"x","n":2,"start":{"date":"d","z":"e"}}]}"#.utf8))
        let selected = try #require(FieldSelector(selector)).apply(to: json)
        #expect(String(decoding: JSONWriter.write(selected, indent: nil), as: UTF8.self) == expected)
    }

    @Test(
        "Selectors off the grammar are refused",
        arguments: ["", ",", "a,", "a(", "a()", "a)", "a//b", "a b", String(repeating: "a(", count: 500)])
    func badFields(_ selector: String) {
        #expect(FieldSelector(selector) == nil)
    }
}
