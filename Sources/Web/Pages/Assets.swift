import Crypto
import Foundation
import Hummingbird
import NIOCore

/// A file that pages need. Its address changes with it, so browsers may keep it for ever.
struct Asset: Sendable {
    let path: String
    fileprivate let type: String
    fileprivate let bytes: [UInt8]

    fileprivate init(_ name: String, _ type: String, _ bytes: [UInt8]) {
        let parts = name.split(separator: ".")
        let hash = SHA256.hash(data: bytes).prefix(6).map { String(format: "%02x", $0) }.joined()
        path = "/assets/\(parts[0])-\(hash).\(parts[1])"
        self.type = type
        self.bytes = bytes
    }
}

enum Assets {
    static let css = Asset("page.css", "text/css; charset=utf-8", PackageResources.page_css + Array(places.utf8))
    static let js = Asset("page.js", "text/javascript; charset=utf-8", PackageResources.page_js)
    static let icon = Asset("icon.svg", "image/svg+xml", PackageResources.icon_svg)

    static func add(to router: Router<APIContext>) {
        for asset in [css, js, icon] {
            router.get(RouterPath(asset.path)) { _, _ in
                Response(
                    status: .ok,
                    headers: [
                        .contentType: asset.type, .cacheControl: "public, max-age=31536000, immutable",
                        .xContentTypeOptions: "nosniff",
                    ],
                    body: .init(byteBuffer: ByteBuffer(bytes: asset.bytes)))
            }
        }
    }

    /// Where things are in a week: a style in the page itself would be inline, which is forbidden there. `r5` begins in the fifth quarter
    /// of an hour that is shown, `s4` is an hour long, `l2of3` is the second of three side by side, `h10` shows ten hours.
    private static var places: String {
        let rows = (1...WeekGrid.quartersInDay).map { number in
            // So many lines of a title leave room for the time above and the state below.
            let lines = max(1, (number * 15 - 40) / 17)
            return ".r\(number){grid-row-start:\(number)}.s\(number){grid-row-end:span \(number);--lines:\(lines)}"
        }
        let lanes = (1...WeekGrid.mostLanes).flatMap { count in
            (1...count).map { lane in
                let width = WeekGrid.columns / count
                return ".l\(lane)of\(count){grid-column:\((lane - 1) * width + 1)/span \(width)}"
            }
        }
        let heights = (1...24).map { ".h\($0){--rows:repeat(\($0 * 4),var(--quarter))}" }
        return (rows + lanes + heights).joined()
    }
}
