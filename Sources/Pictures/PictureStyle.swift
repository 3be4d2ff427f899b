import Parts
import Scenes

/// The colours and words that all pictures have in common.
enum PictureStyle {
  static let ink = Canvas.Color(0x222222)
  static let faint = Canvas.Color(0x777777)
  static let paper = Canvas.Color(0xFFFFFF)
  static let sky = Canvas.Color(0xF4F7FA)
  static let line = Canvas.Color(0xD0D6DC)
  /// What is shown first, and what beside it. Source: Okabe and Ito, "Color universal design" (2008).
  static let first = Canvas.Color(0x0072B2)
  static let second = Canvas.Color(0x56B4E9)
  /// What is to be reached, and what is wrong.
  static let mark = Canvas.Color(0xD55E00)

  /// The label of what is seen after so many inner steps.
  static func label(ofStep step: Int) -> String {
    step == 0 ? "before adaptation" : "after \(step.counted("step"))"
  }
}

extension Canvas.Color {
  /// The colour that lies between white, at 0, and this one, at 1.
  func strength(_ share: Double) -> Canvas.Color {
    var color = self
    let share = min(max(share, 0), 1)
    (color.red, color.green, color.blue) = (1 - share * (1 - red), 1 - share * (1 - green), 1 - share * (1 - blue))
    return color
  }
}

extension Double {
  /// The number with so many digits after the point.
  func rounded(toDigits digits: Int) -> String {
    guard isFinite, abs(self) < 1e12 else { return description }
    let power = (0..<digits).reduce(1) { power, _ in 10 * power }
    let whole = Int((abs(self) * Double(power)).rounded())
    let fraction = String(whole % power)
    let zeros = String(repeating: "0", count: max(0, digits - fraction.count))
    let sign = self < 0 && whole > 0 ? "-" : ""
    return sign + String(whole / power) + (digits > 0 ? "." + zeros + fraction : "")
  }
}
