import CalendarSync
import Coaching
import Foundation
import Hummingbird
import Logging
import NIOCore
import Storage

/// An error as the API tells it: `application/problem+json`, RFC 9457, with a stable code.
struct Problem: Error, Encodable {
    struct Field: Encodable {
        var field: String
        var message: String
    }

    var status: Int
    /// Stable, for programs.
    var code: String
    var title: String
    /// One sentence for whoever wrote the request.
    var detail: String
    /// What would make it work.
    var nextStep: String?
    /// Every field that has to change.
    var errors: [Field]?
    /// What is in the way.
    var conflicts: [ConflictView]?
    /// Dates of a series that cannot be had.
    var skipped: [SeriesView.SkippedView]?
    /// Seconds until another try makes sense; also sent as `Retry-After`.
    var retryAfter: Int?

    init(
        _ status: HTTPResponse.Status, _ code: String, _ detail: String, nextStep: String? = nil, errors: [Field]? = nil,
        retryAfter: Int? = nil
    ) {
        self.status = status.code
        self.code = code
        self.title = status.reasonPhrase
        self.detail = detail
        self.nextStep = nextStep
        self.errors = errors
        self.retryAfter = retryAfter
    }

    static let coachesOnly = Problem(
        .forbidden, "coachesOnly", "Only coaches have a calendar connection and booking rules.",
        nextStep: "Use a token whose role is coach.")
}

extension Problem {
    /// Every error that a route can throw, as a problem. Of what nobody foresaw, callers learn nothing but that it happened.
    init(_ error: any Error, now: Date = Date()) {
        switch error {
        case let problem as Problem: self = problem
        case let error as InvalidInput: self.init(error)
        case let refusal as SignInRefusal: self.init(refusal)
        case let refusal as SyncRefusal: self.init(refusal, now: now)
        case is NIOTooManyBytesError: self = .tooLarge
        case let error as HTTPError: self.init(error)
        case StorageError.refused: self.init(SyncRefusal.timeTaken([]), now: now)
        case StorageError.busy:
            self.init(
                .serviceUnavailable, "databaseUnavailable", "The database is busy.", nextStep: "Try again.", retryAfter: 2)
        default:
            self.init(.internalServerError, "internalError", "Something went wrong here; it was logged.")
        }
    }

    private static let tooLarge = Problem(
        .contentTooLarge, "bodyTooLarge", "The body is larger than \(FieldReader.largestBody / 1024) KiB.",
        nextStep: "Send less text.")

    private init(_ error: InvalidInput) {
        let first = error.fields.first.map { "\($0.name) \($0.message)." } ?? "The request is not valid."
        self.init(
            .badRequest, "invalidInput", first, errors: error.fields.map { Field(field: $0.name, message: $0.message) })
    }

    private init(_ error: HTTPError) {
        switch error.status {
        case .notFound: self.init(.notFound, "noSuchPath", "There is nothing at this path.", nextStep: "See /openapi.yaml.")
        case .contentTooLarge: self = .tooLarge
        case let status:
            let code = status.kind == .serverError ? "internalError" : "badRequest"
            self.init(status, code, error.body ?? status.reasonPhrase)
        }
    }

    private init(_ refusal: SignInRefusal) {
        switch refusal {
        case .missing:
            self.init(
                .unauthorized, "tokenMissing", "The request does not say who is calling.",
                nextStep: "Send the platform's token as \"Authorization: Bearer …\".")
        case .expired:
            self.init(.unauthorized, "tokenExpired", "The token has expired.", nextStep: "Get a new one from the platform.")
        case .invalid(let why):
            self.init(
                .unauthorized, "tokenInvalid", "The token is not valid: \(why).", nextStep: "Get a new one from the platform.")
        case .used:
            self.init(
                .unauthorized, "tokenUsed", "The token has signed somebody in already.",
                nextStep: "Come from the platform again.")
        case .keysUnavailable:
            self.init(
                .serviceUnavailable, "keysUnavailable", "The platform's public keys cannot be fetched at the moment.",
                nextStep: "Try again.", retryAfter: 5)
        }
    }

