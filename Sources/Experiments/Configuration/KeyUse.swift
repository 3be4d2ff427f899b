import MetaLearning
import PolicyLearning

/// Which runs a key means something to.
public struct KeyUse: Sendable {
  /// What must hold beside the algorithm's name.
  public struct Condition: Sendable {
    /// In a user's words: "with recovery=mae".
    let text: String
    let holds: @Sendable (RunConfiguration) -> Bool
  }

  let algorithms: [String]
  /// Whether the key is for all algorithms but these.
  let isExclusion: Bool
  let condition: Condition?

  /// The algorithms, for a reader; those of a key that a condition alone limits are any.
  var names: String {
    algorithms.isEmpty ? "any algorithm" : (isExclusion ? "all but " : "") + algorithms.joined(separator: ", ")
  }

  /// Whether the key is for this algorithm and few others.
  func isNamed(_ algorithm: String) -> Bool { !isExclusion && algorithms.contains(algorithm) }

  /// Whether the key is for this algorithm under some conditions.
  func isFor(_ algorithm: String) -> Bool { algorithms.contains(algorithm) != isExclusion }

  func includes(_ configuration: RunConfiguration) -> Bool {
    isFor(configuration.algorithm) && condition?.holds(configuration) != false
  }
}

extension ConfigurationSetting {
  /// Refuses a setting that the run would never look at.
  /// - Parameter configuration: what all settings lead to.
  func checkUse(in configuration: RunConfiguration) throws(UserError) {
    let entry = try entry(for: configuration)
    guard let use = entry.use, !use.includes(configuration) else { return }
    // Of an algorithm that the key is for at all the condition fails.
    let user = configuration.algorithm + (use.isFor(configuration.algorithm) ? " as it is set" : "")
    let condition = use.condition.map { " (\($0.text))" } ?? ""
    throw UserError(
      "\(place.prefix)\(user) does not use \(key), which is for \(use.names)\(condition)", status: place.status)
  }
}

extension KeyUse.Condition {
  /// Recoveries that have an L1 norm.
  static let hasNorm = KeyUse.Condition(text: "unless recovery is hard-threshold or mae") { configuration in
    configuration.algorithm == "l1-maml" || ![.hardThresholding, .absoluteDeviation].contains(configuration.recovery)
  }

  static let keepsWeights = KeyUse.Condition(text: "with recovery=hard-threshold") {
    $0.recovery == .hardThresholding
  }

  /// A step size falls from one step to the next: an evaluation may take more of mlsr's than its training.
  static let descendsSubgradients = KeyUse.Condition(
    text: "with recovery=subgradient or mae, for mlsr-maml with recovery_steps of 2 and more"
  ) { configuration in
    [.subgradient, .absoluteDeviation].contains(configuration.recovery)
      && (configuration.algorithm != "mlsr-maml" || configuration.recoverySteps > 1)
  }

  static let solvesImplicitly = KeyUse.Condition(text: "with an implicit meta_gradient") { configuration in
    switch configuration.metaGradient {
    case .own: configuration.algorithm != "mlsr"
    case .implicit: true
    case .direct, .unrolled: false
    }
  }

  static let forgetsActions = KeyUse.Condition(text: "with surrogate=dice") { $0.surrogate == .dice }

  static let solvesImplicitlyInSteps = KeyUse.Condition(
    text: "with an implicit meta_gradient and cg_steps of 1 and more"
  ) { solvesImplicitly.holds($0) && $0.conjugateGradientSteps > 0 }

  static let isConvolutional = KeyUse.Condition(text: "with model=convolutional") { $0.network == .convolutional }

  static let hasActivations = KeyUse.Condition(text: "with model=mlp and hidden layers") {
    $0.network == .mlp && !$0.hiddenSizes.isEmpty
  }

  static let hasHiddenLayers = KeyUse.Condition(text: "unless model is convolutional") { $0.network != .convolutional }
}
