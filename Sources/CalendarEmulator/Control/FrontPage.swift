/// What a browser finds at `/`. Nothing in it comes from requests, so there is nothing to escape.
enum FrontPage {
    static let html = """
        <!DOCTYPE html>
        <html lang="en">
        <meta charset="utf-8">
        <title>Calendar emulator</title>
        <h1>Calendar emulator</h1>
        <p>This is not Google. It answers like version 3 of the Google Calendar API, so that programs can be tried without a
        Google account. Everything lives in memory and is gone when it stops, unless it was started with a state file.</p>
        <ul>
        <li>API: <code>/calendar/v3</code></li>
        <li>Tokens for service accounts: <code>/token</code></li>
        <li><a href="/emulator/state">What it holds</a></li>
        <li><a href="/emulator/requests">What it was asked</a></li>
        </ul>
        </html>

        """
}
