import MetaLearning
public import NeuralNetworks
public import Parts
import Runs
public import TensorCore

/// The choice of a step within a trust region, with its settings.
public struct TrustRegion: OuterStepChoice {
  public let card = Card(
    "trpo", "the step that improves most within a mean KL of the adapted policies",
    source: "Schulman et al. 2015; Finn, Abbeel, Levine 2017, section 5.3")
  /// The mean Kullback-Leibler divergence that a step may make between adapted policies.
  var divergence = 0.03
  /// The multiple of the identity that is added to the metric.
  var damping = 0.01
  /// The steps of conjugate gradients.
  var solverSteps = 10
  /// The rate of Adam for what update rules learn, such as the logarithms of inner rates, whose metric is not that of a
  /// policy.
  static let ruleRate = 0.03

  public static let settings: [Setting<Self>] = [
    Setting(
      "trust_region", \.divergence, in: 0...100, excludingLowerBound: true,
      "largest mean KL divergence between the adapted policies before and after an outer step; a line search takes up to "
        + "\(TrustRegionStep.tolerance) times as much"),
    Setting("trust_region_damping", \.damping, in: 0...1_000, "multiple of the identity that is added to the metric"),
    Setting(
      "trust_region_cg_steps", \.solverSteps, in: 1...1_000, "conjugate-gradient steps that solve for the direction"),
  ]

  /// Creates the choice with its default settings.
  public init() {}

  public var needsEpisodes: Bool { true }

  public var hasRate: Bool { false }

  public func makeStep(
    for parameters: Parameters<Float>, rate: any UpdateRule, clip: Double?, taskClip: Double?
  ) -> any OuterStep {
    TrustRegionStep(self, for: parameters)
  }
}

/// A step of the meta-parameters within a trust region: the natural gradient of the loss after adaptation, as long as the
/// divergence between adapted policies allows, and shortened until the loss falls.
///
/// Sources: Schulman et al., "Trust region policy optimization" (ICML 2015), appendix C; as the outer step of MAML in Finn,
/// Abbeel, Levine (2017), section 5.3. The metric and the line search are those of the adapted policies: each trial adapts
/// anew.
final class TrustRegionStep: OuterStep {
  /// The factor of each shortening, the most of them, and the divergence that is accepted, as a multiple of the limit.
  static let (shortening, mostTrials, tolerance) = (0.6, 12, 1.5)

  private let choice: TrustRegion
  /// The parameters of update rules, which have a step of their own; nil where there are none.
  private let rules: CompiledUpdate?
  private var outcome = Outcome()

  private struct Outcome {
    /// The mean divergence of the step that was taken.
    var divergence = 0.0
    /// The share of the full step that was taken; 0 for none.
    var share = 0.0
  }

  init(_ choice: TrustRegion, for parameters: Parameters<Float>) {
    self.choice = choice
    let layout = parameters.ofRules
    rules = layout.names.isEmpty ? nil : CompiledUpdate(Adam.steps(rate: TrustRegion.ruleRate), of: layout)
  }

  var evaluatesLosses: Bool { true }

  var diagnostics: [(name: String, value: Double)] {
    [("outer_kl", outcome.divergence), ("outer_step_share", outcome.share)]
  }

  func step(
    _ parameters: Parameters<Float>, against gradient: Parameters<Float>, losses: OuterLosses
  ) throws -> Parameters<Float>? {
    guard let episodes = losses.episodes else {
      preconditionFailure("a step within a trust region was asked of tasks without episodes")
    }
    guard gradient.tensors.allSatisfy({ $0.scalars.allSatisfy(\.isFinite) }) else { return nil }
    let descent = Tensor<Double>(gradient.ofModel.flattened().scalars.map { -Double($0) })
    func metric(_ direction: Tensor<Double>) throws -> Tensor<Double> {
      let product = try episodes.metricProduct(with: direction.scalars.map { Float($0) })
      return Tensor(zip(product, direction.scalars).map { Double($0) + choice.damping * $1 })
    }
    let direction = try ConjugateGradient(maximumSteps: choice.solverSteps, relativeTolerance: 1e-5)
      .solve(rightHandSide: descent, operator: metric).value
    let curvature = (direction * (try metric(direction))).sum().scalar
    let length = (2 * choice.divergence / max(curvature, 1e-12)).squareRoot()
    outcome = Outcome()
    // What the rules learn moves first, so that the search measures all of the step.
    var start = parameters
    if let rules {
      guard let moved = rules.step(parameters.ofRules, against: gradient.ofRules, losses: losses) else { return nil }
      start = parameters.merging(moved)
    }
    return try search(from: start, along: (Tensor(length) * direction).scalars, in: episodes) ?? parameters
  }

  /// The first point on the way from the full step back at which the loss is lower than at the start of the iteration and
  /// the divergence is allowed; nil where there is none.
  private func search(
    from start: Parameters<Float>, along step: [Double], in episodes: KeptEpisodes
  ) throws -> Parameters<Float>? {
    let before = try episodes.lossAtStart()
    let model = start.ofModel
    var share = 1.0
    for _ in 0..<Self.mostTrials {
      let moved = zip(model.flattened().scalars, step).map { Float(Double($0) + share * $1) }
      let trial = start.merging(model.unflattened(Tensor(moved)))
      let change = try episodes.change(at: trial)
      if change.loss < before, change.divergence <= Self.tolerance * choice.divergence {
        (outcome.divergence, outcome.share) = (change.divergence, share)
        return trial
      }
      share *= Self.shortening
    }
    return nil
  }

  var checkpoint: CheckpointContents { rules?.checkpoint ?? CheckpointContents(tensors: [], metadata: [:]) }

  func restore(_ checkpoint: CheckpointContents) throws(UserError) { try rules?.restore(checkpoint) }
}

extension Parameters {
  /// The parameters of the model among all meta-parameters.
  fileprivate var ofModel: Parameters { chosen { !MetaParameters<Scalar>.isOfRule($0) } }

  /// The parameters of update rules among all meta-parameters.
  fileprivate var ofRules: Parameters { chosen { MetaParameters<Scalar>.isOfRule($0) } }

  private func chosen(_ isChosen: (String) -> Bool) -> Parameters {
    let chosen = names.indices.filter { isChosen(names[$0]) }
    return Parameters(names: chosen.map { names[$0] }, tensors: chosen.map { tensors[$0] })
  }
}
