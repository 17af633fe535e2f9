import Coaching
import Foundation
import Storage

/// Somebody who is signed in to the pages with one browser.
public struct SignIn: Sendable, Equatable {
    /// How long a browser that is not used stays signed in.
    public static let idleLength: TimeInterval = 12 * 60 * 60
    /// How long it stays signed in at most.
    public static let longestLength: TimeInterval = 7 * 24 * 60 * 60
    /// How old a number may become before the next use gives a new one.
    static let numberLength: TimeInterval = 15 * 60
    /// How long the number before counts: pages are asked for at the same time, and answers overtake each other.
    static let overlap: TimeInterval = 60

    public var id: String
    public var person: Person
    /// Which number the browser is to show next time.
    public var number: Int
    public var expiresAt: Date
}

extension CalendarSyncService {
    /// Signs somebody in to the pages, once for each token of the platform.
    /// - Parameters:
    ///   - tokenHash: tells tokens apart; the token itself is not stored.
    ///   - tokenExpiresAt: after that nobody can try it again, so it is forgotten.
    /// - Returns: nil when the token was used before.
    public func beginSignIn(
        of person: Person, tokenHash: String, tokenExpiresAt: Date
    ) async throws -> SignIn? {
        try await recognise(person)
        let now = now
        let id = UUID().uuidString.lowercased()
        return try await database.write { transaction in
            try transaction.execute("DELETE FROM used_token WHERE expires_at <= \(now)")
            try transaction.execute("DELETE FROM sign_in WHERE expires_at <= \(now)")
            let isFresh =
                try transaction.execute(
                    """
                    INSERT INTO used_token (hash, expires_at) VALUES (\(tokenHash), \(tokenExpiresAt))
                    ON CONFLICT (hash) DO NOTHING
                    """) == 1
            guard isFresh else { return nil }
            try transaction.execute(
                """
                INSERT INTO sign_in (id, person_id, role, number, begun_at, numbered_at, expires_at)
                VALUES (\(id), \(person.id), \(person.role), 1, \(now), \(now), \(now + SignIn.idleLength))
                """)
            return SignIn(id: id, person: person, number: 1, expiresAt: now + SignIn.idleLength)
        }
    }

    /// Who is signed in with a browser. Every quarter of an hour it gets another number to show; whoever comes with an older one has
    /// it from somewhere else, so nobody stays signed in with it.
    /// - Returns: nil when nobody is.
    public func signIn(_ id: String, number: Int) async throws -> SignIn? {
        let now = now
        let found = try await database.read { transaction in try transaction.signIn(id, now: now) }
        guard let found else { return nil }
        let age = now.timeIntervalSince(found.numberedAt)
        if number == found.signIn.number, (0..<SignIn.numberLength).contains(age) { return found.signIn }
        return try await database.write { transaction in
            guard let (known, begunAt, numberedAt) = try transaction.signIn(id, now: now) else { return nil }
            var signIn = known
            let age = now.timeIntervalSince(numberedAt)
            switch number {
            case signIn.number where (0..<SignIn.numberLength).contains(age): break
            case signIn.number:
                signIn.number += 1
                signIn.expiresAt = min(now + SignIn.idleLength, begunAt + SignIn.longestLength)
                try transaction.execute(
                    """
                    UPDATE sign_in SET number = \(signIn.number), numbered_at = \(now), expires_at = \(signIn.expiresAt)
                    WHERE id = \(id)
                    """)
            // The new number is on its way to the browser, or was lost: it is given once more.
            case signIn.number - 1 where abs(age) <= SignIn.overlap: break
            default:
                try transaction.execute("DELETE FROM sign_in WHERE id = \(id)")
                return nil
            }
            return signIn
        }
    }

    public func endSignIn(_ id: String) async throws {
        _ = try await database.write { try $0.execute("DELETE FROM sign_in WHERE id = \(id)") }
    }

    /// What signs cookies and forms: made once for each database, and the same for all who serve pages from it.
    public func pageSecret() async throws -> String {
        let fresh = Data((0..<32).map { _ in UInt8.random(in: .min ... .max) }).base64EncodedString()
        return try await database.write { transaction in
            try transaction.execute(
                "INSERT INTO page_secret (number, secret) VALUES (1, \(fresh)) ON CONFLICT (number) DO NOTHING")
            return try transaction.row("SELECT secret FROM page_secret WHERE number = 1")?.get("secret") ?? fresh
        }
    }

    /// Somebody that the platform has described before.
    public func person(_ id: String) async throws -> Person? { try await database.read { try $0.person(id) } }

    /// What people are called, for those who may see their sessions.
    public func names(of ids: Set<String>) async throws -> [String: String] {
        try await database.read { transaction in
            var names: [String: String] = [:]
            for id in ids { names[id] = try transaction.person(id)?.name }
            return names
        }
    }
}

extension Transaction {
    fileprivate func signIn(_ id: String, now: Date) throws -> (signIn: SignIn, begunAt: Date, numberedAt: Date)? {
        guard let row = try row("SELECT * FROM sign_in WHERE id = \(id) AND expires_at > \(now)"),
            var person = try person(try row.get("person_id"))
        else { return nil }
        // In which role they came in, whatever they may be elsewhere.
        person.role = try row.get("role")
        let signIn = SignIn(
            id: id, person: person, number: try row.get("number"), expiresAt: try row.get("expires_at"))
        return (signIn, try row.get("begun_at"), try row.get("numbered_at"))
    }
}
