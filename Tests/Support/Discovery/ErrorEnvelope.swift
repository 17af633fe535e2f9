/// The two forms in which Google refuses a call to Calendar: that of the calendar back end, and that of the front end,
/// which alone gives a `status`. The discovery document describes neither.
/// See <https://developers.google.com/workspace/calendar/api/guides/errors> and
/// <https://cloud.google.com/apis/design/errors>.
enum ErrorEnvelope {
    static func complaints(about envelope: JSONValue, status: Int) -> [String] {
        let error = envelope["error"]
        let isFrontEnd = error?["status"] != nil || error?["details"] != nil
        let form = isFrontEnd ? frontEnd(status: status) : backEnd(status: status)

        let misshapen = SchemaCheck().complaints(about: envelope, against: form, at: "body")
        let isMute = error?["errors"] == .array([])
        return misshapen + (isMute ? ["body.error.errors: empty, but callers act on its first item"] : [])
    }

    private static func backEnd(status: Int) -> DiscoverySchema {
        let error = object([
            "errors": required(.array(of: item)), "code": required(code(status)), "message": required(text),
        ])
        return object(["error": required(error)])
    }

    private static func frontEnd(status: Int) -> DiscoverySchema {
        let error = object([
            "code": required(code(status)), "message": required(text), "errors": required(.array(of: item)),
            "status": required(statusName(status)), "details": optional(.array(of: detail)),
        ])
        return object(["error": required(error)])
    }

    private static let item = object([
        "domain": required(text), "reason": required(text), "message": required(text),
        "locationType": optional(text), "location": optional(text),
    ])

    /// A message of any type, which it names.
    private static let detail = DiscoverySchema.object(properties: ["@type": required(text)], additional: .any)

    private static let text = DiscoverySchema.scalar(DiscoveryScalar(kind: .string))

    private static func code(_ status: Int) -> DiscoverySchema {
        .scalar(DiscoveryScalar(kind: .integer, values: [String(status)]))
    }

    private static func statusName(_ status: Int) -> DiscoverySchema {
        .scalar(DiscoveryScalar(kind: .string, values: statusNames[status]))
    }

    /// <https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto>
    private static let statusNames = [
        400: ["FAILED_PRECONDITION", "INVALID_ARGUMENT", "OUT_OF_RANGE"],
        401: ["UNAUTHENTICATED"],
        403: ["PERMISSION_DENIED"],
        404: ["NOT_FOUND"],
        409: ["ABORTED", "ALREADY_EXISTS"],
        429: ["RESOURCE_EXHAUSTED"],
        500: ["DATA_LOSS", "INTERNAL", "UNKNOWN"],
        501: ["UNIMPLEMENTED"],
        503: ["UNAVAILABLE"],
        504: ["DEADLINE_EXCEEDED"],
    ]

    private static func object(_ properties: [String: DiscoverySchema.Property]) -> DiscoverySchema {
        .object(properties: properties, additional: nil)
    }

    private static func required(_ schema: DiscoverySchema) -> DiscoverySchema.Property {
        DiscoverySchema.Property(schema: schema, requirement: .always)
    }

    private static func optional(_ schema: DiscoverySchema) -> DiscoverySchema.Property {
        DiscoverySchema.Property(schema: schema, requirement: .never)
    }
}
