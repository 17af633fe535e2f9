import Foundation

/// Example sessions: one JSON object a line, as `PUT /v1/sessions/{id}` takes it, with the `id` beside. `{today+3}` stands for
/// the date in three days, so that examples never grow old.
enum DemoSessions {
    struct Line {
        var id: String
        var body: Data
    }

    static func read(_ file: String, today: Date) throws -> [Line] {
        guard let contents = FileManager.default.contents(atPath: file) else {
            throw SettingsError("--play: there is no readable file at \(file); start from the project's folder, or name one")
        }
        let text = String(decoding: contents, as: UTF8.self)
        return try text.split(separator: "\n").enumerated().filter { !$0.element.allSatisfy(\.isWhitespace) }.map {
            index, line in
            let dated = line.replacing(/\{today\+(\d{1,3})\}/) { match in
                let date = today.addingTimeInterval(TimeInterval(match.1).map { $0 * 86_400 } ?? 0)
                return date.formatted(Date.ISO8601FormatStyle().year().month().day())
            }
            guard var fields = try JSONSerialization.jsonObject(with: Data(dated.utf8)) as? [String: Any],
                let id = fields.removeValue(forKey: "id") as? String
            else { throw SettingsError("--play: line \(index + 1) of \(file) is no JSON object with an \"id\"") }
            return Line(id: id, body: try JSONSerialization.data(withJSONObject: fields))
        }
    }
}
