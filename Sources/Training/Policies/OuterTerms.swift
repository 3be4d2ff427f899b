import MetaLearning
import Parts

/// Terms of the outer objective of a policy beside the loss after adaptation.
struct OuterTerms: Part {
  let card = Card("outer terms", "what the outer loop wants besides", source: "metarl")
  /// The weight of the entropy of the adapted policy.
  var entropyBonus = 0.0
  /// The weight of the term for the exploration of the policy before adaptation.
  var exploration = 0.0

  static let settings: [Setting<Self>] = [
    Setting(
      "entropy_bonus", \.entropyBonus, in: 0...1_000, "weight of the adapted policy's entropy in the outer objective"
    ).addedLater().used("with a meta-gradient of the loss after adaptation") { $0.hasLossAfterAdaptation },
    Setting(
      "exploration_term", \.exploration, in: 0...1_000,
      "weight of E-MAML's term, the log-probability of the episodes that a task adapts to times its return afterwards, "
        + "standardised over the tasks (Stadie et al. 2018)"
    ).addedLater().used("with a meta-gradient of the loss after adaptation") { $0.hasLossAfterAdaptation },
  ]

  private let hasLossAfterAdaptation: Bool

  /// Creates the default settings for an algorithm.
  init(for algorithm: any Part) {
    hasLossAfterAdaptation = (algorithm as? any MetaAlgorithm)?.metaGradient == .differentiated
  }

  /// The terms that the algorithm has a use for.
  /// - Parameter isPlain: whether there is no adaptation at all.
  func used(isPlain: Bool) -> OuterTerms {
    var used = self
    if !hasLossAfterAdaptation || isPlain { (used.entropyBonus, used.exploration) = (0, 0) }
    return used
  }
}

extension OuterTerms {
  /// The weight of each task's episodes before adaptation in the outer objective: the weight of the term times the return
  /// after adaptation, less the mean over the tasks and by the standard deviation.
  ///
  /// Source: Stadie et al., "Some considerations on learning to explore via meta-reinforcement learning" (2018), eq. 4.
  /// Standardised returns take the place of its returns: they have the expectation of returns less a baseline that every
  /// task shares, and a scale of 1.
  func explorationWeights(returns: [Double]) -> [Double] {
    let mean = returns.reduce(0, +) / Double(returns.count)
    let variance = returns.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(returns.count)
    return returns.map { exploration * ($0 - mean) / max(variance.squareRoot(), 1e-8) }
  }
}
