/// A list that Google gives out in pages, as a sequence of them: reading goes on only while somebody asks for more.
public struct Pages<Item: Codable & Sendable>: AsyncSequence, Sendable {
    public typealias Element = Page<Item>

    let page: @Sendable (_ token: String?) async throws -> Page<Item>

    public struct AsyncIterator: AsyncIteratorProtocol {
        let page: @Sendable (_ token: String?) async throws -> Page<Item>
        var token: String?
        var isAtEnd = false

        public mutating func next() async throws -> Page<Item>? {
            if isAtEnd { return nil }
            let next = try await page(token)
            // The same token again would go round for ever.
            if next.nextPageToken != nil, next.nextPageToken == token {
                throw GoogleCalendarError.unreadableAnswer(status: 200, why: "its next page is the same page")
            }
            token = next.nextPageToken
            isAtEnd = token == nil
            return next
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(page: page) }
}
