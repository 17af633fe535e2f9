/// A value inside a sentence, cut at 100 characters: a body may be long, and its beginning tells which one it is.
func quoted(_ text: String) -> String {
    text.count > 100 ? "“\(text.prefix(100))…”" : "“\(text)”"
}
