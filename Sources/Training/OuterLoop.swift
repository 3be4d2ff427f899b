import MetaLearning
import NeuralNetworks
import Parts
import Runs
import TensorCore

/// The meta-parameters and the step that moves them: what every trainer keeps from one iteration to the next, and how a
/// checkpoint holds it.
final class OuterLoop {
  /// The meta-parameters.
  private(set) var parameters: MetaParameters<Float>
  /// The same names as one set, as the step and a checkpoint take them.
  private let layout: Parameters<Float>
  private let outerStep: any OuterStep
  /// What stands before the parameters' names in a checkpoint.
  private let prefix: String

  /// Starts from `parameters`.
  /// - Parameter makeStep: makes the step that moves parameters of these names and shapes.
  init(
    _ parameters: MetaParameters<Float>, prefix: String, makeStep: (Parameters<Float>) -> any OuterStep
  ) {
    self.parameters = parameters
    self.prefix = prefix
    layout = parameters.named
    outerStep = makeStep(layout)
  }

  private func named(_ parameters: MetaParameters<Float>) -> Parameters<Float> {
    layout.replacingTensors(parameters.tensors)
  }

  /// Whether a step evaluates losses.
  var evaluatesLosses: Bool { outerStep.evaluatesLosses }

  /// Moves the parameters against a meta-gradient.
  /// - Throws: where the gradient is not finite; nothing has then changed.
  /// - Parameter losses: the outer losses of the iteration's tasks and their gradients at other meta-parameters.
  func step(
    against gradient: MetaParameters<Float>, iteration: Int,
    losses: @escaping (MetaParameters<Float>) throws -> (loss: Double, gradient: MetaParameters<Float>)
  ) throws {
    let (form, layout) = (parameters, layout)
    let losses = OuterLosses { point in
      let found = try losses(form.replacingTensors(point.tensors))
      return (found.loss, layout.replacingTensors(found.gradient.tensors))
    }
    guard let moved = try outerStep.step(named(parameters), against: named(gradient), losses: losses) else {
      throw NonFiniteGradientError(iteration: iteration)
    }
    parameters = parameters.replacingTensors(moved.tensors)
  }

  /// What the rest of the run depends on.
  var checkpoint: CheckpointContents {
    var checkpoint = outerStep.checkpoint
    checkpoint.tensors = named(parameters).namedArrays(prefix: prefix) + checkpoint.tensors
    return checkpoint
  }

  /// Goes back to a checkpoint.
  func restore(_ checkpoint: CheckpointContents) throws(UserError) {
    let parameters = try parameters.reading(checkpoint, prefix: prefix)
    try outerStep.restore(checkpoint)
    self.parameters = parameters
  }
}

/// A meta-gradient that is infinite or not a number.
struct NonFiniteGradientError: Error, CustomStringConvertible {
  let iteration: Int

  var description: String { "the meta-gradient is not a finite number at iteration \(iteration)" }
}

extension MetaParameters<Float> {
  /// Scaled to a global norm of at most `limit`; 0 for no limit.
  func clipped(to limit: Double) -> MetaParameters<Float> {
    limit > 0 ? replacingTensors(named.clipped(toGlobalNorm: Float(limit)).tensors) : self
  }
}
