/// A relational database, seen through transactions.
///
/// A transaction's body is synchronous: nothing can be awaited in it, so no transaction is ever open during a network call.
/// It is committed when the body returns and rolled back when it throws.
public protocol Database: Sendable {
    /// Runs `body` alone: no other write goes on at the same time.
    func write<Answer: Sendable>(_ body: @escaping @Sendable (any Transaction) throws -> Answer) async throws -> Answer

    /// Runs `body` on one unchanging state of the database.
    func read<Answer: Sendable>(_ body: @escaping @Sendable (any Transaction) throws -> Answer) async throws -> Answer
}

public protocol Transaction {
    /// - Returns: how many rows were inserted, changed or deleted.
    @discardableResult
    func execute(_ statement: SQL) throws -> Int

    func rows(_ query: SQL) throws -> [Row]

    /// Runs several statements without values, as in a migration.
    func run(script: String) throws
}

extension Transaction {
    public func row(_ query: SQL) throws -> Row? { try rows(query).first }
}

/// One row of an answer.
public struct Row: Sendable {
    private let columns: [String: Int]
    private let values: [SQLValue]

    public init(columns: [String: Int], values: [SQLValue]) {
        self.columns = columns
        self.values = values
    }

    /// The value of a column that is never null.
    public func get<Value: SQLConvertible>(_ column: String, as type: Value.Type = Value.self) throws -> Value {
        guard let value: Value = try find(column) else { throw StorageError.unexpectedNull(column: column) }
        return value
    }

    /// The value of a column that may be null.
    public func find<Value: SQLConvertible>(_ column: String, as type: Value.Type = Value.self) throws -> Value? {
        guard let index = columns[column] else { throw StorageError.noSuchColumn(column) }
        if values[index] == .null { return nil }
        guard let value = Value(sqlValue: values[index]) else { throw StorageError.unexpectedValue(column: column) }
        return value
    }
}

public enum StorageError: Error, Equatable {
    case noSuchColumn(String)
    case unexpectedNull(column: String)
    case unexpectedValue(column: String)
    /// Another process kept the database to itself for too long. Nothing was written.
    case busy
    /// A rule of the schema's own forbids what was to be written; the text is the rule's. Nothing was written.
    case refused(String)
    /// The database was made by a newer version of this program.
    case databaseIsNewer(found: Int, known: Int)
}

extension StorageError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noSuchColumn(let column): "the answer has no column \(column)"
        case .unexpectedNull(let column): "column \(column) holds nothing"
        case .unexpectedValue(let column): "column \(column) holds a value of another kind"
        case .busy: "another process keeps the database to itself"
        case .refused(let rule): "the database refuses it: \(rule)"
        case .databaseIsNewer(let found, let known):
            "the database has schema version \(found) and this program knows \(known); start the newer program"
        }
    }
}
