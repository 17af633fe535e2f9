import Foundation
import Storage
import Testing

/// What every `Database` has to do; written against the protocol, so that each implementation can be put to it.
@Suite struct DatabaseTests {
    private func withDatabase(_ body: (any Database) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(component: "storage-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let database = try SQLiteDatabase(path: folder.appending(component: "a.sqlite").path())
        try await database.migrate([Self.table], now: .now)
        try await body(database)
    }

    private static let table = Migration(
        1,
        """
        CREATE TABLE parent (id TEXT PRIMARY KEY);
        CREATE TABLE thing (id TEXT PRIMARY KEY, parent TEXT REFERENCES parent (id), number BIGINT, at BIGINT);
        """)

    @Test func valuesComeBackAsTheyWere() async throws {
        try await withDatabase { database in
            let at = Date(timeIntervalSince1970: 1_793_000_000.123)
            let odd = "'; DROP TABLE thing; -- שלום 🎯 \n ?1"
            _ = try await database.write {
                try $0.execute("INSERT INTO thing (id, number, at) VALUES (\(odd), \(Int.max), \(at))")
            }
            let row = try #require(try await database.read { try $0.row("SELECT * FROM thing WHERE id = \(odd)") })
            #expect(try row.get("id", as: String.self) == odd)
            #expect(try row.get("number", as: Int.self) == .max)
            #expect(abs(try row.get("at", as: Date.self).timeIntervalSince(at)) < 0.001)
            #expect(try row.find("parent", as: String.self) == nil)
            #expect(throws: StorageError.unexpectedNull(column: "parent")) { try row.get("parent", as: String.self) }
            #expect(throws: StorageError.unexpectedValue(column: "id")) { try row.get("id", as: Int.self) }
            #expect(throws: StorageError.noSuchColumn("none")) { try row.get("none", as: Int.self) }
        }
    }

    @Test func partsOfStatementsKeepTheirValues() {
        let condition: SQL = "a = \(1) AND b = \("x")"
        let statement: SQL = "SELECT \(0) WHERE \(condition) AND c = \(2)"
        #expect(statement.text == "SELECT ?1 WHERE a = ?2 AND b = ?3 AND c = ?4")
        #expect(statement.values == [.integer(0), .integer(1), .text("x"), .integer(2)])
    }

    @Test func aTransactionThatThrowsLeavesNothingBehind() async throws {
        struct Stop: Error {}
        try await withDatabase { database in
            await #expect(throws: Stop.self) {
                try await database.write {
                    try $0.execute("INSERT INTO thing (id) VALUES (\("a"))")
                    throw Stop()
                }
            }
            let count = try await database.read { try $0.rows("SELECT id FROM thing").count }
            #expect(count == 0)
        }
    }

    @Test func foreignKeysAreKept() async throws {
        try await withDatabase { database in
            await #expect(throws: (any Error).self) {
                try await database.write { try $0.execute("INSERT INTO thing (id, parent) VALUES (\("a"), \("nobody"))") }
            }
        }
    }

    @Test func aReaderSeesOneStateWhileAnotherConnectionWrites() async throws {
        try await withDatabase { database in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        try await database.write {
                            try $0.execute("INSERT INTO thing (id, number) VALUES (\("a\(number)"), \(1))")
                            try $0.execute("INSERT INTO thing (id, number) VALUES (\("b\(number)"), \(-1))")
                        }
                    }
                    group.addTask {
                        let sum = try await database.read {
                            try $0.row("SELECT COALESCE(SUM(number), 0) AS n FROM thing")?.get("n", as: Int.self)
                        }
                        #expect(sum == 0)
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func migrationsAreAppliedOnceAndInOrder() async throws {
        try await withDatabase { database in
            let second = Migration(2, "ALTER TABLE thing ADD COLUMN second TEXT;")
            let first = try await database.migrate([second, Self.table], now: .now)
            #expect(first == [2])
            let again = try await database.migrate([Self.table, second], now: .now)
            #expect(again == [])
        }
    }

    @Test func aFailedMigrationLeavesNothingBehind() async throws {
        try await withDatabase { database in
            let broken = Migration(2, "CREATE TABLE half (id TEXT); CREATE TABLE thing (id TEXT);")
            await #expect(throws: (any Error).self) { try await database.migrate([Self.table, broken], now: .now) }
            let mended = Migration(2, "CREATE TABLE half (id TEXT);")
            let applied = try await database.migrate([Self.table, mended], now: .now)
            #expect(applied == [2])
        }
    }

    @Test func aDatabaseOfANewerProgramIsRefused() async throws {
        try await withDatabase { database in
            try await database.migrate([Self.table, Migration(2, "CREATE TABLE new (id TEXT);")], now: .now)
            await #expect(throws: StorageError.databaseIsNewer(found: 2, known: 1)) {
                try await database.migrate([Self.table], now: .now)
            }
        }
    }
}
