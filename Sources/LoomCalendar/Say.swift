import Foundation

/// Writes a line for people, at once even where the output is a pipe or a file.
func say(_ line: String = "") {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
}
