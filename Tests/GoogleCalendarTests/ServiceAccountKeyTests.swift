import Foundation
import Support
import Testing

@testable import GoogleCalendar

@Suite struct ServiceAccountKeyTests {
    private func file(_ change: (inout [String: String]) -> Void = { _ in }) throws -> Data {
        var fields = try #require(
            try JSONSerialization.jsonObject(with: EmulatedGoogle.keyFile()) as? [String: String])
        change(&fields)
        return try JSONSerialization.data(withJSONObject: fields)
    }

    @Test func aKeyIsReadFromJSONFromBase64AndFromAFile() throws {
        let json = try file()
        let path = FileManager.default.temporaryDirectory.appending(component: "key-\(UUID().uuidString).json").path()
        try json.write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let wrapped = json.base64EncodedString(options: .lineLength76Characters)
        for text in [String(decoding: json, as: UTF8.self), "\n" + json.base64EncodedString(), wrapped, path] {
            #expect(try ServiceAccountKey(text).clientEmail.hasSuffix(".iam.gserviceaccount.com"))
        }
    }

    @Test func lineBreaksThatWereEscapedTwiceAreUnderstood() throws {
        _ = try ServiceAccountKey(
            json: file { $0["private_key"] = $0["private_key"]?.replacingOccurrences(of: "\n", with: "\\n") })
    }

    @Test func everyFailureNamesItsMend() throws {
        func refusal(_ text: String) -> ServiceAccountKeyError? {
            #expect(throws: ServiceAccountKeyError.self) { try ServiceAccountKey(text) }
        }
        func refusal(_ change: (inout [String: String]) -> Void) throws -> ServiceAccountKeyError? {
            refusal(String(decoding: try file(change), as: UTF8.self))
        }
        #expect(refusal("") == .empty)
        #expect(refusal("/no/such/file.json") == .unreadableFile)
        #expect(refusal("{") == .notJSON)
        #expect(refusal("{\"client_email\": 3}") == .notJSON)
        #expect(try refusal { $0["type"] = "authorized_user" } == .wrongType("authorized_user"))
        #expect(try refusal { $0["client_email"] = nil } == .missingField("client_email"))
        #expect(try refusal { $0["private_key_id"] = "" } == .missingField("private_key_id"))
        #expect(try refusal { $0["private_key"] = nil } == .missingField("private_key"))
        #expect(
            try refusal { $0["private_key"] = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n" }
                == .malformedPrivateKey)
        #expect(try refusal { $0["token_uri"] = "file:///etc/passwd" } == .malformedTokenURI)
        for error in [
            ServiceAccountKeyError.empty, .unreadableFile, .notJSON, .wrongType("x"), .missingField("x"), .malformedPrivateKey,
        ] {
            #expect(error.description.contains(";"), "what is wrong; what to do")
        }
    }

    @Test func theKeyIsNeverPrinted() throws {
        let key = try ServiceAccountKey(json: file())
        var dumped = ""
        dump(key, to: &dumped)
        for text in ["\(key)", String(reflecting: key), dumped] {
            #expect(!text.contains("PRIVATE"))
            #expect(text.contains(key.clientEmail))
        }
    }
}
