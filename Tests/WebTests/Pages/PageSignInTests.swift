import CalendarSync
import Coaching
import Foundation
import HTTPTypes
import Support
import Testing

@testable import Web

/// Cookies and forms: who is let in, and who is not.
@Suite struct PageSignInTests {
    @Test func aTokenBecomesACookieOnce() async throws {
        try await Server.run { server in
            let browser = Browser(server)
            #expect(try await browser.get("/settings/calendar").location == "/sign-in?to=%2Fsettings%2Fcalendar")
            let page = try await browser.get("/sign-in?token=\(server.token)&to=/settings/calendar")
            #expect(page.status == 303)
            #expect(page.location == "/settings/calendar")
            let cookie = try #require(page.cookies.first { $0.hasPrefix("__Host-loom=") })
            for part in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/", "Expires="] { #expect(cookie.contains(part)) }
            #expect(!cookie.contains("Domain"))
            #expect(try await browser.get("/settings/calendar").status == 200)

            let second = try await Browser(server).get("/sign-in?token=\(server.token)")
            #expect(second.status == 401)
            #expect(second.text.contains("signed somebody in already"))
            #expect(second.cookies.isEmpty)
        }
    }

    @Test func aCookieThatWeDidNotSignIsNobodys() async throws {
        try await Server.run { server in
            let browser = Browser(server)
            try await browser.signIn(server.platform.coach)
            let value = try #require(browser.cookies["__Host-loom"])
            let parts = value.split(separator: ".").map(String.init)
            // The number, the expiry and the code, each changed a little.
            let forged = [
                "\(parts[0]).2.\(parts[2]).\(parts[3])", "\(parts[0]).\(parts[1]).\(parts[2])0.\(parts[3])",
                "\(parts[0]).\(parts[1]).\(parts[2]).\(String(parts[3].reversed()))", parts[0], "",
            ]
            for value in forged {
                browser.cookies["__Host-loom"] = value
                #expect(try await browser.get("/sessions").status == 303, "\(value)")
            }
            browser.cookies["__Host-loom"] = value
            #expect(try await browser.get("/sessions").status == 200)
        }
    }

    @Test func signingOutEndsItForCopiesToo() async throws {
        try await Server.run { server in
            let browser = Browser(server)
            try await browser.signIn(server.platform.coach)
            let copy = browser.cookies
            let page = try await browser.post("/sign-out")
            #expect(page.location == "/sign-in")
            #expect(browser.cookies["__Host-loom"] == nil)
            browser.cookies = copy
            #expect(try await browser.get("/sessions").status == 303)
        }
    }

    @Test func theCookieIsReplacedWhileItIsUsed() async throws {
        try await Server.run { server in
            let clock = server.platform.clock
            let browser = Browser(server)
            try await browser.signIn(server.platform.coach)
            let first = try #require(browser.cookies["__Host-loom"])
            clock.advance(by: 14 * 60)
            #expect(try await browser.get("/sessions").cookies.isEmpty)
            clock.advance(by: 2 * 60)
            #expect(try await browser.get("/sessions").status == 200)
            let second = try #require(browser.cookies["__Host-loom"])
            #expect(second != first)

            // Pages that were asked for before the new one arrived: they are given it again.
            let late = Browser(server)
            late.cookies["__Host-loom"] = first
            #expect(try await late.get("/sessions").status == 200)
            #expect(late.cookies["__Host-loom"] == second)

            // Later the old one can only be a copy, so nobody stays signed in with it: neither the thief nor the one who was robbed.
            clock.advance(by: 61)
            late.cookies["__Host-loom"] = first
            #expect(try await late.get("/sessions").status == 303)
            #expect(try await browser.get("/sessions").status == 303)
        }
    }

    @Test func itEndsAfterTwelveHoursOfSilenceAndAfterAWeek() async throws {
        try await Server.run { server in
            let clock = server.platform.clock
            let browser = Browser(server)
            try await browser.signIn(server.platform.coach)
            clock.advance(by: 12 * 3600 - 1)
            #expect(try await browser.get("/sessions").status == 200)
            clock.advance(by: 12 * 3600)
            #expect(try await browser.get("/sessions").status == 303)

            try await browser.signIn(server.platform.coach)
            for _ in 0..<14 {
                #expect(try await browser.get("/sessions").status == 200)
                clock.advance(by: 12 * 3600 - 60)
            }
            clock.advance(by: 14 * 60)
            #expect(try await browser.get("/sessions").status == 303)
        }
    }

