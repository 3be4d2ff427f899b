public import NeuralNetworks
public import Rollouts
public import TensorCore

/// A Gaussian policy compiled for the observations of one time step of a batch: one matrix product a layer for all
/// episodes.
///
/// Compiled once and shared; each worker makes an actor of its own from it.
public struct PolicyInference: Sendable {
  /// The policy.
  public let policy: GaussianPolicy
  /// The number of episodes that run in lockstep.
  public let episodes: Int
  fileprivate let parameterNames: [String]
  /// From the parameters and the observations `[episodes, observationSize]` to the means `[episodes, actionSize]`.
  fileprivate let program: Program<Float>

  /// Compiles `policy`, whose parameters have the names and shapes of `layout`, for `episodes` at a time.
  public init(_ policy: GaussianPolicy, layout: Parameters<Float>, episodes: Int) {
    self.policy = policy
    self.episodes = episodes
    parameterNames = layout.names
    program = Program(argumentShapes: layout.shapes + [[episodes, policy.network.inputSize]]) { arguments in
      [policy.means(layout.replacingTensors(arguments.dropLast()), arguments[arguments.count - 1])]
    }
  }

  /// Makes an actor, which has no parameters yet.
  public func makeActor() -> PolicyActor { PolicyActor(self) }
}

/// A policy with the parameters that it acts by. One thread at a time uses an actor.
public final class PolicyActor: ActionDistribution {
  private let inference: PolicyInference
  private let workspace: Workspace<Float>
  private var standardDeviations: [Float] = []

  fileprivate init(_ inference: PolicyInference) {
    self.inference = inference
    workspace = inference.program.makeWorkspace()
  }

  /// Takes over `parameters`, of the names and shapes that the policy was compiled for.
  public func load(_ parameters: Parameters<Float>) {
    precondition(
      parameters.names == inference.parameterNames,
      "a policy of \(inference.parameterNames) cannot take the parameters \(parameters.names)")
    for (index, tensor) in parameters.tensors.enumerated() { workspace.setArgument(index, to: tensor.scalars) }
    readStandardDeviations()
  }

  /// Takes over parameters that a program, such as that of an inner step, left as its results.
  /// - Parameter first: the first parameter's index among the results; the others follow in order.
  public func load(resultsOf source: Workspace<Float>, from first: Int = 0) {
    for index in inference.parameterNames.indices {
      source.withResult(first + index) { values in
        workspace.withArgument(index) { room in
          precondition(
            values.count == room.count, "parameter \(index) has \(room.count) numbers, not \(values.count)")
          for position in 0..<values.count { room[position] = values[position] }
        }
      }
    }
    readStandardDeviations()
  }

  public func writeMeans(for observations: Span<Float>, into means: inout MutableSpan<Float>) {
    workspace.withArgument(inference.parameterNames.count) { room in
      precondition(
        observations.count == room.count, "\(observations.count) observed numbers were given where \(room.count) fit")
      for index in 0..<observations.count { room[index] = observations[index] }
    }
    inference.program.run(in: workspace)
    workspace.withResult(0) { values in
      precondition(values.count == means.count, "\(values.count) means do not fit room for \(means.count)")
      for index in 0..<values.count { means[index] = values[index] }
    }
  }

  public func writeStandardDeviations(into deviations: inout MutableSpan<Float>) {
    precondition(
      deviations.count == standardDeviations.count,
      "\(standardDeviations.count) standard deviations do not fit room for \(deviations.count)")
    for index in 0..<deviations.count { deviations[index] = standardDeviations[index] }
  }

  private func readStandardDeviations() {
    let name = GaussianPolicy.logStandardDeviationName
    guard let index = inference.parameterNames.firstIndex(of: name) else {
      preconditionFailure("the parameters \(inference.parameterNames) lack \(name)")
    }
    let logarithms = workspace.withArgument(index) { room in (0..<room.count).map { room[$0] } }
    let deviations = exp(inference.policy.logStandardDeviations(Parameters([(name, Tensor(logarithms))])))
    standardDeviations = deviations.scalars
  }
}
