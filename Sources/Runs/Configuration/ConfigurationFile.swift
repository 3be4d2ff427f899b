public import Parts
import Tables
import Yams

/// The reader of `config.yaml`, which names the line of every fault, and its writer, which writes every key and comment.
public enum ConfigurationFile {
  /// The largest size in bytes: a configuration is a page of text, and a larger file is not one.
  static let largestSize = 1_000_000

  /// Returns the settings of a file: a mapping of keys to scalars, or to lists of scalars.
  /// - Throws: `UserError`: `missingInput` where the file cannot be read, `malformedData` where it is not YAML,
  ///   `configuration` where it is another kind of YAML.
  public static func read(_ path: String) throws(UserError) -> [ConfigurationSetting] {
    let bytes = try StoredFile.read(path, limit: largestSize)
    guard let text = TextLines.text(of: bytes) else {
      throw UserError("\(path): expected a text in UTF-8, found other bytes", status: .malformedData)
    }
    return try settings(in: text, path: path)
  }

  /// Returns the settings of a text that was read from `path`.
  static func settings(in text: String, path: String) throws(UserError) -> [ConfigurationSetting] {
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch YamlError.duplicatedKeysInMapping(let duplicates, _) {
      let names = duplicates.sorted().joined(separator: ", ")
      throw UserError("\(path): expected each key once, found \(names) twice; leave one out", status: .configuration)
    } catch {
      // The parser quotes the whole line at which it stopped.
      throw UserError("\(path): not YAML: \("\(error)".prefix(200))", status: .malformedData)
    }
    guard let root else { return [] }
    guard case .mapping(let mapping) = root else {
      throw UserError("\(path): expected lines of 'key: value', found another YAML document", status: .configuration)
    }
    var settings: [ConfigurationSetting] = []
    for (key, value) in mapping {
      let line = key.mark?.line ?? value.mark?.line ?? 1
      guard let name = key.scalar?.string, let text = configurationText(of: value) else {
        throw UserError(
          "\(path):\(line): expected a key with one value or a list of values, found a nested one",
          status: .configuration)
      }
      settings.append(ConfigurationSetting(key: name, text: text, origin: .file(path: path, line: line)))
    }
    return settings
  }

  private static func configurationText(of node: Node) -> SettingText? {
    switch node {
    case .scalar(let scalar): return .scalar(scalar.string)
    case .sequence(let sequence):
      let items = sequence.compactMap { $0.scalar?.string }
      return items.count == sequence.count ? .list(items) : nil
    default: return nil
    }
  }

  /// Returns the text of a complete configuration: every key that the run uses, in its section and with its comment.
  public static func text(of configuration: RunConfiguration) -> String {
    var lines = ["# Everything that this run depends on: \(ProgramName.current) train --config FILE repeats it."]
    var title: String?
    for entry in configuration.entries {
      if entry.title != title { lines += ["", "# \(entry.title)", ""] }
      title = entry.title
      lines.append("# \(entry.key.comment)" + (entry.key.choices.isEmpty ? "" : " (\(entry.key.expectation))"))
      lines.append("\(entry.key.name): \(yaml(configuration.text(entry)))")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func yaml(_ text: SettingText) -> String {
    switch text {
    case .scalar(let scalar): isPlain(scalar) ? scalar : quoted(scalar)
    case .list(let items): "[" + items.map { isPlain($0) ? $0 : quoted($0) }.joined(separator: ", ") + "]"
    }
  }

  /// Returns whether YAML reads the text back unchanged without quotes; accepts only a safe subset.
  private static func isPlain(_ text: String) -> Bool {
    guard let first = text.unicodeScalars.first, first == "." || first == "/" || first.isWord || first == "-" else {
      return false
    }
    return text.unicodeScalars.dropFirst().allSatisfy { $0.isWord || "-+./".unicodeScalars.contains($0) }
      && text != "-" && !text.hasPrefix("---") && !text.hasPrefix("...")
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\u{0}"..<" ", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}", "\u{FEFF}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

extension Unicode.Scalar {
  fileprivate var isWord: Bool {
    switch self {
    case "a"..."z", "A"..."Z", "0"..."9", "_": true
    default: false
    }
  }
}
