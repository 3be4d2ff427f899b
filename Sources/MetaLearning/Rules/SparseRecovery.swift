import NeuralNetworks
public import Parts

/// The settings of the recovery of a task's sparse layer (MLSR, section 3).
public struct SparseRecovery: Configurable, Hashable {
  /// A method of recovery.
  public enum Method: String, CaseIterable, Sendable {
    /// Iterative soft thresholding.
    case softThresholding = "ista"
    /// Iterative soft thresholding with momentum.
    case accelerated = "fista"
    /// Subgradient descent on the loss plus the L1 norm.
    case subgradient
    /// Iterative hard thresholding.
    case hardThresholding = "hard-threshold"
    /// Least absolute deviations, for examples with a few outliers.
    case absoluteDeviation = "mae"

    /// Whether the objective includes an L1 norm of the layer.
    var hasNorm: Bool { self != .hardThresholding && self != .absoluteDeviation }

    /// Whether the step size can decay from one step to the next.
    var descendsSubgradients: Bool { self == .subgradient || self == .absoluteDeviation }
  }

  /// The method of recovery.
  public var method = Method.softThresholding
  /// The weight lambda of the L1 norm.
  public var strength = 0.0001
  /// The initial values of the recovered layer.
  public var start = Adaptation.Start.learned
  /// The number of weights that a unit keeps under a hard threshold.
  public var keptWeights = 10
  /// The factor of the step size after each step of a subgradient method.
  public var decay = 1.0

  /// The key of `decay`.
  static let decayKey = "recovery_decay"

  public static let settings: [Setting<Self>] = [
    Setting(
      "recovery", \.method,
      "how the output layer is recovered: ista, fista, subgradient: with an L1 norm; hard-threshold: a number of "
        + "weights is kept; mae: least absolute deviations, for examples of which a few are wild"
    ).addedLater(),
    Setting.l1Strength(\.strength).used("unless recovery is hard-threshold or mae") { $0.method.hasNorm },
    Setting(
      "recovery_start", \.start,
      "where the recovered layer begins: learned, or zero, which a recovery of many steps forgets"
    ).addedLater(),
    Setting(
      "recovery_sparsity", \.keptWeights, in: 1...4_096, "weights that each output keeps under a hard threshold"
    ).measured(in: "weights").used("with recovery=hard-threshold") { $0.method == .hardThresholding },
    Setting(
      decayKey, \.decay, in: 0...1, excludingLowerBound: true,
      "what the step size of subgradient and mae is multiplied by after each step"
    ).used("with recovery=subgradient or mae") { $0.method.descendsSubgradients },
  ]

  /// Creates the default settings: iterative soft thresholding.
  public init() {}

  /// The objective that the recovery minimizes.
  var objective: Adaptation.Objective { method == .absoluteDeviation ? .absoluteDeviation : .taskLoss }

  /// The update rule of the recovery.
  func rule(rate: Double, ridge: Double = 0) -> any UpdateRule {
    switch method {
    case .softThresholding: SoftThresholdingStep(rate: rate, strength: strength, ridge: ridge)
    case .accelerated: AcceleratedThresholdingStep(rate: rate, strength: strength, ridge: ridge)
    case .subgradient: SubgradientStep(rate: rate, strength: strength, decay: decay)
    case .hardThresholding: HardThresholdingStep(rate: rate, kept: keptWeights, ridge: ridge)
    case .absoluteDeviation: SubgradientStep(rate: rate, decay: decay)
    }
  }

  /// The reason why targets of this kind cannot be recovered with these settings; nil where they can.
  func obstacle(on problem: LearningProblem) -> String? {
    guard method == .absoluteDeviation else { return nil }
    if problem.hasLabels {
      return "recovery=mae: expected targets with deviations, found labels; any other recovery would do"
    }
    return problem.hasFixedExamples
      ? nil : "recovery=mae: expected targets with deviations, found episodes; any other recovery would do"
  }
}
