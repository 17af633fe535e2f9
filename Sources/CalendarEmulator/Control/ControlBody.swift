import Foundation
import HTTPTypes
import OrderedCollections

/// A control call that cannot be done, in one plain sentence.
struct ControlError: Error {
    var status: Int
    var message: String
    /// With 405: what the path does take.
    var allowed: [HTTPRequest.Method] = []

    init(_ message: String, status: Int = 400) {
        self.status = status
        self.message = message
    }
}

/// One call below `/emulator/`.
struct ControlRequest {
    var method: HTTPRequest.Method
    /// The path behind `/emulator`.
    var segments: [String]
    var query: Query
    var body: Data
    /// What tells a program from another site in a browser.
    var headers: (authority: String?, origin: String?)
    /// The real clock.
    var clock: Instant
    var origin: String
}

/// The body of a control call. Fields nobody knows are refused, so that a misspelt wish does not look granted.
struct ControlBody {
    private let object: JSON.Object

    init(_ data: Data) throws(ControlError) {
        guard !data.isEmpty else {
            object = [:]
            return
        }
        guard let object = (try? JSONParser.parse(data))?.object else { throw ControlError("the body must be a JSON object") }
        self.object = object
    }

    func refuseOthers(than known: [String]) throws(ControlError) {
        if let unknown = object.keys.first(where: { !known.contains($0) }) {
            throw ControlError("unknown field \"\(unknown)\"; known are \(known.joined(separator: ", "))")
        }
    }

    /// Whether the field was sent, be it as `null`.
    func isPresent(_ name: String) -> Bool { object[name] != nil }

    private func value(_ name: String) -> JSON? { object[name].flatMap { $0 == .null ? nil : $0 } }

    func string(_ name: String) throws(ControlError) -> String? {
        guard let value = value(name) else { return nil }
        guard let string = value.string else { throw ControlError("\(name) must be a string") }
        return string
    }

    func bool(_ name: String) throws(ControlError) -> Bool? {
        guard let value = value(name) else { return nil }
        guard let bool = value.bool else { throw ControlError("\(name) must be true or false") }
        return bool
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws(ControlError) -> Int? {
        guard let value = value(name) else { return nil }
        guard let integer = value.integer.flatMap(Int.init(exactly:)), range.contains(integer) else {
            throw ControlError("\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return integer
    }

    func number(_ name: String, in range: ClosedRange<Double>) throws(ControlError) -> Double? {
        guard let value = value(name) else { return nil }
        guard let number = value.double, range.contains(number) else {
            throw ControlError("\(name) must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func strings(_ name: String) throws(ControlError) -> [String]? {
        guard let value = value(name) else { return nil }
        guard let array = value.array else { throw ControlError("\(name) must be a list of strings") }
        var strings: [String] = []
        for element in array {
            guard let string = element.string else { throw ControlError("\(name) must be a list of strings") }
            strings.append(string)
        }
        return strings
    }
}
