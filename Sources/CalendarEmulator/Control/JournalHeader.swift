import Foundation

/// The first line of a journal. A file that begins with anything else is somebody else's.
struct JournalHeader {
    var seed: UInt64
    /// Where the dice stood when the file was begun: at the seed, or after a reset wherever they had come to, so that no
    /// token or id of before it comes up again.
    var dice: UInt64

    init(seed: UInt64, dice: UInt64) {
        self.seed = seed
        self.dice = dice
    }

    var line: Data { Data("\(Self.beforeSeed)\(seed)\(Self.beforeDice)\(dice)}\n".utf8) }

    private static let beforeSeed = "{\"journal\":\"calendar emulator\",\"version\":2,\"seed\":"
    private static let beforeDice = ",\"dice\":"

    /// Nil when the line is not one; journals of version 1 have no dice, and began at the seed.
    init?(firstLineOf data: Data) {
        guard let end = data.firstIndex(of: UInt8(ascii: "\n")),
            let decoded = try? JSONDecoder().decode(Fields.self, from: data[..<end]), decoded.journal == "calendar emulator",
            (1...2).contains(decoded.version)
        else { return nil }
        self.init(seed: decoded.seed, dice: decoded.dice ?? decoded.seed)
    }

    private struct Fields: Codable {
        var journal: String
        var version: Int
        var seed: UInt64
        var dice: UInt64?
    }

    /// Whether `data` is nothing, or a first line that a crash cut short, whatever the seed was: nothing had happened yet.
    static func isCut(_ data: Data) -> Bool {
        var rest = data[...]
        for text in [beforeSeed, beforeDice] {
            let expected = Data(text.utf8)
            guard rest.starts(with: expected) else { return expected.starts(with: rest) }
            rest = rest.dropFirst(expected.count).drop { (0x30...0x39).contains($0) }
        }
        return rest.isEmpty || rest.elementsEqual(Data("}".utf8))
    }
}
