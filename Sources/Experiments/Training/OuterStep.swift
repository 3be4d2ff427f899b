public import NeuralNetworks
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
public struct OuterLosses {
  private let evaluate: (Parameters<Float>) throws -> (loss: Double, gradient: Parameters<Float>)

  init(_ evaluate: @escaping (Parameters<Float>) throws -> (loss: Double, gradient: Parameters<Float>)) {
    self.evaluate = evaluate
  }

  /// No losses, for a step that evaluates none.
  static var none: OuterLosses {
    OuterLosses { _ in preconditionFailure("a step was given no losses to evaluate") }
  }

  /// The loss at `parameters` and its gradient there.
  public func lossAndGradient(at parameters: Parameters<Float>) throws -> (loss: Double, gradient: Parameters<Float>) {
    try evaluate(parameters)
  }

  /// The loss at `parameters`.
  public func loss(at parameters: Parameters<Float>) throws -> Double { try evaluate(parameters).loss }
}

extension RunConfiguration {
  /// The outer step that the settings name: clipping, the optimizer's direction and `rate`, in this order.
  func makeOuterStep(for parameters: Parameters<Float>, rate: any UpdateRule) -> any OuterStep {
    var links: [any UpdateRule] = gradientClip > 0 ? [ClippedGlobalNorm(gradientClip)] : []
    switch outerOptimizer {
    case .adam: links.append(Adam())
    case .sgd: break
    }
    return CompiledUpdate(Chain(links + [rate]), of: parameters)
  }
}
