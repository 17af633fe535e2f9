/// What the answer of each method can have, so that a `fields` parameter that asks for something else is refused.
///
/// Written in the language of that parameter, after the schemas of Google's discovery document (revision 20261030).
enum ResponseFields {
    /// Nil for methods that answer nothing.
    static func of(method: String) -> FieldSelector? { selectors[method] }

    private static let selectors: [String: FieldSelector] = {
        var selectors: [String: FieldSelector] = [:]
        for (methods, fields) in table {
            for method in methods { selectors[method] = FieldSelector(fields) }
        }
        return selectors
    }()

    private static let changes = ["get", "insert", "patch", "update"]

    private static let table: [(methods: [String], fields: String)] = [
        (changes.map { "acl." + $0 }, rule), (["acl.list"], list(rule)),
        (changes.map { "calendarList." + $0 }, entry), (["calendarList.list"], list(entry)),
        (changes.map { "calendars." + $0 }, calendar),
        ((changes + ["import", "move", "quickAdd"]).map { "events." + $0 }, event),
        (["events.list", "events.instances"], list(event) + ",accessRole,description,summary,timeZone,updated," + reminders),
        (["settings.get"], setting), (["settings.list"], list(setting)),
        (["colors.get"], "kind,updated,calendar/*(background,foreground),event/*(background,foreground)"),
        (["freebusy.query"], freeBusy),
        (["acl.watch", "calendarList.watch", "events.watch", "settings.watch"], channel),
    ]

    private static func list(_ item: String) -> String { "etag,kind,nextPageToken,nextSyncToken,items(\(item))" }

    private static let rule = "etag,id,kind,role,scope(type,value)"
    private static let setting = "etag,id,kind,value"
    private static let channel = "address,expiration,id,kind,params/*,payload,resourceId,resourceUri,token,type"
    private static let reminders = "defaultReminders(method,minutes)"
    private static let freeBusy = """
        kind,timeMax,timeMin,calendars/*(busy(end,start),errors(domain,reason)),groups/*(calendars,errors(domain,reason))
        """

    private static let calendar = """
        autoAcceptInvitations,conferenceProperties/allowedConferenceSolutionTypes,dataOwner,description,etag,id,kind,\
        labelProperties/eventLabels(backgroundColor,id,name),location,summary,timeZone,\
        workingHours(availableTimes(dayOfWeek,periodEnd,periodStart),workingHoursEnabled)
        """

    private static let entry = """
        accessRole,autoAcceptInvitations,backgroundColor,colorId,conferenceProperties/allowedConferenceSolutionTypes,\
        dataOwner,deleted,description,etag,foregroundColor,hidden,id,kind,location,\
        notificationSettings/notifications(method,type),primary,selected,summary,summaryOverride,timeZone,\(reminders)
        """

    private static let time = "(date,dateTime,timeZone)"
    private static let person = "(displayName,email,id,self)"
    private static let event = """
        anyoneCanAddSelf,attachments(fileId,fileUrl,iconLink,mimeType,title),attendees(additionalGuests,asyncOperation,\
        comment,displayName,email,id,optional,organizer,resource,responseStatus,self),attendeesOmitted,\
        birthdayProperties(contact,customTypeName,type),colorId,conferenceData(\(conference)),created,creator\(person),\
        description,end\(time),endTimeUnspecified,etag,eventLabelId,eventType,extendedProperties(private/*,shared/*),\
        focusTimeProperties(autoDeclineMode,chatStatus,declineMessage),\
        gadget(display,height,iconLink,link,preferences/*,title,type,width),guestsCanInviteOthers,guestsCanModify,\
        guestsCanSeeOtherGuests,hangoutLink,htmlLink,iCalUID,id,kind,location,locked,organizer\(person),\
        originalStartTime\(time),outOfOfficeProperties(autoDeclineMode,declineMessage),privateCopy,recurrence,\
        recurringEventId,reminders(overrides(method,minutes),useDefault),sequence,source(title,url),start\(time),status,\
        summary,transparency,updated,visibility,workingLocationProperties(customLocation/label,homeOffice/*,\
        officeLocation(buildingId,deskId,floorId,floorSectionId,label),type)
        """

    private static let conference = """
        conferenceId,conferenceSolution(iconUri,key/type,name),\
        createRequest(conferenceSolutionKey/type,requestId,status/statusCode),\
        entryPoints(accessCode,entryPointFeatures,entryPointType,label,meetingCode,passcode,password,pin,regionCode,uri),\
        notes,parameters/addOnParameters/parameters/*,signature
        """
}
