import CalendarSync
import Coaching
import Foundation
import Testing

@testable import Web

/// Nothing is missing in any language, so that nobody reads the name of a text instead of the text.
@Suite struct WordsTests {
    private static func keys(_ phrase: Phrase, _ prefix: String = "") -> [String: String] {
        switch phrase {
        case .text(let text): [prefix: text]
        case .group(let group):
            group.reduce(into: [:]) { all, pair in
                all.merge(keys(pair.value, prefix.isEmpty ? pair.key : "\(prefix).\(pair.key)")) { $1 }
            }
        }
    }

    private static func placeholders(_ text: String) -> Set<String> {
        Set(text.matches(of: /\{([a-z]+)\}/).map { String($0.1) })
    }

    @Test(arguments: Language.allCases.filter { $0 != .en })
    func everyLanguageSaysEverything(_ language: Language) throws {
        let english = Self.keys(Language.en.words.phrases)
        let other = Self.keys(language.words.phrases)
        for (key, text) in english {
            let translated = try #require(other[key], "\(language) lacks \(key)")
            // What depends on a number may leave it out.
            #expect(
                Self.placeholders(translated).symmetricDifference(Self.placeholders(text)).subtracting(["n"]).isEmpty, "\(key)")
        }
        for key in other.keys where english[key] == nil {
            #expect(
                key.hasSuffix(".two") || key.hasPrefix("reasons.") || key.hasPrefix("unknownReasons."), "\(key) is left over")
        }
    }

    @Test(arguments: Language.allCases)
    func everyCodeHasWords(_ language: Language) {
        let words = language.words
        for reason in SyncReason.allCases {
            #expect(!words.sentence(reason).isEmpty)
            #expect(!words.nextStep(reason).isEmpty)
        }
        for reason in UnknownReason.allCases {
            #expect(!words.sentence(reason).isEmpty)
            #expect(!words.nextStep(reason).isEmpty)
        }
        let keys =
            TimelineEntry.What.allCases.map { "timeline.\($0.rawValue)" }
            + Toast.Code.allCases.map { "toasts.\($0.rawValue)" }
            + CalendarSettingsView.State.allCases.flatMap {
                ["settings.states.\($0.rawValue)", "settings.badges.\($0.rawValue)"]
            }
            + CalendarSyncStatus.Status.allCases.flatMap {
                ["session.badges.\($0.rawValue)", "session.calendar.\($0.rawValue)"]
            }
            + SessionForm.fields.map { "form.errors.\($0)" }
            + Page.Section.allCases.map { "nav.\($0.rawValue)" }
            + Person.Role.allCases.map { "roles.\($0.rawValue)" }
        for key in keys { #expect(words.phrases[key] != nil, "\(language) lacks \(key)") }
    }

    @Test func templatesAskForWordsThatAreThere() {
        let words = Language.en.words
        for name in Templates.names {
            for match in Templates.source(name).matches(of: /\{\{t\.([A-Za-z.]+)\}\}/) {
                guard case .text? = words.phrases[String(match.1)] else {
                    Issue.record("\(name) asks for \(match.1)")
                    continue
                }
            }
        }
    }

    @Test func numbersHaveTheirForms() {
        let (english, hebrew) = (Language.en.words, Language.he.words)
        #expect(english.count("settings.events.count", 1) == "1 event")
        #expect(english.count("settings.events.count", 2) == "2 events")
        #expect(english.count("settings.events.count", 0) == "0 events")
        #expect(hebrew.count("settings.events.count", 1) == "אירוע אחד")
        #expect(hebrew.count("settings.events.count", 2) == "שני אירועים")
        #expect(hebrew.count("settings.events.count", 11) == "11 אירועים")
    }

    @Test(
        arguments: [
            ("he", Language.he), ("iw-IL", .he), ("en-GB,en;q=0.9", .en), ("fr, he;q=0.5, en;q=0.4", .he), ("de", nil),
            ("en;q=0", nil), ("he;q=0.3,en;q=0.8", .en), ("", nil),
        ] as [(String, Language?)])
    func browsersSayWhatTheyLike(_ header: String, _ language: Language?) {
        #expect(Language(accepted: header) == language)
    }

    /// One character can be a `<` with something before or behind it.
    @Test func markupInTextStaysText() {
        let tricks = ["<script>", "\u{0600}<script>", "<\u{0338}script>", "\"'&", "\u{200d}<img src=x>"]
        for trick in tricks {
            let page = Templates.render("problem", ["heading": trick, "text": trick, "t": Language.en.words.phrases])
            #expect(!page.contains("<script"))
            #expect(!page.contains("<img"))
            #expect(page.unicodeScalars.filter { $0 == "<" }.count == page.unicodeScalars.filter { $0 == ">" }.count)
        }
    }
}
