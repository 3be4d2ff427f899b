import Foundation
import Parts

/// Numbers as people read them in lines of progress.
enum ReadableNumber {
  /// Returns a whole number with its digits in groups of three: "12,345,678".
  static func grouped(_ number: Int) -> String {
    let digits = String(number.magnitude)
    var text = number < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
      text.append(digit)
    }
    return text
  }

  /// Returns a count with what is counted: "1 step", "2,000 steps".
  static func counted(_ count: Int, _ unit: String) -> String { "\(grouped(count)) \(count.noun(unit))" }

  /// Returns a number without its fraction, grouped; a number that no whole number holds has its own text.
  static func grouped(_ number: Double) -> String {
    Int(exactly: number.rounded()).map(grouped) ?? "\(number)"
  }

  /// Returns a number with one decimal, grouped; one that is not finite or very large has its own text.
  static func oneDecimal(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e9 else { return "\(value)" }
    let tenths = Int((value * 10).rounded())
    return "\(tenths < 0 ? "-" : "")\(grouped(abs(tenths) / 10)).\(abs(tenths) % 10)"
  }

  /// Returns a number with three significant digits.
  static func significant(_ value: Double) -> String { String(format: "%.3g", value) }

  /// Returns a time in its two largest units: "16 min 2 s".
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "?" }
    let whole = Int(seconds.rounded())
    if whole >= 86_400 { return "\(whole / 86_400) d \(whole % 86_400 / 3_600) h" }
    if whole >= 3_600 { return "\(whole / 3_600) h \(whole % 3_600 / 60) min" }
    return whole >= 60 ? "\(whole / 60) min \(whole % 60) s" : "\(whole) s"
  }
}
