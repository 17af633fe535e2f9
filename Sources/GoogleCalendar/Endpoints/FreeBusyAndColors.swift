import HTTPTypes
import Foundation

extension GoogleCalendarClient {
    /// `POST /freeBusy`
    /// - Parameter calendars: at most 50.
    /// - Parameter range: at most about two months; Google refuses longer ones with `timeRangeTooLong`.
    public func freeBusy(of calendars: [String], in range: DateInterval) async throws -> FreeBusy {
        struct Query: Encodable {
            struct Item: Encodable { var id: String }
            var timeMin: String
            var timeMax: String
            var items: [Item]
        }
        let query = Query(
            timeMin: range.start.rfc3339(), timeMax: range.end.rfc3339(), items: calendars.map { .init(id: $0) })
        return try await answer(to: Call(method: .post, path: ["freeBusy"], body: Call.encoding(query)))
    }

    /// `GET /colors`
    public func colors() async throws -> Colors {
        try await answer(to: Call(method: .get, path: ["colors"]))
    }
}
