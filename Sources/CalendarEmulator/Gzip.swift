import CZlib
import Foundation

/// The gzip format (RFC 1952), by zlib.
enum Gzip {
    /// What came in is no gzip, or becomes more than was allowed.
    enum Failure: Error {
        case malformed
        case tooLarge
    }

    private static let chunk = 64 << 10
    /// The largest window, and 16 to ask zlib for the gzip wrapper.
    private static let windowBits: Int32 = 15 + 16

    /// Nil when zlib cannot, which takes a lack of memory.
    static func compress(_ data: Data) -> Data? {
        var stream = z_stream()
        let opened = deflateInit2_(
            &stream, Z_BEST_SPEED, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard opened == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        var input = [UInt8](data)
        var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(input.count))))
        let status = input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                return deflate(&stream, Z_FINISH)
            }
        }
        return status == Z_STREAM_END ? Data(output.prefix(Int(stream.total_out))) : nil
    }

    /// - Parameter limit: in bytes; a small body can hold a large one, so it is watched while it grows.
    static func decompress(_ data: Data, limit: Int) throws(Failure) -> Data {
        var stream = z_stream()
        guard inflateInit2_(&stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw .malformed
        }
        defer { inflateEnd(&stream) }
        var input = [UInt8](data)
        var buffer = [UInt8](repeating: 0, count: chunk)
        var output = Data()
        var consumed = 0
        while true {
            let status = input.withUnsafeMutableBufferPointer { source in
                buffer.withUnsafeMutableBufferPointer { target in
                    stream.next_in = source.baseAddress.map { $0 + consumed }
                    stream.avail_in = UInt32(source.count - consumed)
                    stream.next_out = target.baseAddress
                    stream.avail_out = UInt32(target.count)
                    return inflate(&stream, Z_NO_FLUSH)
                }
            }
            guard status == Z_OK || status == Z_STREAM_END else { throw .malformed }
            consumed = input.count - Int(stream.avail_in)
            output.append(contentsOf: buffer.prefix(chunk - Int(stream.avail_out)))
            guard output.count <= limit else { throw .tooLarge }
            if status == Z_STREAM_END { break }
        }
        guard consumed == input.count else { throw .malformed }
        return output
    }
}
