import Parts

/// Whole numbers among the arguments.
enum NumberOption {
  /// Reads an option's value, nil where it was not given.
  /// - Throws: `UserError` where it is no whole number of `range`.
  static func read(_ option: String, _ text: String?, in range: ClosedRange<Int>) throws(UserError) -> Int? {
    guard let text else { return nil }
    if let value = Int(text), range.contains(value) { return value }
    throw UserError(
      "\(option) \(text): expected a whole number from \(range.lowerBound) to \(range.upperBound)", status: .usage)
  }
}
