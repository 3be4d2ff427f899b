import NeuralNetworks
import TensorCore

/// The meta-parameters and the optimizer that moves them: what every trainer keeps from one iteration to the next, and
/// how a checkpoint holds it.
struct OuterLoop {
  /// The meta-parameters.
  private(set) var parameters: Parameters<Float>
  private var optimizer: any Optimizer
  private var state: OptimizerState<Float>
  /// The optimizer's step, compiled.
  private let update: OuterUpdate
  /// What stands before the parameters' names in a checkpoint.
  private let prefix: String

  /// The number of optimizer steps made, in a checkpoint.
  private static let stepKey = "optimizer.step"
  /// What that number may be: one step an iteration.
  private static let stepCounts = 0...1_000_000_000

  /// Starts from `parameters`.
  /// - Parameter clip: the largest global norm of a meta-gradient, longer ones are scaled to it; 0 for none.
  init(_ parameters: Parameters<Float>, optimizer: any Optimizer, clip: Double, prefix: String) {
    self.parameters = parameters
    self.optimizer = optimizer
    self.prefix = prefix
    state = optimizer.initialState(for: parameters)
    update = OuterUpdate(of: parameters, optimizer: optimizer, clip: clip)
  }

  /// Moves the parameters against a meta-gradient, one array a parameter, by a step of size `rate`.
  /// - Throws: `UserError` where the gradient is not finite; nothing has then changed.
  mutating func step(against gradient: [[Float]], rate: Double, iteration: Int) throws(UserError) {
    optimizer.rate = rate
    let count = state.step + 1
    let moved = update(
      parameters, gradient: gradient, moments: state.moments, coefficients: optimizer.coefficients(step: count))
    guard let (moved, moments) = moved else {
      throw Divergence.error("the meta-gradient is not a finite number at iteration \(iteration)")
    }
    parameters = moved
    state = OptimizerState(step: count, moments: moments)
  }

  /// What the rest of the run depends on.
  var checkpoint: CheckpointContents {
    let moments = state.moments.enumerated().flatMap { index, moment in
      moment.namedArrays(prefix: "optimizer.moment\(index + 1).")
    }
    return CheckpointContents(
      tensors: parameters.namedArrays(prefix: prefix) + moments, metadata: [Self.stepKey: String(state.step)])
  }

  /// Goes back to a checkpoint.
  mutating func restore(_ checkpoint: CheckpointContents) throws(UserError) {
    guard let step = checkpoint.metadata[Self.stepKey].flatMap({ Int($0) }), Self.stepCounts.contains(step) else {
      throw UserError("checkpoint: expected the count \(Self.stepKey), found none", status: .malformedData)
    }
    parameters = try parameters.reading(checkpoint, prefix: prefix)
    var moments: [Parameters<Float>] = []
    for (index, moment) in state.moments.enumerated() {
      moments.append(try moment.reading(checkpoint, prefix: "optimizer.moment\(index + 1)."))
    }
    state = OptimizerState(step: step, moments: moments)
  }
}

extension Parameters<Float> {
  /// Scaled to a global norm of at most `limit`; 0 for no limit.
  func clipped(to limit: Double) -> Parameters<Float> { limit > 0 ? clipped(toGlobalNorm: Float(limit)) : self }
}

extension RunConfiguration {
  /// The outer rule, with its first step size.
  func makeOuterOptimizer() -> any Optimizer {
    switch outerOptimizer {
    case .adam: Adam(rate: outerRate)
    case .sgd: GradientDescent(rate: outerRate)
    }
  }
}
