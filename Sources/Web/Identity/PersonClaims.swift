import Coaching
import Foundation
import JWTKit

/// What a platform's token says about who is calling (OpenID Connect's names, and `role`).
public struct PersonClaims: JWTPayload {
    public var sub: SubjectClaim
    public var exp: ExpirationClaim
    public var nbf: NotBeforeClaim?
    /// Whom the token is for.
    public var aud: AudienceClaim?
    public var email: String?
    public var name: String?
    public var role: String?
    public var zoneinfo: String?
    public var locale: String?

    public init(_ person: Person, expiresAt: Date) {
        sub = SubjectClaim(value: person.id)
        exp = ExpirationClaim(value: expiresAt)
        email = person.email
        name = person.name
        role = person.role.rawValue
        zoneinfo = person.timeZone
        locale = person.locale
    }

    /// Times and audience are checked in ``person(for:now:)``, where they are told apart.
    public func verify(using algorithm: some JWTAlgorithm) throws {}

    /// - Throws: ``SignInRefusal``.
    /// - Parameter audience: whom tokens have to be for; nil takes all.
    func person(for audience: String?, now: Date) throws -> Person {
        if exp.value <= now { throw SignInRefusal.expired }
        if let nbf, nbf.value > now { throw SignInRefusal.invalid("it is not valid yet") }
        if let audience, aud?.value.contains(audience) != true {
            throw SignInRefusal.invalid("it is meant for another service")
        }
        guard Identifier.isValid(sub.value) else { throw SignInRefusal.invalid("\"sub\" \(Identifier.rule)") }
        guard let role = role.flatMap({ Person.Role(rawValue: $0) }) else {
            throw SignInRefusal.invalid("\"role\" must be coach, client or admin")
        }
        if let email, !Self.isAddress(email) { throw SignInRefusal.invalid("\"email\" is no e-mail address") }
        return Person(
            id: sub.value, email: email, name: name.map { String($0.prefix(200)) }, role: role,
            timeZone: zoneinfo.flatMap { Zone($0)?.name },
            locale: locale.flatMap { $0.wholeMatch(of: /[A-Za-z]{2,8}([\-_][A-Za-z0-9]{1,8}){0,3}/) == nil ? nil : $0 })
    }

    private static func isAddress(_ text: String) -> Bool {
        text.utf8.count <= 254 && text.wholeMatch(of: /[^@\s<>"]+@[^@\s<>"]+\.[^@\s<>".]+/) != nil
    }
}

/// Why a token does not say who is calling.
enum SignInRefusal: Error {
    case missing
    case expired
    case invalid(String)
    /// It has signed somebody in to the pages before, which it does once.
    case used
    /// The platform's public keys cannot be had at the moment.
    case keysUnavailable
}
