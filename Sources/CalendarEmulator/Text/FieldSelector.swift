import Foundation
import OrderedCollections

/// The `fields` parameter: which parts of an answer the caller wants, such as `items(id,updated),nextPageToken`.
///
/// Grammar: names separated by commas; `a/b` goes one level down, `a(b,c)` picks several below `a`, `*` is any key.
/// Arrays are transparent. Source: https://developers.google.com/workspace/calendar/api/guides/performance
struct FieldSelector {
    /// Below each name what is wanted of it; an empty tree means all of it.
    indirect enum Tree {
        case everything
        case some([String: Tree])
    }

    let tree: Tree

    /// Nil when `text` does not follow the grammar.
    init?(_ text: String) {
        var scanner = Scanner(rest: text[...])
        guard let branches = scanner.list(depth: 0), scanner.rest.isEmpty else { return nil }
        tree = .some(branches)
    }

    /// Whether everything this selects is among what `other` selects.
    func isWithin(_ other: FieldSelector) -> Bool { Self.isWithin(tree, other.tree) }

    private static func isWithin(_ tree: Tree, _ other: Tree) -> Bool {
        guard case .some(let branches) = tree else { return true }
        guard case .some(let known) = other else { return false }
        return branches.allSatisfy { name, branch in
            if name == "*" { return known.values.contains { isWithin(branch, $0) } }
            return (known[name] ?? known["*"]).map { isWithin(branch, $0) } ?? false
        }
    }

    func apply(to json: JSON) -> JSON { Self.select(tree, from: json) }

    private static func select(_ tree: Tree, from json: JSON) -> JSON {
        guard case .some(let branches) = tree else { return json }
        switch json {
        case .array(let elements):
            return .array(elements.map { select(tree, from: $0) })
        case .object(let object):
            var selected = JSON.Object()
            for (key, value) in object {
                guard let branch = branches[key] ?? branches["*"] else { continue }
                selected[key] = select(branch, from: value)
            }
            return .object(selected)
        default:
            return json
        }
    }

    private struct Scanner {
        var rest: Substring

        mutating func list(depth: Int) -> [String: Tree]? {
            guard depth < 16 else { return nil }
            var branches: [String: Tree] = [:]
            repeat {
                guard let (name, tree) = item(depth: depth) else { return nil }
                branches[name] = branches[name].map { Self.union($0, tree) } ?? tree
            } while take(",")
            return branches
        }

        mutating func item(depth: Int) -> (String, Tree)? {
            let name = String(rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "*" || $0 == "-" })
            guard !name.isEmpty, depth < 16 else { return nil }
            rest = rest.dropFirst(name.count)
            if take("/") {
                guard let (child, tree) = item(depth: depth + 1) else { return nil }
                return (name, .some([child: tree]))
            }
            guard take("(") else { return (name, .everything) }
            guard let branches = list(depth: depth + 1), take(")") else { return nil }
            return (name, .some(branches))
        }

        mutating func take(_ character: Character) -> Bool {
            guard rest.first == character else { return false }
            rest = rest.dropFirst()
            return true
        }

        static func union(_ one: Tree, _ other: Tree) -> Tree {
            guard case .some(let left) = one, case .some(let right) = other else { return .everything }
            return .some(left.merging(right, uniquingKeysWith: union))
        }
    }
}
