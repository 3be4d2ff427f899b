public import NeuralNetworks
public import Parts
public import Runs
public import TensorCore

/// The update of the meta-parameters at the end of an iteration. It is chosen independently of the algorithm whose
/// gradient it is given.
///
/// Most outer steps are chains of update rules, which `CompiledUpdate` runs. A step that evaluates losses elsewhere before
/// it updates, such as a trust region, or that updates several times on the same samples, is a separate type.
public protocol OuterStep: AnyObject {
  /// Whether the step evaluates losses. A trainer then keeps the samples of the iteration's tasks.
  var evaluatesLosses: Bool { get }

  /// The meta-parameters after a step, which also updates the state of the step.
  /// - Parameters:
  ///   - parameters: the meta-parameters at the start of the iteration.
  ///   - gradient: the mean meta-gradient of the iteration's tasks at `parameters`.
  ///   - losses: the outer losses of the same tasks at other meta-parameters.
  /// - Returns: nil where the gradient is not finite; the state has not changed then.
  func step(
    _ parameters: Parameters<Float>, against gradient: Parameters<Float>, losses: OuterLosses
  ) throws -> Parameters<Float>?

  /// The same step by a gradient of which the elements of all tensors are given, one after another.
  func step(
    _ parameters: Parameters<Float>, against gradient: [Float], losses: OuterLosses
  ) throws -> Parameters<Float>?

  /// What the last step did, for the columns of a run's table, by column name: the same names after every step.
  var diagnostics: [(name: String, value: Double)] { get }

  /// The state on which the rest of a run depends. Names start with `optimizer.`.
  var checkpoint: CheckpointContents { get }

  /// Restores the state of a checkpoint.
  /// - Throws: `UserError` where the checkpoint is not one of this step.
  func restore(_ checkpoint: CheckpointContents) throws(UserError)
}

extension OuterStep {
  public func step(
    _ parameters: Parameters<Float>, against gradient: [Float], losses: OuterLosses
  ) throws -> Parameters<Float>? {
    try step(parameters, against: parameters.replacingElements(gradient), losses: losses)
  }

  /// None, which is the default.
  public var diagnostics: [(name: String, value: Double)] { [] }
}

/// The mean outer loss of an iteration's tasks as a function of the meta-parameters, on the samples that the tasks have
/// drawn.
///
/// The gradient is the algorithm's, so that it is not the derivative of the loss for algorithms that approximate it, such
/// as FOMAML, Reptile and the direct gradient of MLSR. Policies draw their samples at the parameters at the start of the
/// iteration, and these losses have no likelihood ratio that would correct for other parameters: only near those
/// parameters, and to first order, do they give the change of the loss. ``KeptEpisodes`` give it elsewhere.
public struct OuterLosses {
  private let evaluate: (Parameters<Float>) throws -> (loss: Double, gradient: Parameters<Float>)
  /// The episodes of the tasks, on which other meta-parameters can be tried; nil for tasks without episodes.
  public let episodes: KeptEpisodes?

  init(
    episodes: KeptEpisodes? = nil,
    _ evaluate: @escaping (Parameters<Float>) throws -> (loss: Double, gradient: Parameters<Float>)
  ) {
    (self.evaluate, self.episodes) = (evaluate, episodes)
  }

  /// Losses for a step that evaluates none.
  package static var none: OuterLosses {
    OuterLosses { _ in preconditionFailure("a step was given no losses to evaluate") }
  }

  /// The loss at `parameters` and the algorithm's gradient there.
  public func lossAndGradient(at parameters: Parameters<Float>) throws -> (loss: Double, gradient: Parameters<Float>) {
    try evaluate(parameters)
  }

  /// The loss at `parameters`.
  public func loss(at parameters: Parameters<Float>) throws -> Double { try evaluate(parameters).loss }
}

/// An outer step that evaluates losses elsewhere, or updates several times, as a choice of a run by `outer_step`.
public protocol OuterStepChoice: OuterOptimizer {
  /// Makes the step.
  /// - Parameters:
  ///   - parameters: the names and shapes of the parameters that it updates.
  ///   - rate: the last link of a chain: the step size, which may decay.
  ///   - clip: the largest global norm of a meta-gradient; nil for no clipping.
  ///   - taskClip: the largest global norm of one task's meta-gradient; nil for no clipping.
  func makeStep(
    for parameters: Parameters<Float>, rate: any UpdateRule, clip: Double?, taskClip: Double?
  ) -> any OuterStep
  /// Whether the step tries other meta-parameters on the episodes of an iteration, which only policies have, and only
  /// with an algorithm whose meta-gradient is a derivative.
  var needsEpisodes: Bool { get }
}

extension OuterStepChoice {
  /// False, which is the default.
  public var needsEpisodes: Bool { false }

  /// Empty, since such a step is not a chain of links.
  public var links: [any UpdateRule] { [] }
}

/// The outer steps of this module that are not chains.
public enum OuterSteps {
  /// All outer steps, in the order in which they are listed, after the optimizers that are chains.
  public static let all: [any OuterStepChoice] = [TrustRegion(), ProximalPasses()]
}

extension OuterLoopSettings {
  /// The outer step that the settings describe.
  /// - Parameter rate: the rule of the step size; nil for the constant rate of the settings.
  func makeStep(
    for parameters: Parameters<Float>, rate: (any UpdateRule)? = nil, taskClip: Double = 0
  ) -> any OuterStep {
    let rate = rate ?? Scaled(by: self.rate)
    if let choice = optimizer as? any OuterStepChoice {
      return choice.makeStep(
        for: parameters, rate: rate, clip: clip > 0 ? clip : nil, taskClip: taskClip > 0 ? taskClip : nil)
    }
    let limit: [any UpdateRule] = clip > 0 ? [ClippedGlobalNorm(clip)] : []
    return CompiledUpdate(Chain(limit + optimizer.links + [rate]), of: parameters)
  }
}

extension PolicyOuterLoopSettings {
  /// The outer step that the settings describe, with a rate that decays.
  package func makeStep(for parameters: Parameters<Float>) -> any OuterStep {
    common.makeStep(
      for: parameters,
      rate: Scheduled.linear(from: common.rate, to: finalRate, steps: rateIterations),
      taskClip: taskClip)
  }
}
