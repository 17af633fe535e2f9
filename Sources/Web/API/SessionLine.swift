import Coaching
import Foundation

/// A session as a line of JSON: the body of `PUT /v1/sessions/{id}` with the id in it.
public struct SessionLine: Sendable {
    public var id: String
    public var coachID: String
    public var details: SessionDetails

    /// - Throws: `InvalidInput`, with every field that has to change.
    public init(_ line: Data) throws {
        guard line.count <= FieldReader.largestBody else {
            throw InvalidInput("line", "is longer than \(FieldReader.largestBody / 1024) KiB; shorten its texts")
        }
        let body: FieldReader
        do {
            body = try FieldReader(line, known: SessionBody.fields + ["id"])
        } catch is Problem {
            throw InvalidInput("line", "is not a JSON object")
        }
        details = try SessionBody.details(body, by: Person(id: "import", role: .admin))
        guard let id = try body.text("id") else { throw InvalidInput("id", "is missing") }
        guard let coachID = try body.text("coachId") else { throw InvalidInput("coachId", "is missing") }
        (self.id, self.coachID) = (id, coachID)
    }
}

/// Why a session was not taken, in one sentence for whoever sent it.
public func whyRefused(_ error: any Error) -> String {
    let problem = Problem(error)
    return [problem.detail, problem.nextStep].compactMap { $0 }.joined(separator: " ")
}
