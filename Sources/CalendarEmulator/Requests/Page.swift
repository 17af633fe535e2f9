import OrderedCollections

/// One page of a short list that is held whole: rules and list entries.
struct Page {
    var items: [JSON]
    var nextPageToken: String?

    init(of all: [JSON], for call: Call, size: Int) throws(GoogleError) {
        var start = 0
        if let token = call.query["pageToken"] {
            guard let cursor = Cursor(token), cursor.method == call.route.id, (0...all.count).contains(cursor.position) else {
                throw .invalid("Invalid page token value.", at: .parameter("pageToken"))
            }
            start = cursor.position
        }
        let end = min(all.count, start + size)
        items = Array(all[start..<end])
        nextPageToken = end < all.count ? Cursor(method: call.route.id, position: end).token : nil
    }

    func describe(in json: inout JSON.Object) {
        json["nextPageToken"] = nextPageToken.map(JSON.string)
        json["items"] = .array(items)
    }
}
