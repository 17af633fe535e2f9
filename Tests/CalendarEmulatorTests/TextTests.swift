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
            #""\"\\\n\t\u0001é😀""#, #"{"a":9223372036854775807}"#, #"{"a\"b":"\\ at the end\\"}"#, "-9223372036854775808",
        ])
    func roundTrip(_ text: String) throws {
        let json = try JSONParser.parse(Data(text.utf8))
        #expect(String(decoding: JSONWriter.write(json, indent: nil), as: UTF8.self) == text)
    }

    @Test(
        "Every form of a number in RFC 8259, section 6",
        arguments: [
            ("0", 0), ("-0", 0), ("10", 10), ("-7", -7), ("0.5", 0.5), ("-0.5", -0.5), ("1e3", 1000), ("1E+3", 1000),
            ("25e-1", 2.5), ("1.5e2", 150), ("0e0", 0), ("123456789012345678901234567890", 1.2345678901234568e29),
        ] as [(String, Double)])
    func numbers(_ text: String, _ value: Double) throws {
        for text in [text, " \(text)\n"] { #expect(try JSONParser.parse(Data(text.utf8)).double == value) }
        #expect(try JSONParser.parse(Data("[\(text),1]".utf8)).array?.count == 2)
    }

    @Test("Of a name that stands twice the last one counts, in the place of the first")
    func duplicates() throws {
        let json = try JSONParser.parse(Data(#"{"a":1,"b":2,"a":3}"#.utf8))
        #expect(String(decoding: JSONWriter.write(json, indent: nil), as: UTF8.self) == #"{"a":3,"b":2}"#)
    }

    @Test("A name in one piece and in two is no reason to end")
    func equivalentNames() throws {
        let many = (0..<40).map { "\"key\($0)\":0" }.joined(separator: ",")
        let json = try JSONParser.parse(Data("{\"\u{E9}\":1,\"e\u{301}\":2,\(many)}".utf8))
        #expect(json["key39"] == 0)
        #expect(json["\u{E9}"] != nil)
    }

    @Test("Nesting is allowed up to a limit")
    func depth() throws {
        let nested = { (depth: Int) in Data((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        _ = try JSONParser.parse(nested(JSONParser.maximumDepth))
        #expect(throws: JSONParser.Failure.self) { try JSONParser.parse(nested(JSONParser.maximumDepth + 1)) }
    }

    @Test(
        "What is none is refused",
        arguments: [
            "", " ", "{", "{\"a\"}", "{\"a\":1,}", "[1,]", "nul", "\"", "\"\\x\"", "\"\\u12\"", "NaN", "Infinity", "-Infinity",
            "{}x", "\"\u{1}\"", "\"\\n\u{1}\"", "\"\\", "\"\\\"", String(repeating: "[", count: 10_000), "{a:1}", "{1:1}",
            "'a'", "[1 2]",
            "[,1]", "\u{FEFF}{}", "tru", "True", "nullnull", "/**/1", "\"\\u+123\"", "\"\\u12 4\"",
            // Numbers.
            "-", "+1", "1.", ".5", "-.5", "01", "-01", "00", "1e", "1e+", "1.e1", "1.5e", "--1", "1-2", "1+1", "0x1F", "1_000",
            "1,000", "1e999", "-1e999", "1e1.5", "١",
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
            ("1969-12-31T23:59:59.999Z", -1), ("1969-12-31T23:59:59.99999999Z", -1),
            ("1970-01-01T00:00:00.05-00:30", 1_800_050), ("2024-02-29t12:00:00.5z", 1_709_208_000_500),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000), ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ] as [(String, Int64)])
    func times(_ text: String, _ milliseconds: Int64) {
        #expect(DateTimeText(text)?.instant(in: nil)?.milliseconds == milliseconds)
    }

    @Test(
        "What is no time is refused",
        arguments: [
            "", "2026-11-03", "2026-13-01T00:00:00Z", "2025-02-29T00:00:00Z", "2026-11-03T24:00:00Z", "2026-11-03T10:00:60Z",
            "2026-11-03T10:00:00.Z", "2026-11-03T10:00:00.12x", "2026-11-03T10:00:00+01:00 ", "2026-11-03 10:00:00Z",
            "2026-11-03T10:00:00-24:00", "2026-11-03T10:00:00+01:60", "2026-11-0３T10:00:00Z", "2026-11-03T10:00:00.١Z",
            "2026-11-03T10:00:00+1:00", "2026-11-03T10:00:00ZZ", "2026-11-03T10:00Z",
            "２026-11-03T10:00:00Z",
            "0000-01-01T00:00:00Z",
        ])
    func noTimes(_ text: String) {
        #expect(DateTimeText(text) == nil)
    }

    @Test(
        "Instants are written as Google writes them",
        arguments: [
            (0, "Etc/GMT+12", "1970-01-01T00:00:00.000Z", "1969-12-31T12:00:00-12:00"),
            (-1, "UTC", "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59Z"),
            (1_793_696_400_007, "Europe/Berlin", "2026-11-03T09:00:00.007Z", "2026-11-03T10:00:00+01:00"),
            (1_793_696_400_070, "Asia/Kathmandu", "2026-11-03T09:00:00.070Z", "2026-11-03T14:45:00+05:45"),
            (1_793_696_400_700, "America/St_Johns", "2026-11-03T09:00:00.700Z", "2026-11-03T05:30:00-03:30"),
            (-62_135_596_800_000, "UTC", "0001-01-01T00:00:00.000Z", "0001-01-01T00:00:00Z"),
            (253_402_300_799_999, "UTC", "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59Z"),
        ] as [(Int64, String, String, String)])
    func texts(_ milliseconds: Int64, _ zone: String, _ utc: String, _ local: String) throws {
        let instant = Instant(milliseconds: milliseconds)
        #expect(instant.utc == utc)
        #expect(instant.text(in: try #require(TimeZone.iana(zone))) == local)
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

@Suite("The members of a JSON object")
struct JSONObjectTests {
    @Test("Agree with an ordered dictionary, few and many, set, removed and set again")
    func agrees() {
        var random = SeededRandom(seed: 11)
        for names in [5, 100] {
            var object = JSONObject()
            var expected: OrderedDictionary<String, JSON> = [:]
            for step in 0..<600 {
                let name = "name\(Int.random(in: 0..<names, using: &random))"
                let value: JSON? = Int.random(in: 0..<3, using: &random) == 0 ? nil : .integer(Int64(step))
                object[name] = value
                expected[name] = value
                #expect(object[name] == value)
                #expect(object.keys == expected.keys)
                #expect(object.values == Array(expected.values))
            }
            #expect(object == JSONObject(uniqueKeysWithValues: expected.map { ($0.key, $0.value) }))
        }
    }

    @Test("A body of many names is read in no time", .timeLimit(.minutes(1)))
    func many() throws {
        let text = "{" + (0..<60_000).map { "\"a\($0)\":0" }.joined(separator: ",") + "}"
        #expect(try JSONParser.parse(Data(text.utf8)).object?.count == 60_000)
    }
}
