import MetaLearning
public import NeuralNetworks
public import Parts
import Runs
public import TensorCore

/// The choice of several passes with clipped likelihood ratios, with its settings.
public struct ProximalPasses: OuterStepChoice {
  public let card = Card(
    "ppo", "several passes over the same episodes, with clipped likelihood ratios of the adapted policies and Adam",
    source: "Schulman et al. 2017; Rothfuss et al. 2019 (ProMP)")
  /// The number of passes over the episodes of an iteration.
  var passes = 5
  /// The distance from 1 at which the likelihood ratio is held.
  var clip = 0.3
  /// The weight of the divergence of the policy before adaptation, at first.
  var penalty = 0.0005
  /// The divergence before adaptation that the weight adapts to; 0 for a constant weight.
  var penaltyTarget = 0.01
  /// The divergence of the adapted policies at which the passes of an iteration end; 0 for none.
  var stop = 0.1

  /// The weights that a run may have, and the factor by which a weight adapts.
  static let (penalties, penaltyFactor) = (0...1e9, 2.0)

  public static let settings: [Setting<Self>] = [
    Setting("ppo_passes", \.passes, in: 1...1_000, "passes over the episodes of an iteration").measured(in: "passes"),
    Setting(
      "ppo_clip", \.clip, in: 0...1_000, excludingLowerBound: true,
      "distance from 1 at which the likelihood ratio of an adapted policy is held"),
    Setting(
      "ppo_inner_penalty", \.penalty, in: penalties,
      "weight of the KL divergence of the policy before adaptation, at first; 0: none (MAML-PPO)"),
    Setting(
      "ppo_inner_target", \.penaltyTarget, in: 0...1_000,
      "divergence before adaptation to which the weight adapts: twice as large above 1.5 times that, half below; 0: the "
        + "weight stays"
    ).used("with ppo_inner_penalty above 0") { $0.penalty > 0 },
    Setting(
      "ppo_stop", \.stop, in: 0...1_000, "mean KL divergence of the adapted policies that ends the passes; 0: none"),
  ]

  /// Creates the choice with its default settings.
  public init() {}

  public var needsEpisodes: Bool { true }

  public func makeStep(
    for parameters: Parameters<Float>, rate: any UpdateRule, clip: Double?, taskClip: Double?
  ) -> any OuterStep {
    let limit: [any UpdateRule] = clip.map { [ClippedGlobalNorm($0)] } ?? []
    return ProximalPolicyStep(
      self, CompiledUpdate(Chain(limit + [Adam(), rate]), of: parameters), taskClip: taskClip ?? 0)
  }
}

/// Several steps of Adam on the same episodes, which the clipped likelihood ratio keeps near the policies that collected
/// them.
///
/// Sources: Schulman et al., "Proximal policy optimization algorithms" (2017), eq. 7; for adapted policies, with a penalty
/// on the divergence of the policy before adaptation, Rothfuss et al., "ProMP" (ICLR 2019), eq. 10.
final class ProximalPolicyStep: OuterStep {
  private let choice: ProximalPasses
  private let update: CompiledUpdate
  private let taskClip: Double
  /// The weight of the divergence before adaptation.
  private var penalty: Double
  /// The number of iterations so far, which the rate's schedule counts.
  private var iterations = 0
  private var outcome = Outcome()

  private struct Outcome {
    /// The divergence of the adapted policies after the last pass.
    var divergence = 0.0
    /// The divergence of the policies before adaptation, and the share of clipped ratios, where the last pass began.
    var divergenceBefore = 0.0
    var clippedShare = 0.0
    var passes = 0
  }

  /// The name of the penalty's weight in a checkpoint.
  private static let penaltyKey = "optimizer.inner_penalty"
  /// The name of the number of iterations in a checkpoint.
  private static let iterationsKey = "optimizer.iterations"

  init(_ choice: ProximalPasses, _ update: CompiledUpdate, taskClip: Double) {
    (self.choice, self.update, self.taskClip) = (choice, update, taskClip)
    penalty = choice.penalty
  }

  var evaluatesLosses: Bool { true }

  var diagnostics: [(name: String, value: Double)] {
    [
      ("outer_kl", outcome.divergence), ("kl_before_adaptation", outcome.divergenceBefore),
      ("clip_fraction", outcome.clippedShare), ("passes", Double(outcome.passes)),
    ]
  }

  func step(
    _ parameters: Parameters<Float>, against gradient: Parameters<Float>, losses: OuterLosses
  ) throws -> Parameters<Float>? {
    guard let episodes = losses.episodes else {
      preconditionFailure("passes over episodes were asked of tasks without episodes")
    }
    outcome = Outcome()
    update.scheduleCount = iterations + 1
    // At the parameters that sampled, the ratios are 1 and nothing is held: the meta-gradient is that of the first pass.
    guard var current = update.step(parameters, against: gradient, losses: losses) else { return nil }
    iterations += 1
    outcome.passes = 1
    while outcome.passes < choice.passes {
      let pass = try episodes.pass(at: current, clip: choice.clip, penalty: penalty, taskClip: taskClip)
      (outcome.divergenceBefore, outcome.clippedShare) = (pass.divergenceBefore, pass.clippedShare)
      guard choice.stop == 0 || pass.divergence <= choice.stop,
        let moved = update.step(current, against: pass.gradient, losses: losses)
      else { break }
      current = moved
      outcome.passes += 1
    }
    outcome.divergence = try episodes.change(at: current).divergence
    adaptPenalty()
    return current
  }

  private func adaptPenalty() {
    guard choice.penaltyTarget > 0, outcome.passes > 1 else { return }
    let (bounds, factor) = (ProximalPasses.penalties, ProximalPasses.penaltyFactor)
    if outcome.divergenceBefore > 1.5 * choice.penaltyTarget { penalty = min(factor * penalty, bounds.upperBound) }
    if outcome.divergenceBefore < choice.penaltyTarget / 1.5 { penalty /= factor }
  }

  var checkpoint: CheckpointContents {
    var checkpoint = update.checkpoint
    checkpoint.metadata[Self.penaltyKey] = String(penalty)
    checkpoint.metadata[Self.iterationsKey] = String(iterations)
    return checkpoint
  }

  func restore(_ checkpoint: CheckpointContents) throws(UserError) {
    guard let penalty = checkpoint.metadata[Self.penaltyKey].flatMap({ Double($0) }), penalty >= 0, penalty.isFinite,
      let iterations = checkpoint.metadata[Self.iterationsKey].flatMap({ Int($0) }),
      (0...1_000_000_000).contains(iterations)
    else {
      throw UserError(
        "checkpoint: expected the numbers \(Self.penaltyKey) and \(Self.iterationsKey), found none",
        status: .malformedData)
    }
    try update.restore(checkpoint)
    (self.penalty, self.iterations) = (penalty, iterations)
  }
}
