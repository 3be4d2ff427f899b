import Parts
import NeuralNetworks
import TensorCore

/// The meta-parameters and the optimizer that moves them: what every trainer keeps from one iteration to the next, and
/// how a checkpoint holds it. A class: what the optimizer remembers stays in its program's workspace.
final class OuterLoop {
  /// The meta-parameters.
  private(set) var parameters: Parameters<Float>
  private var optimizer: any Optimizer
  /// Steps made.
  private var stepCount: Int
  /// The optimizer's step, compiled, and what the optimizer remembers.
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
    update = OuterUpdate(of: parameters, optimizer: optimizer, clip: clip)
    let start = optimizer.initialState(for: parameters)
    stepCount = start.step
    update.set(parameters, moments: start.moments)
  }

  /// Moves the parameters against a meta-gradient by a step of size `rate`.
  /// - Throws: where the gradient is not finite; nothing has then changed.
  func step(against gradient: Parameters<Float>, rate: Double, iteration: Int) throws(NonFiniteGradientError) {
    optimizer.rate = rate
    guard let moved = update.step(against: gradient, coefficients: optimizer.coefficients(step: stepCount + 1)) else {
      throw NonFiniteGradientError(iteration: iteration)
    }
    parameters = moved
    stepCount += 1
  }

  /// What the rest of the run depends on.
  var checkpoint: CheckpointContents {
    let moments = update.moments.enumerated().flatMap { index, moment in
      moment.namedArrays(prefix: "optimizer.moment\(index + 1).")
    }
    return CheckpointContents(
      tensors: parameters.namedArrays(prefix: prefix) + moments, metadata: [Self.stepKey: String(stepCount)])
  }

  /// Goes back to a checkpoint.
  func restore(_ checkpoint: CheckpointContents) throws(UserError) {
    guard let step = checkpoint.metadata[Self.stepKey].flatMap({ Int($0) }), Self.stepCounts.contains(step) else {
      throw UserError("checkpoint: expected the count \(Self.stepKey), found none", status: .malformedData)
    }
    let parameters = try parameters.reading(checkpoint, prefix: prefix)
    var moments: [Parameters<Float>] = []
    for (index, moment) in update.moments.enumerated() {
      moments.append(try moment.reading(checkpoint, prefix: "optimizer.moment\(index + 1)."))
    }
    self.parameters = parameters
    stepCount = step
    update.set(parameters, moments: moments)
  }
}

/// A meta-gradient that is infinite or not a number.
struct NonFiniteGradientError: Error, CustomStringConvertible {
  let iteration: Int

  var description: String { "the meta-gradient is not a finite number at iteration \(iteration)" }
}

extension Parameters<Float> {
  /// Scaled to a global norm of at most `limit`; 0 for no limit.
  func clipped(to limit: Double) -> Parameters<Float> { limit > 0 ? clipped(toGlobalNorm: Float(limit)) : self }
}
