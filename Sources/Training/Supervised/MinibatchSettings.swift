import MetaLearning
import Parts

/// The choice of the examples that each inner step sees.
struct MinibatchSettings: Part {
  let card = Card("minibatches", "the examples of an inner step", source: "Nichol, Achiam, Schulman 2018")
  /// The number of examples of an inner step; 0 for all.
  var size = 0

  static let settings: [Setting<Self>] = [
    Setting(
      "inner_batch", \.size, in: 0...100_000,
      "examples of an inner step, of images those of all classes together: the next ones in each step, so that steps share "
        + "none while inner_steps times inner_batch is no more than a task has; 0: all of them in every step"
    ).measured(in: "examples").addedLater(before: 0).asCondition()
  ]

  /// Returns whether the inner steps of an algorithm may see different examples. An implicit meta-gradient is that of one
  /// problem, a line search compares values of one loss, and a reference line has no meta-gradient of the steps.
  @Sendable static func suit(_ algorithm: any Part) -> Bool {
    guard let algorithm = algorithm as? any MetaAlgorithm else { return false }
    return [.differentiated, .displacement].contains(algorithm.metaGradient)
      && algorithm.phases.allSatisfy { $0.search == nil }
  }

  /// The number of examples of an inner step by an algorithm; nil for all.
  func size(for algorithm: any Part) -> Int? { size > 0 && Self.suit(algorithm) ? size : nil }
}
