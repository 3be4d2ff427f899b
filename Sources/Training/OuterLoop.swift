import MetaLearning
import NeuralNetworks
import Parts
import Runs
import TensorCore

/// The meta-parameters and the step that updates them: the state of every trainer between iterations, and its form in a
/// checkpoint.
final class OuterLoop {
  /// The meta-parameters.
  private(set) var parameters: MetaParameters<Float>
  /// The names and shapes of the meta-parameters as one set, in the form that the step and a checkpoint take.
  private let layout: Parameters<Float>
  private let outerStep: any OuterStep
  /// The prefix of the meta-parameters' names in a checkpoint.
  private let prefix: String

  /// Starts from `parameters`.
  /// - Parameter makeStep: makes the step that updates parameters of these names and shapes.
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

  /// What the last step did, for a run's table.
  var diagnostics: [(name: String, value: Double)] { outerStep.diagnostics }

  /// Whether the outer step evaluates losses.
  var evaluatesLosses: Bool { outerStep.evaluatesLosses }

  /// Updates the meta-parameters by a meta-gradient.
  /// - Parameters:
  ///   - gradient: the elements of all tensors of the meta-gradient, one after another.
  ///   - episodes: the episodes of the iteration's tasks; nil for tasks without any.
  ///   - losses: the outer losses of the iteration's tasks and their gradients at other meta-parameters.
  /// - Throws: where the gradient is not finite; the meta-parameters have not changed then.
  func step(
    against gradient: [Float], iteration: Int, episodes: KeptEpisodes? = nil,
    losses: @escaping (MetaParameters<Float>) throws -> (loss: Double, gradient: [Float])
  ) throws {
    let (form, layout) = (parameters, layout)
    let losses = OuterLosses(episodes: episodes) { point in
      let found = try losses(form.replacingTensors(point.tensors))
      return (found.loss, layout.replacingElements(found.gradient))
    }
    guard let moved = try outerStep.step(named(parameters), against: gradient, losses: losses) else {
      throw NonFiniteGradientError(iteration: iteration)
    }
    parameters = parameters.replacingTensors(moved.tensors)
  }

  /// The meta-parameters and the state of the step, on which the rest of the run depends.
  var checkpoint: CheckpointContents {
    var checkpoint = outerStep.checkpoint
    checkpoint.tensors = named(parameters).namedArrays(prefix: prefix) + checkpoint.tensors
    return checkpoint
  }

  /// Restores the state of a checkpoint.
  func restore(_ checkpoint: CheckpointContents) throws(UserError) {
    let parameters = try parameters.reading(checkpoint, prefix: prefix)
    try outerStep.restore(checkpoint)
    self.parameters = parameters
  }
}

/// An error for a meta-gradient that is infinite or NaN.
struct NonFiniteGradientError: Error, CustomStringConvertible {
  let iteration: Int

  var description: String { "the meta-gradient is not a finite number at iteration \(iteration)" }
}
