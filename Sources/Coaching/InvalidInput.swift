/// Input that was refused, with every field that has to change. Nothing of it was stored.
public struct InvalidInput: Error, Equatable {
    public struct Field: Sendable, Equatable {
        /// The field's name as the caller wrote it.
        public let name: String
        /// One sentence: what is wrong, and what would be right.
        public let message: String

        public init(_ name: String, _ message: String) {
            self.name = name
            self.message = message
        }
    }

    public let fields: [Field]

    public init(_ fields: [Field]) { self.fields = fields }
    public init(_ name: String, _ message: String) { self.fields = [Field(name, message)] }
}
