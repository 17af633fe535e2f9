import OrderedCollections

/// Making people who can call, and the programs they let act for them.
extension World {
    /// The project in whose name people call whose token came from here.
    static let peoplesProject = "people"

    /// A person with a primary calendar in the list, and two ways to act as them: an access token that does not expire
    /// unless it is told to, and the credential of an authorized user, as Google's clients write it into files.
    mutating func makeUser(_ body: ControlBody, origin: String, now: Instant) throws(ControlError) -> Reply {
        try body.refuseOthers(than: ["email", "name", "admin", "scopes", "expiresInSeconds"])
        guard let email = try body.string("email")?.lowercased(), Self.isAddress(email) else {
            throw ControlError("email must be an address such as coach@example.com")
        }
        guard serviceAccounts[email] == nil else { throw ControlError("\(email) is a service account") }
        let scopes = try Self.scopes(in: body)
        let lifetime = try body.integer("expiresInSeconds", in: 1...31_536_000)
        var user = users[email] ?? User(email: email)
        try Self.assign(body, to: &user)
        if users[email] == nil {
            makePrimaryCalendar(of: email, project: Self.peoplesProject, now: now)
            put(ListEntry(calendarID: email, settings: ["colorId": "14", "selected": true], etag: nextEtag()), email)
        }
        users[email] = user
        let token = random.accessToken()
        let client = ownClient()
        let refreshToken = random.refreshToken()
        let grant = Grant(email: email, clientID: client.id, scopes: scopes)
        let number = credentials.add(grant, as: refreshToken, endsOldest: true)
        let principal = Principal(email: email, project: Self.peoplesProject, isBareServiceAccount: false)
        let expires = lifetime.map { now.adding(seconds: Int64($0)) }
        credentials.add(
            AccessToken(caller: Caller(principal: principal, scopes: Set(scopes)), expires: expires, grant: number),
            as: token, now: now)
        return .json(
            [
                "email": .string(email), "accessToken": .string(token), "type": "authorized_user",
                "client_id": .string(client.id), "client_secret": .string(client.secret),
                "refresh_token": .string(refreshToken), "token_uri": .string(origin + "/token"),
            ], status: 201, indent: 2)
    }

    /// `{name?, admin?, disabled?}`: a suspended person's tokens do nothing until that ends.
    mutating func changeUser(_ email: String, _ body: ControlBody) throws(ControlError) -> Reply {
        try body.refuseOthers(than: ["name", "admin", "disabled"])
        guard var user = users[email.lowercased()] else { throw ControlError("there is no user \(email)", status: 404) }
        try Self.assign(body, to: &user)
        if let isDisabled = try body.bool("disabled") { user.isDisabled = isDisabled }
        users[user.email] = user
        return .json(Self.report(user), indent: 2)
    }

    private static func assign(_ body: ControlBody, to user: inout User) throws(ControlError) {
        if let name = try body.string("name") { user.name = name }
        if let isAdmin = try body.bool("admin") { user.isAdmin = isAdmin }
    }

    /// Every scope of Calendar unless the body names some, as full URLs or without their prefix.
    private static func scopes(in body: ControlBody) throws(ControlError) -> [String] {
        guard let wanted = try body.strings("scopes") else { return Scopes.all.sorted() }
        let full = wanted.map { $0.hasPrefix(Scopes.prefix) ? $0 : Scopes.prefix + $0 }
        guard !full.isEmpty, let known = Scopes.known(full) else {
            throw ControlError("scopes must be scopes of the Calendar API, such as calendar.events")
        }
        return known
    }

    // MARK: - Clients

    /// The client of the credentials that come with a person.
    private mutating func ownClient() -> OAuthClient {
        let id = Self.projectNumber(Self.peoplesProject) + "-emulator.apps.googleusercontent.com"
        if let client = credentials.clients[id] { return client }
        let client = OAuthClient(id: id, secret: random.clientSecret(), project: Self.peoplesProject)
        credentials.clients[id] = client
        return client
    }

    /// `{project, name}` → 201, the file of client secrets that the console offers for an installed application. Again
    /// for the same name: the same file.
    mutating func makeOAuthClient(_ body: ControlBody, origin: String) throws(ControlError) -> Reply {
        try body.refuseOthers(than: ["project", "name"])
        let project = try Self.label("project", in: body)
        let name = try Self.label("name", in: body)
        let id = "\(Self.projectNumber(project))-\(name).apps.googleusercontent.com"
        let client =
            credentials.clients[id] ?? OAuthClient(id: id, secret: random.clientSecret(), project: project)
        credentials.clients[id] = client
        return .json(
            [
                "installed": [
                    "client_id": .string(id), "project_id": .string(project),
                    "auth_uri": .string(origin + "/o/oauth2/auth"), "token_uri": .string(origin + "/token"),
                    "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
                    "client_secret": .string(client.secret), "redirect_uris": ["http://localhost"],
                ]
            ], status: 201, indent: 2)
    }
}
