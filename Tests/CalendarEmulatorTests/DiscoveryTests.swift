import Foundation
import HTTPTypes
import OrderedCollections
import Testing

@testable import CalendarEmulator

/// The table of routes against Google's own description of the API, which nobody here has written.
@Suite(
    "The table of methods equals the discovery document",
    .enabled(if: ProcessInfo.processInfo.environment["CALENDAR_DISCOVERY_DOCUMENT"] != nil, "CALENDAR_DISCOVERY_DOCUMENT"))
struct DiscoveryTests {
    let document: JSON
    let methods: [String: JSON]

    init() throws {
        let path = try #require(ProcessInfo.processInfo.environment["CALENDAR_DISCOVERY_DOCUMENT"])
        document = try JSONParser.parse(Data(contentsOf: URL(filePath: path)))
        let all = document["resources"]?.object?.values.flatMap { $0["methods"]?.object?.values ?? [] } ?? []
        methods = Dictionary(
            uniqueKeysWithValues: all.map { (String(($0["id"]?.string ?? "").dropFirst("calendar.".count)), $0) })
    }

    @Test("The same 38 methods, with verb, path and scopes", arguments: Route.table.map(\.id))
    func method(_ id: String) throws {
        #expect(Set(methods.keys) == Set(Route.table.map(\.id)))
        let route = try #require(Route.table.first { $0.id == id })
        let method = try #require(methods[id])
        #expect(route.method.rawValue == method["httpMethod"]?.string)
        #expect(route.template.joined(separator: "/") == method["path"]?.string)
        let scopes = method["scopes"]?.array?.compactMap(\.string) ?? []
        #expect(route.scopes == Set(scopes.map { String($0.dropFirst(Scopes.prefix.count)) }))
    }

    @Test("The same query parameters, with type, range, values, repetition and need", arguments: Route.table.map(\.id))
    func parameters(_ id: String) throws {
        let route = try #require(Route.table.first { $0.id == id })
        let described = (methods[id]?["parameters"]?.object ?? [:]).filter { $0.value["location"] == "query" }
        #expect(Set(route.parameters.keys) == Set(described.keys))
        for (name, description) in described {
            let parameter = try #require(route.parameters[name])
            #expect(Self.matches(parameter, description), "\(id) \(name)")
            #expect(Parameter.repeatable.contains(name) == (description["repeated"] == true), "\(id) \(name)")
        }
        let needed = described.filter { $0.value["required"] == true }.keys
        #expect(Set(Parameter.required[id] ?? []) == Set(needed))
    }

    @Test("The same scopes and the same global parameters, but for those of Google's front end")
    func globals() throws {
        let scopes = document["auth"]?["oauth2"]?["scopes"]?.object?.keys.elements ?? []
        #expect(Set(scopes.map { String($0.dropFirst(Scopes.prefix.count)) }) == Scopes.all)
        let described = document["parameters"]?.object ?? [:]
        for (name, description) in described {
            #expect(Self.matches(try #require(Parameter.global[name]), description), "\(name)")
        }
        let more = Set(Parameter.global.keys).subtracting(described.keys)
        #expect(more == ["access_token", "callback", "upload_protocol", "uploadType", "$.xgafv"])
    }

    @Test("The same fields in the answers, so that fields refuses the others", arguments: Route.table.map(\.id))
    func fields(_ id: String) throws {
        let described = methods[id]?["response"].map { paths(of: $0, below: "") }
        let known = ResponseFields.of(method: id).map { Self.paths(of: $0.tree, below: "") }
        #expect(known == described)
    }

    /// The paths of a schema, such as `items/start/date`; `*` stands for keys of any name.
    private func paths(of schema: JSON, below path: String) -> Set<String> {
        if let name = schema["$ref"]?.string { return paths(of: document["schemas"]?[name] ?? [:], below: path) }
        if let items = schema["items"] { return paths(of: items, below: path) }
        var fields = schema["properties"]?.object ?? [:]
        if let any = schema["additionalProperties"] { fields["*"] = any }
        if schema["type"] == "any" { fields["*"] = [:] }
        return Set(fields.flatMap { [path + $0.key] + paths(of: $0.value, below: path + $0.key + "/") })
    }

    private static func paths(of tree: FieldSelector.Tree, below path: String) -> Set<String> {
        guard case .some(let branches) = tree else { return [] }
        return Set(branches.flatMap { [path + $0.key] + paths(of: $0.value, below: path + $0.key + "/") })
    }

    private static func matches(_ parameter: Parameter, _ description: JSON) -> Bool {
        let values = description["enum"]?.array?.compactMap(\.string)
        let type = description["type"]?.string
        switch parameter {
        case .text, .shortText, .timeZone: return type == "string" && values == nil && description["format"] == nil
        case .dateTime: return type == "string" && description["format"] == "date-time"
        case .boolean: return type == "boolean"
        case .oneOf(let known): return type == "string" && values == known
        case .integer(let range):
            let least = description["minimum"]?.string.flatMap { Int64($0) } ?? Int64(Int32.min)
            let most = description["maximum"]?.string.flatMap { Int64($0) } ?? Int64(Int32.max)
            return type == "integer" && description["format"] == "int32" && range == least...most
        }
    }
}
