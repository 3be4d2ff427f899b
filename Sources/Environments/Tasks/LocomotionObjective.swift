import Parts

/// What a robot is rewarded for beside the cost of its actions, and what ends its episodes.
public struct LocomotionObjective: Hashable, Sendable {
  /// How the velocity v of the root along x is rewarded.
  public enum Speed: String, CaseIterable, Sendable {
    /// d v, with the task's direction d of 1 or -1, its first parameter.
    case direction
    /// -|v - g|, with the task's speed g, its first parameter.
    case target
    /// v, in every task.
    case forward
  }

  /// How the velocity is rewarded.
  public var speed = Speed.direction
  /// What each step pays that does not end the episode by falling.
  public var survival = 0.0
  /// What each step pays for a metre of the root's height.
  public var heightWeight = 0.0
  /// The heights of the root, in metres as it observes them, outside of which an episode ends; nil for none.
  public var heights: ClosedRange<Double>?
  /// The pitch of the root, in radians to either side, from which on an episode ends; nil for none.
  public var greatestPitch: Double?

  /// Creates the objective of a direction, whose episodes never end before the horizon.
  public init() {}

  /// Whether episodes may end before the horizon.
  var endsEpisodes: Bool { heights != nil || greatestPitch != nil }

  /// Whether height or pitch matter.
  var watchesPose: Bool { endsEpisodes || !bonusNames.isEmpty }

  /// The names of the parts of the reward beside those of speed and control.
  var bonusNames: [String] { (survival == 0 ? [] : ["survival"]) + (heightWeight == 0 ? [] : ["height"]) }

  /// Calls `body` with what a step pays beside speed and control, in the order of `bonusNames`, without an allocation. As in
  /// MuJoCo's environments, survival is paid in the step of a fall, too.
  func forEachBonus(height: Double, _ body: (Double) -> Void) {
    if survival != 0 { body(survival) }
    if heightWeight != 0 { body(heightWeight * height) }
  }

  /// Whether a robot has fallen.
  func hasFallen(height: Double, pitch: Double) -> Bool {
    if let heights, !(height > heights.lowerBound && height < heights.upperBound) { return true }
    if let greatestPitch { return !(abs(pitch) < greatestPitch) }
    return false
  }

  /// The reward in words.
  func text(_ settings: LocomotionSettings) -> String {
    let speed =
      switch speed {
      case .direction: "d v, d = 1 or -1"
      case .target: "-|v - g|"
      case .forward: "v"
      }
    let bonuses = (survival == 0 ? "" : " + \(survival)") + (heightWeight == 0 ? "" : " + \(heightWeight) z")
    let paid = settings.actionFactor == 1 ? "" : ", a as motors take it, x \(settings.actionFactor.shortText)"
    return speed + bonuses + " - \(settings.controlCostWeight) |a|^2" + paid
  }

  /// The end of episodes in words.
  var endText: String {
    let height = heights.map { range in
      range.upperBound.isFinite
        ? "outside of a height of \(range.lowerBound) to \(range.upperBound) m" : "below \(range.lowerBound) m"
    }
    let parts = [height, greatestPitch.map { "from a pitch of \($0) rad on" }].compactMap { $0 }
    return parts.isEmpty ? "none" : parts.joined(separator: ", or ")
  }
}
