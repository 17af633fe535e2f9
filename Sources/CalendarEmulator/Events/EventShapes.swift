/// The nested parts of an event, after the schemas of Google's discovery document (revision 20261030).
extension Shape {
    static let attendees = Shape.list(
        of: .object([
            "additionalGuests": .integer(0...Int64(Int32.max)), "comment": .text, "displayName": .text, "email": .text,
            "id": .text, "optional": .flag, "resource": .flag,
            "responseStatus": .oneOf(["needsAction", "declined", "tentative", "accepted"]),
        ]), atMost: 5000)

    static let attachments = Shape.list(
        of: .object(["fileId": .text, "fileUrl": .text, "iconLink": .text, "mimeType": .text, "title": .text]), atMost: 25)

    static let conferenceData = Shape.object([
        "conferenceId": .text,
        "conferenceSolution": .object(["iconUri": .text, "key": .object(["type": .text]), "name": .text]),
        "createRequest": .object([
            "conferenceSolutionKey": .object(["type": .text]), "requestId": .text, "status": .object(["statusCode": .text]),
        ]),
        "entryPoints": .list(
            of: .object([
                "accessCode": .text, "entryPointFeatures": .list(of: .text, atMost: 10), "entryPointType": .text,
                "label": .text,
                "meetingCode": .text, "passcode": .text, "password": .text, "pin": .text, "regionCode": .text, "uri": .text,
            ]), atMost: 300),
        "notes": .text, "parameters": .object(["addOnParameters": .object(["parameters": .texts])]), "signature": .text,
    ])

    static let reminders = Shape.object([
        "useDefault": .flag,
        "overrides": .list(
            of: .object(["method": .oneOf(["email", "popup"]), "minutes": .integer(0...40320)]), atMost: 5),
    ])

    private static let autoDeclineMode = Shape.oneOf([
        "declineNone", "declineAllConflictingInvitations", "declineOnlyNewConflictingInvitations",
    ])

    /// By the name of the field, what goes with the types of events.
    static let typeProperties: [String: Shape] = [
        "focusTimeProperties": .object([
            "autoDeclineMode": autoDeclineMode, "declineMessage": .text, "chatStatus": .oneOf(["available", "doNotDisturb"]),
        ]),
        "outOfOfficeProperties": .object(["autoDeclineMode": autoDeclineMode, "declineMessage": .text]),
        "workingLocationProperties": .object([
            "type": .oneOf(["homeOffice", "officeLocation", "customLocation"]), "homeOffice": .object([:]),
            "customLocation": .object(["label": .text]),
            "officeLocation": .object([
                "buildingId": .text, "deskId": .text, "floorId": .text, "floorSectionId": .text, "label": .text,
            ]),
        ]),
        "birthdayProperties": .object(["type": .oneOf(["birthday"])]),
    ]
}
