import Parts

/// The reader of whole numbers among the arguments.
enum NumberOption {
  /// Returns the value of an option; nil where the option was not given.
  /// - Throws: `UserError` where the value is not a whole number in `range`.
  static func read(_ option: String, _ text: String?, in range: ClosedRange<Int>) throws(UserError) -> Int? {
    guard let text else { return nil }
    if let value = Int(text), range.contains(value) { return value }
    throw UserError(
      "\(option) \(text): expected a whole number from \(range.lowerBound) to \(range.upperBound)", status: .usage)
  }
}
