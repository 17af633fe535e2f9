import Coaching
import Foundation
import Storage

extension CalendarSyncService {
    /// How a coach may be booked.
    public func bookingRules(of coachID: String) async throws -> BookingRules {
        try await database.read { try $0.bookingRules(of: coachID) }
    }

    /// Sessions and holds that are there keep the time between them that they were booked with.
    public func setBookingRules(_ rules: BookingRules, of coach: Person) async throws {
        guard coach.role == .coach else { throw InvalidInput("role", "must be coach; only coaches can be booked") }
        if !rules.violations.isEmpty { throw InvalidInput(rules.violations) }
        let text = String(decoding: try JSONEncoder().encode(rules), as: UTF8.self)
        try await database.write { transaction in
            try transaction.save(coach.completed(by: transaction.person(coach.id)))
            try transaction.execute(
                """
                INSERT INTO booking_rules (coach_id, rules) VALUES (\(coach.id), \(text))
                ON CONFLICT (coach_id) DO UPDATE SET rules = excluded.rules
                """)
        }
    }
}

extension Transaction {
    func bookingRules(of coachID: String) throws -> BookingRules {
        guard let row = try row("SELECT rules FROM booking_rules WHERE coach_id = \(coachID)") else { return BookingRules() }
        return try JSONDecoder().decode(BookingRules.self, from: Data(try row.get("rules", as: String.self).utf8))
    }
}
