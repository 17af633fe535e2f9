import Coaching
import Foundation
import Hummingbird
import NIOCore

/// A JSON object from a request, read field by field, so that every refusal names the field it is about.
struct FieldReader: Sendable {
    static let largestBody = 64 * 1024

    private let fields: [String: JSONField]
    private let body: Data

    /// - Parameter known: the fields that may be there; any other is refused, since it is likely a misspelling.
    init(_ request: Request, known: [String], mayBeEmpty: Bool = false) async throws {
        var request = request
        let body = Data((try await request.collectBody(upTo: Self.largestBody)).readableBytesView)
        try self.init(body, known: known, mayBeEmpty: mayBeEmpty)
    }

    init(_ body: Data, known: [String], mayBeEmpty: Bool = false) throws {
        self.body = body
        if mayBeEmpty, body.isEmpty {
            fields = [:]
            return
        }
        do {
            fields = try JSONDecoder().decode([String: JSONField].self, from: body)
        } catch {
            throw Problem(.badRequest, "malformedJSON", "The body is not a JSON object.", nextStep: "Send an object in UTF-8.")
        }
        let unknown = fields.keys.filter { !known.contains($0) }.sorted()
        if !unknown.isEmpty {
            throw InvalidInput(
                unknown.map {
                    .init(String($0.prefix(100)), "is not a field of this call; known are \(known.joined(separator: ", "))")
                })
        }
    }

    /// The same of a form, where what is blank takes a value away.
    init(texts: [String: String?], numbers: [String: String?] = [:], flags: [String: Bool] = [:]) {
        body = Data()
        fields = texts.mapValues { $0.map { .text($0) } ?? .null }
            .merging(numbers.mapValues { $0.map { text in Double(text).map { .number($0) } ?? .text(text) } ?? .null }) { $1 }
            .merging(flags.mapValues { .flag($0) }) { $1 }
    }

    /// Whether the field is there, be it as null.
    func has(_ name: String) -> Bool { fields[name] != nil }

    /// Whether the field is there with a value.
    func hasValue(_ name: String) -> Bool { has(name) && fields[name] != .null }

    /// Nil when the field is missing or null.
    func text(_ name: String) throws -> String? {
        switch fields[name] {
        case nil, .null: nil
        case .text(let text): text
        default: throw InvalidInput(name, "must be a string")
        }
    }

    /// Like ``text(_:)``; blank is nil too.
    func words(_ name: String) throws -> String? {
        try text(name).flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 }
    }

    func integer(_ name: String) throws -> Int? {
        switch fields[name] {
        case nil, .null: return nil
        case .number(let number):
            guard let whole = Int(exactly: number) else { throw InvalidInput(name, "must be a whole number") }
            return whole
        default: throw InvalidInput(name, "must be a number")
        }
    }

    /// Nil when the field is missing or null.
    func flag(_ name: String) throws -> Bool? {
        switch fields[name] {
        case nil, .null: nil
        case .flag(let flag): flag
        default: throw InvalidInput(name, "must be true or false")
        }
    }

    /// Nil when the field is missing or null.
    func texts(_ name: String) throws -> [String]? {
        switch fields[name] {
        case nil, .null: nil
        case .texts(let texts): texts
        default: throw InvalidInput(name, "must be a list of strings")
        }
    }

    /// The whole body as something that has a shape of its own.
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: body)
        } catch let error as DecodingError {
            throw InvalidInput(error)
        }
    }

    func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String, of: Choice.Type = Choice.self) throws
        -> Choice?
    {
        guard let text = try text(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw InvalidInput(name, "must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }
}

private enum JSONField: Decodable, Sendable, Equatable {
    case null
    case text(String)
    case number(Double)
    case flag(Bool)
    case texts([String])
    case other

    init(from decoder: any Decoder) throws {
        guard let value = try? decoder.singleValueContainer() else {
            self = .other
            return
        }
        if value.decodeNil() {
            self = .null
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let flag = try? value.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let texts = try? value.decode([String].self) {
            self = .texts(texts)
        } else {
            self = .other
        }
    }
}

extension InvalidInput {
    /// Names the place in a nested body: `workingHours.weekdays.monday.0.from`.
    fileprivate init(_ error: DecodingError) {
        let (context, key): (DecodingError.Context, (any CodingKey)?) =
            switch error {
            case .keyNotFound(let key, let context): (context, key)
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context): (context, nil)
            @unknown default: (.init(codingPath: [], debugDescription: "cannot be read"), nil)
            }
        let path = (context.codingPath + [key].compactMap { $0 }).map { $0.intValue.map { "\($0)" } ?? $0.stringValue }
        let message =
            if case .dataCorrupted = error { context.debugDescription } else {
                key == nil ? "is of another kind" : "is missing"
            }
        self.init(String(path.joined(separator: ".").prefix(100)), message)
    }
}

/// The query of a request, with the same care.
struct QueryReader {
    private let values: [String: String]

    init(_ request: Request, known: [String]) throws {
        var values: [String: String] = [:]
        for (name, value) in request.uri.queryParameters {
            let name = String(name)
            guard known.contains(name) else {
                throw InvalidInput(
                    String(name.prefix(100)), "is not a parameter of this call; known are \(known.joined(separator: ", "))")
            }
            if values.updateValue(String(value), forKey: name) != nil { throw InvalidInput(name, "is there twice") }
        }
        self.values = values
    }

    func text(_ name: String) -> String? { values[name] }

    func id(_ name: String) throws -> String? {
        guard let id = values[name] else { return nil }
        guard Identifier.isValid(id) else { throw InvalidInput(name, Identifier.rule) }
        return id
    }

    /// A point in time. An offset is needed: there is no zone to take it in.
    func instant(_ name: String) throws -> Date? {
        // A plus that was not escaped arrives as a space.
        guard let text = values[name]?.replacingOccurrences(of: " ", with: "+") else { return nil }
        guard let time = WallTime(text), let instant = time.instant else { throw InvalidInput(name, WallTime.rule) }
        return instant
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = values[name] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw InvalidInput(name, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
