import Foundation

/// Writes a line for people, at once even where the output is a pipe or a file.
func say(_ line: String = "") {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
}

/// The same beside the output: for people who look on, and not for programs that read.
func sayAside(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
}
