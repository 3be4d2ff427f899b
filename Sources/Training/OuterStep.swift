public import NeuralNetworks
public import Parts
public import Runs
public import TensorCore

/// How meta-parameters move at the end of an iteration: a choice of its own, beside the algorithm whose gradient it is given.
///
/// Most are chains of update rules, which `CompiledUpdate` makes steps of. One that looks at losses elsewhere before it moves,
/// such as a trust region, or moves several times on the same samples, is a type of its own.
public protocol OuterStep: AnyObject {
  /// Whether the step evaluates losses. A trainer then keeps what the iteration's tasks have drawn.
  var evaluatesLosses: Bool { get }

  /// The meta-parameters after a step, and what the step remembers for the next.
  /// - Parameters:
  ///   - parameters: where the iteration has begun.
  ///   - gradient: the mean meta-gradient of the iteration's tasks there.
  ///   - losses: the outer losses of the same tasks at other meta-parameters.
  /// - Returns: nil where the gradient is not finite; nothing has then changed.
  func step(
    _ parameters: Parameters<Float>, against gradient: Parameters<Float>, losses: OuterLosses
  ) throws -> Parameters<Float>?

  /// What the rest of a run depends on: names begin with `optimizer.`.
  var checkpoint: CheckpointContents { get }

  /// Goes back to a checkpoint.
  /// - Throws: where it is not one of this step.
  func restore(_ checkpoint: CheckpointContents) throws(UserError)
}

/// The mean outer loss of an iteration's tasks as a function of the meta-parameters, on the samples that the tasks have
/// drawn.
///
/// The gradient is the algorithm's, so that it is not the derivative of the loss for algorithms that approximate it, such as
/// FOMAML, Reptile and the direct gradient of MLSR. Policies draw their samples at the parameters where the iteration has
/// begun, and the losses have no likelihood ratio that would correct for others: near those parameters they say how an update
/// changes the loss to first order, and no more.
public struct OuterLosses {
  private let evaluate: (Parameters<Float>) throws -> (loss: Double, gradient: Parameters<Float>)

  init(_ evaluate: @escaping (Parameters<Float>) throws -> (loss: Double, gradient: Parameters<Float>)) {
    self.evaluate = evaluate
  }

  /// No losses, for a step that evaluates none.
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

/// An outer step that looks at losses elsewhere, or moves several times, as a run chooses it by `outer_optimizer`.
public protocol OuterStepChoice: OuterOptimizer {
  /// The step.
  /// - Parameters:
  ///   - parameters: the names and shapes of the parameters that it moves.
  ///   - rate: the last link of a chain: the step size, which may fall.
  ///   - clip: the largest global norm of a meta-gradient; nil for none.
  func makeStep(for parameters: Parameters<Float>, rate: any UpdateRule, clip: Double?) -> any OuterStep
}

extension OuterStepChoice {
  /// A step of its own is no chain of links.
  public var links: [any UpdateRule] { [] }
}

/// The outer steps of this module that are no chains.
public enum OuterSteps {
  /// In the order in which to list them, after the optimizers that are chains.
  public static let all: [any OuterStepChoice] = []
}

extension OuterLoopSettings {
  /// The outer step that the settings name.
  /// - Parameter rate: the step size; that of the settings, the same in every step, where nil.
  func makeStep(for parameters: Parameters<Float>, rate: (any UpdateRule)? = nil) -> any OuterStep {
    let rate = rate ?? Scaled(by: self.rate)
    if let choice = optimizer as? any OuterStepChoice {
      return choice.makeStep(for: parameters, rate: rate, clip: clip > 0 ? clip : nil)
    }
    let limit: [any UpdateRule] = clip > 0 ? [ClippedGlobalNorm(clip)] : []
    return CompiledUpdate(Chain(limit + optimizer.links + [rate]), of: parameters)
  }
}

extension PolicyOuterLoopSettings {
  /// The outer step that the settings name, with a rate that falls.
  func makeStep(for parameters: Parameters<Float>) -> any OuterStep {
    common.makeStep(
      for: parameters, rate: Scheduled.linear(from: common.rate, to: finalRate, steps: rateIterations))
  }
}