    private init(_ refusal: SyncRefusal, now: Date) {
        switch refusal {
        case .notFound: self.init(.notFound, "notFound", "There is no such session.")
        case .neverConnected:
            self.init(
                .notFound, "neverConnected", "No calendar was ever connected.",
                nextStep: "Connect one: POST /v1/google-calendar/connection.")
        case .notConnected(let reason):
            self.init(
                .conflict, "notConnected", reason?.sentence ?? "The calendar is not connected.",
                nextStep: reason?.nextStep ?? "Connect it: POST /v1/google-calendar/connection.")
        case .emailMissing:
            self.init(
                .badRequest, "emailMissing", "The token has no \"email\", and a calendar is shared with an address.",
                nextStep: "Sign in with a token that has one.")
        case .connectingAlready:
            self.init(
                .conflict, "connectingAlready", "This calendar is being connected at this moment.",
                nextStep: "Look again in a few seconds: GET /v1/google-calendar/connection.", retryAfter: 5)
        case .busy:
            self.init(
                .conflict, "busy", "Somebody is at this calendar all the time.", nextStep: "Try again in a minute.",
                retryAfter: 60)
        case .auditFailed(let reason, _):
            self.init(.badGateway, reason.rawValue, reason.sentence, nextStep: reason.nextStep)
        case .noDrift:
            self.init(.conflict, "noDrift", "Nothing was changed in Google that waits for a decision.")
        case .timeTaken(let found):
            self.init(
                .conflict, found.isUnknown ? "availabilityUnknown" : "timeTaken",
                found.isUnknown
                    ? "It cannot be found out at the moment whether the coach is free then."
                    : "The coach has something else at that time.",
                nextStep: found.isUnknown
                    ? "Try again in a minute, or take another time."
                    : "Take another time: GET /v1/availability shows what is free. The coach may insist: \"allowOverlap\": true."
            )
            conflicts = found.map { ConflictView($0) }
        case .seriesNotFree(let dates):
            self.init(
                .conflict, "seriesNotFree", "Not every date of the series can be had; nothing was booked.",
                nextStep: "Take another time, or say \"take\": \"free\" to book the others.")
            skipped = dates.map { SeriesView.SkippedView($0) }
        case .notBookable(let obstacle):
            self.init(
                .conflict, obstacle.rawValue, obstacle.sentence,
                nextStep: "Take another time: GET /v1/availability shows what is free.")
        case .noSuchHold: self.init(.notFound, "notFound", "There is no such hold.")
        case .noSuchCoach: self.init(.notFound, "noSuchCoach", "There is no such coach.")
        case .tooManyHolds:
            self.init(
                .conflict, "tooManyHolds", "You hold as many times as one person can at once.",
                nextStep: "Book one of them or give it back: DELETE /v1/holds/{id}.")
        case .connectingFailed(let reason, let nextAttemptAt):
            self.init(
                nextAttemptAt == nil ? .badGateway : .serviceUnavailable, reason.rawValue, reason.sentence,
                nextStep: reason.nextStep,
                retryAfter: nextAttemptAt.map { max(1, Int($0.timeIntervalSince(now).rounded(.up))) })
        }
    }
}

extension [TimeConflict] {
    /// Whether nothing is known to be in the way.
    var isUnknown: Bool { !isEmpty && allSatisfy { if case .unknown = $0 { true } else { false } } }
}

extension Obstacle {
    fileprivate var sentence: String {
        switch self {
        case .outsideWorkingHours: "The coach does not work then."
        case .tooSoon: "It is too late to book that time."
        case .tooFar: "That time cannot be booked yet."
        case .session, .busy: "The coach has something else at that time."
        case .unknown: "It cannot be found out at the moment whether the coach is free then."
        }
    }
}

extension Problem: ResponseGenerator {
    func response(from request: Request, context: some RequestContext) throws -> Response {
        var response = try Response(
            status: .init(code: status, reasonPhrase: title),
            headers: [.contentType: "application/problem+json", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: JSONEncoder.api.encode(self))))
        if let retryAfter { response.headers[.retryAfter] = "\(retryAfter)" }
        if status == 401 { response.headers[.wwwAuthenticate] = "Bearer" }
        return response
    }
}

/// Turns whatever a route throws into a problem, and logs what is our own fault.
struct Problems: RouterMiddleware {
    typealias Context = APIContext

    /// A problem as a page.
    let astray: @Sendable (Request, Problem, APIContext) async throws -> Response

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let problem = Problem(error)
            if problem.code == "internalError" {
                context.logger.error("request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            }
            // People who have gone astray get a page; programs ask below /v1 or do not ask for one.
            if !request.uri.path.hasPrefix("/v1/"), request.headers[.accept]?.contains("text/html") == true {
                return try await astray(request, problem, context)
            }
            return try problem.response(from: request, context: context)
        }
    }
}
