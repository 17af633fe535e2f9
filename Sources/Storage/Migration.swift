import Foundation

/// One numbered step of a schema. Once released it is never edited; a later one changes what it made.
public struct Migration: Sendable {
    public let number: Int
    public let script: String

    public init(_ number: Int, _ script: String) {
        self.number = number
        self.script = script
    }
}

extension Database {
    /// Brings the schema up to date, all missing steps or none.
    /// - Returns: the numbers of the steps that were missing.
    @discardableResult
    public func migrate(_ migrations: [Migration], now: Date) async throws -> [Int] {
        try await write { transaction in
            try transaction.run(
                script: """
                    CREATE TABLE IF NOT EXISTS schema_migration (
                        number INTEGER PRIMARY KEY,
                        applied_at BIGINT NOT NULL
                    );
                    """)
            let applied = try transaction.rows("SELECT number FROM schema_migration").map { try $0.get("number", as: Int.self) }
            let known = migrations.map(\.number).max() ?? 0
            if let newest = applied.max(), newest > known {
                throw StorageError.databaseIsNewer(found: newest, known: known)
            }
            let missing = migrations.filter { !applied.contains($0.number) }.sorted { $0.number < $1.number }
            for migration in missing {
                try transaction.run(script: migration.script)
                try transaction.execute(
                    "INSERT INTO schema_migration (number, applied_at) VALUES (\(migration.number), \(now))")
            }
            return missing.map(\.number)
        }
    }
}