    @Test func whoSignsInAnewIsNoLongerWhoTheyWere() async throws {
        try await Server.run { server in
            let browser = Browser(server)
            try await browser.signIn(server.platform.coach)
            let before = browser.cookies
            try await browser.signIn(Server.client)
            #expect(try await browser.get("/settings/calendar").status == 403)
            let old = Browser(server)
            old.cookies = before
            #expect(try await old.get("/sessions").status == 303)
        }
    }

    @Test(arguments: [
        "https://evil.example", "//evil.example", "/\\evil.example", "/%09/evil.example", "javascript:alert(1)", "",
        "/\n/evil.example", "evil.example",
    ])
    func nobodyIsLedElsewhere(to address: String) async throws {
        try await Server.run { server in
            let token = try await Server.sign(server.platform.coach)
            let page = try await Browser(server).get("/sign-in?token=\(token)&to=\(address.pathSegment)")
            #expect(page.status == 303)
            // `/%09/` is a path like any other, which stays here.
            #expect(page.location == (address == "/%09/evil.example" ? address : "/sessions"))
            let language = try await Browser(server).post("/language", ["language": "he", "back": address])
            #expect(language.location?.hasPrefix("/") == true)
            #expect(language.location?.hasPrefix("//") == false)
        }
    }

    @Test func aFormWithoutItsTokenChangesNothing() async throws {
        try await Server.run { server in
            let browser = Browser(server)
            try await browser.signIn(server.platform.coach)
            let stranger = Browser(server)
            try await stranger.signIn(Server.client)
            let good = browser.formToken
            for token in ["", "nonsense", stranger.formToken, String(good.dropLast())] {
                let page = try await browser.post("/settings/calendar/connect", ["form": token])
                #expect(page.status == 403)
                #expect(page.text.contains("Nothing was changed"))
            }
            #expect(try await server.call(.get, "/v1/google-calendar/connection").status == 404)
            // The right token, but from another site's page.
            let foreign: [HTTPFields] = [
                [.init("Sec-Fetch-Site")!: "cross-site"], [.init("Sec-Fetch-Site")!: "same-site"],
                [.origin: "https://evil.example"], [.origin: "null"],
            ]
            for headers in foreign {
                #expect(try await browser.post("/sign-out", ["form": good], headers).status == 403)
            }
            #expect(
                try await browser.post("/sign-out", ["form": good], [.init("Sec-Fetch-Site")!: "same-origin"]).status == 303)
        }
    }

    @Test func everyFormHasAToken() throws {
        for name in Templates.names where name != "sign_in" {
            let text = Templates.source(name)
            for form in text.matches(of: /<form[^>]*method="post"[^>]*>(.*?)<\/form>/.dotMatchesNewlines()) {
                let isLanguage = form.0.contains("/language")
                #expect(isLanguage || form.1.contains(#"name="form""#), "\(name): \(form.0.prefix(120))")
            }
        }
    }

    @Test func pagesAllowNothingInline() async throws {
        try await Server.run { server in
            let page = try await Browser(server).get("/sign-in")
            let policy = try #require(page.headers[.init("Content-Security-Policy")!])
            #expect(policy.contains("default-src 'none'"))
            #expect(policy.contains("script-src 'self';"))
            #expect(!policy.contains("unsafe"))
            #expect(page.headers[.init("X-Frame-Options")!] == "DENY")
            #expect(page.headers[.cacheControl] == "no-store")
            #expect(page.headers[.strictTransportSecurity] != nil)
        }
        for name in Templates.names {
            let text = Templates.source(name)
            #expect(!text.contains("style="), "\(name)")
            #expect(text.firstMatch(of: /\son[a-z]+=/) == nil, "\(name)")
            #expect(text.firstMatch(of: /<script(?![^>]*src=)/) == nil, "\(name)")
        }
    }

    /// Nobody is anybody by a click where it is no demo.
    @Test func demoPeopleAreForDemosAlone() async throws {
        try await Server.run { server in
            let browser = Browser(server)
            let page = try await browser.get("/sign-in")
            #expect(!page.text.contains("name=\"person\""))
            let answer = try await browser.post("/sign-in", ["person": server.platform.coach.id])
            #expect(answer.status == 401)
            #expect(browser.cookies["__Host-loom"] == nil)
        }
    }
}
