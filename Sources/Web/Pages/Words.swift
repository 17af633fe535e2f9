import CalendarSync
import Coaching
import Foundation
import Mustache

/// A language of the pages. Another one is a file of words beside the others, and a case here.
enum Language: String, CaseIterable, Sendable {
    case en
    case he

    var direction: String { Locale.Language(identifier: rawValue).characterDirection == .rightToLeft ? "rtl" : "ltr" }

    /// What those who speak it call it.
    var name: String {
        switch self {
        case .en: "English"
        case .he: "עברית"
        }
    }

    /// - Parameter tag: BCP 47, as in `en-GB`.
    init?(tag: some StringProtocol) {
        let code = tag.split(whereSeparator: { $0 == "-" || $0 == "_" }).first.map { $0.lowercased() }
        // What Hebrew was called before 1989, and Java still calls it.
        guard let found = code.flatMap({ Language(rawValue: $0 == "iw" ? "he" : $0) }) else { return nil }
        self = found
    }

    /// The language that a browser would like best of ours.
    /// - Parameter header: `Accept-Language`, RFC 9110, section 12.5.4.
    init?(accepted header: String) {
        let wishes = header.split(separator: ",").prefix(20).compactMap { wish -> (Language, Double)? in
            let parts = wish.split(separator: ";")
            guard let language = parts.first.flatMap({ Language(tag: $0.trimmingCharacters(in: .whitespaces)) }) else {
                return nil
            }
            let weight = parts.dropFirst().first?.trimmingCharacters(in: .whitespaces).dropFirst(2)
            return (language, weight.map { Double($0) ?? 0 } ?? 1)
        }
        guard let best = wishes.max(by: { $0.1 < $1.1 }), best.1 > 0 else { return nil }
        // Of several with one weight, the first.
        self = wishes.first { $0.1 == best.1 }?.0 ?? best.0
    }

    var words: Words { Words.all[self] ?? Words(language: self, phrases: .group([:])) }
}

/// A text, or texts by name, in one language.
indirect enum Phrase: Sendable, Decodable, Equatable {
    case text(String)
    case group([String: Phrase])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let text = try? value.decode(String.self) {
            self = .text(text)
        } else {
            self = .group(try value.decode([String: Phrase].self))
        }
    }

    subscript(key: String) -> Phrase? {
        key.split(separator: ".").reduce(Optional(self)) { found, name in
            guard case .group(let group) = found else { return nil }
            return group[String(name)]
        }
    }
}

extension Phrase: MustacheParent, MustacheCustomRenderable {
    func child(named name: String) -> Any? {
        if case .group(let group) = self { group[name] } else { nil }
    }

    var renderText: String { if case .text(let text) = self { text } else { "" } }
    var isNull: Bool { false }
}

/// All that the pages say in one language.
struct Words: Sendable {
    let language: Language
    let phrases: Phrase

    fileprivate static let all: [Language: Words] = {
        let files: [Language: [UInt8]] = [.en: PackageResources.en_json, .he: PackageResources.he_json]
        return files.reduce(into: [:]) { all, file in
            let phrases = try? JSONDecoder().decode(Phrase.self, from: Data(file.value))
            assert(phrases != nil, "the words of \(file.key) are no JSON of texts and objects")
            all[file.key] = Words(language: file.key, phrases: phrases ?? .group([:]))
        }
    }()

    /// - Parameter values: take the place of `{name}`.
    func callAsFunction(_ key: String, _ values: [String: String] = [:]) -> String {
        guard case .text(var text)? = phrases[key] else {
            assertionFailure("\(language.rawValue) has no words for \(key)")
            return ""
        }
        for (name, value) in values { text = text.replacingOccurrences(of: "{\(name)}", with: value) }
        return text
    }

    /// A text that depends on how many there are: `one`, where the language has it `two`, and `other`, with `{n}`.
    /// Source: https://cldr.unicode.org/index/cldr-spec/plural-rules
    func count(_ key: String, _ number: Int, _ values: [String: String] = [:]) -> String {
        let form = number == 1 ? "one" : number == 2 && phrases["\(key).two"] != nil ? "two" : "other"
        return self("\(key).\(form)", values.merging(["n": number.formatted(.number.locale(locale))]) { first, _ in first })
    }

    var locale: Locale { Locale(identifier: language.rawValue) }

    // English is the language in which the reasons are written down where they arise.

    func sentence(_ reason: SyncReason) -> String {
        language == .en ? reason.sentence : self("reasons.\(reason.rawValue).sentence")
    }

    func nextStep(_ reason: SyncReason) -> String {
        language == .en ? reason.nextStep : self("reasons.\(reason.rawValue).nextStep")
    }

    func sentence(_ reason: UnknownReason) -> String {
        language == .en ? reason.sentence : self("unknownReasons.\(reason.rawValue).sentence")
    }

    func nextStep(_ reason: UnknownReason) -> String {
        language == .en ? reason.nextStep : self("unknownReasons.\(reason.rawValue).nextStep")
    }
}
