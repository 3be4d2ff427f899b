/// A word of a command line as a shell reads it.
enum ShellWord {
  /// Returns a text in quotes, where a shell would otherwise take it for something else.
  static func quoted(_ text: String) -> String {
    let isPlain =
      !text.isEmpty
      && text.allSatisfy { character in
        character.isASCII && (character.isLetter || character.isNumber || "_-+=.,:/@%".contains(character))
      }
    return isPlain
      ? text : "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }

  /// Returns words as one line.
  static func line(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }
}
