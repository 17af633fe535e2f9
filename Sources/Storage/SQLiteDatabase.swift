import GRDB

/// SQLite, through GRDB: one writer and several readers, each on threads of their own.
public struct SQLiteDatabase: Database {
    /// How long a write waits for another process to finish its own.
    public static let busyTimeout: Double = 5  // seconds

    private let writer: any DatabaseWriter
    /// In memory there is nothing to wait for, and so no reason to change threads.
    private let isInMemory: Bool

    /// Opens a file, and makes it if it is not there.
    public init(path: String) throws {
        var configuration = Self.configuration
        configuration.busyMode = .timeout(Self.busyTimeout)
        configuration.prepareDatabase { database in
            // What was acknowledged survives a power cut, not only a crash of this program.
            try database.execute(sql: "PRAGMA synchronous = FULL")
        }
        // A pool keeps the file in WAL mode, so readers never wait for the writer.
        writer = try DatabasePool(path: path, configuration: configuration)
        isInMemory = false
    }

    /// A database in memory, gone with the last reference to it.
    public init() throws {
        writer = try DatabaseQueue(configuration: Self.configuration)
        isInMemory = true
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        return configuration
    }

    public func write<Answer: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Answer
    ) async throws -> Answer {
        do {
            if isInMemory { return try here(body) }
            return try await writer.write { try body(SQLiteTransaction(database: $0)) }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            throw StorageError.busy
        } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_CONSTRAINT_TRIGGER {
            throw StorageError.refused(error.message ?? "")
        }
    }

    public func read<Answer: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Answer
    ) async throws -> Answer {
        if isInMemory { return try here(body) }
        return try await writer.read { try body(SQLiteTransaction(database: $0)) }
    }

    private func here<Answer>(_ body: (any Transaction) throws -> Answer) throws -> Answer {
        try writer.write { try body(SQLiteTransaction(database: $0)) }
    }
}

private struct SQLiteTransaction: Transaction {
    let database: GRDB.Database

    func execute(_ statement: SQL) throws -> Int {
        let prepared = try database.cachedStatement(sql: statement.text)
        try prepared.execute(arguments: statement.arguments)
        return database.changesCount
    }

    func rows(_ query: SQL) throws -> [Row] {
        let prepared = try database.cachedStatement(sql: query.text)
        let cursor = try GRDB.Row.fetchCursor(prepared, arguments: query.arguments)
        let columns = Dictionary(zip(prepared.columnNames, 0...), uniquingKeysWith: { first, _ in first })
        var rows: [Row] = []
        while let row = try cursor.next() {
            rows.append(Row(columns: columns, values: row.databaseValues.map { SQLValue($0) }))
        }
        return rows
    }

    func run(script: String) throws { try database.execute(sql: script) }
}

extension SQL {
    fileprivate var arguments: StatementArguments {
        StatementArguments(
            values.map { value -> DatabaseValue in
                switch value {
                case .null: .null
                case .integer(let number): number.databaseValue
                case .text(let text): text.databaseValue
                }
            })
    }
}

extension SQLValue {
    fileprivate init(_ value: DatabaseValue) {
        switch value.storage {
        case .null: self = .null
        case .int64(let number): self = .integer(number)
        case .string(let text): self = .text(text)
        // No column of ours has these types; a stray value shows as one of an unexpected kind.
        case .double(let number): self = .text("\(number)")
        case .blob: self = .text("")
        }
    }
}
