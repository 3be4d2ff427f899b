/// The text of a value in a file or on a command line, before it has a type.
///
/// Literals of numbers, strings, truth values and arrays can express it, so that a table of defaults reads like a file.
public enum SettingText: Hashable, Sendable {
  /// One word or number.
  case scalar(String)
  /// A list of words or numbers.
  case list([String])

  /// The value as YAML flow text.
  public var description: String {
    switch self {
    case .scalar(let text): text
    case .list(let items): "[" + items.joined(separator: ", ") + "]"
    }
  }

  /// The items of a list, or the parts of a scalar between commas, as a command line gives a list.
  var items: [String] {
    switch self {
    case .list(let items): items
    case .scalar(let text): text.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmingSpaces)
    }
  }

  /// The text of a scalar; nil for a list.
  var scalar: String? { if case .scalar(let text) = self { text } else { nil } }
}

extension SettingText: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral
{
  public init(stringLiteral value: String) { self = .scalar(value) }
  public init(integerLiteral value: Int) { self = .scalar(String(value)) }
  public init(floatLiteral value: Double) { self = .scalar(value.shortText) }
  public init(booleanLiteral value: Bool) { self = .scalar(String(value)) }
  public init(arrayLiteral elements: SettingText...) { self = .list(elements.map(\.description)) }
}

extension Double {
  /// The shortest text that reads back as the same number, without the `.0` of a whole number.
  public var shortText: String {
    let text = description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

extension Substring {
  /// The text without leading and trailing spaces.
  package var trimmingSpaces: String {
    let trailing = reversed().prefix { $0 == " " }.count
    return String(dropLast(trailing).drop { $0 == " " })
  }
}
