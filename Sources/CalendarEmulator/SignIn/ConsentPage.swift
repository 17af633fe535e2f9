/// The pages of `/o/oauth2/auth`. Addresses, names and clients come from requests, so all of it is escaped.
enum ConsentPage {
    static func choice(for wanted: ConsentRequest, among people: [User]) -> String {
        let buttons = people.map { user in
            let shown = user.name.map { "\($0) (\(user.email))" } ?? user.email
            return "<p><button name=\"email\" value=\"\(escaped(user.email))\">\(escaped(shown))</button></p>"
        }
        let nobody = "<p>There is nobody yet: make people with <code>POST /emulator/users</code>.</p>"
        return page(
            """
            <h1>Choose an account</h1>
            <p>The client <code>\(escaped(wanted.client.id))</code> wants to use Calendar as this person, with:</p>
            <ul>
            \(wanted.scopes.map { "<li><code>\(escaped($0))</code></li>" }.joined(separator: "\n"))
            </ul>
            <form method="post">
            \(buttons.isEmpty ? nobody : buttons.joined(separator: "\n"))
            <p><button name="denied" value="1">Cancel</button></p>
            </form>
            """)
    }

    static func problem(_ problem: ConsentRequest.Problem) -> String {
        page("<h1>Error: \(escaped(problem.name))</h1>\n<p>\(escaped(problem.sentence))</p>")
    }

    private static func page(_ content: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Sign in to the Calendar emulator</title>
        <style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 2rem auto; padding: 0 1rem }
        button { font: inherit; padding: .5rem 1rem }</style>
        \(content)
        </html>

        """
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
    }
}
