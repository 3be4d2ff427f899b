import NeuralNetworks
import TensorCore

/// The meta-parameters and the optimizer that moves them: what every trainer keeps from one iteration to the next, and
/// how a checkpoint holds it.
struct OuterLoop: Sendable {
  /// The meta-parameters.
  private(set) var parameters: Parameters<Float>
  private var state: OptimizerState<Float>
  /// What stands before the parameters' names in a checkpoint.
  private let prefix: String

  /// The number of optimizer steps made, in a checkpoint.
  private static let stepKey = "optimizer.step"
  /// What that number may be: one step an iteration.
  private static let stepCounts = 0...1_000_000_000

  /// Starts from `parameters`.
  init(_ parameters: Parameters<Float>, optimizer: any Optimizer, prefix: String) {
    self.parameters = parameters
    self.prefix = prefix
    state = optimizer.initialState(for: parameters)
  }

  /// Moves the parameters against a meta-gradient.
  /// - Parameter clip: the largest global norm, longer ones are scaled to it; 0 for none.
  /// - Throws: `UserError` where the gradient is not finite; nothing has then changed.
  mutating func step(
    against gradient: Parameters<Float>, clip: Double, optimizer: any Optimizer, iteration: Int
  ) throws(UserError) {
    guard gradient.globalNorm().scalar.isFinite else {
      throw Divergence.error("the meta-gradient is not a finite number at iteration \(iteration)")
    }
    (parameters, state) = optimizer.step(parameters, gradient: gradient.clipped(to: clip), state: state)
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
  /// The outer rule with a step size of `rate`.
  func makeOuterOptimizer(rate: Double) -> any Optimizer {
    switch outerOptimizer {
    case .adam: Adam(rate: rate)
    case .sgd: GradientDescent(rate: rate)
    }
  }
}
