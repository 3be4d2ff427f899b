public import NeuralNetworks
public import Rollouts
public import TensorCore

/// A policy compiled for the observations of one time step of a batch: one matrix product in each layer for all
/// episodes.
///
/// It is compiled once and shared; each worker makes a separate actor from it.
public struct PolicyInference: Sendable {
  /// The policy that is compiled.
  public let policy: any StochasticPolicy
  /// The number of episodes that run in lockstep.
  public let episodes: Int
  fileprivate let parameterNames: [String]
  /// The program that computes the outputs `[episodes, outputSize]`.
  fileprivate let program: Program<Inputs, Tensor<Float>>

  fileprivate struct Inputs: TensorStructure {
    var parameters: Parameters<Float>
    /// The observations of one time step, `[episodes, observationSize]`.
    var observations: Tensor<Float>

    mutating func forEachTensor(_ body: (inout Tensor<Float>) throws -> Void) rethrows {
      try parameters.forEachTensor(body)
      try observations.forEachTensor(body)
    }
  }

  /// Compiles `policy`, whose parameters have the names and shapes of `layout`, for `episodes` at a time.
  public init(_ policy: any StochasticPolicy, layout: Parameters<Float>, episodes: Int) {
    self.policy = policy
    self.episodes = episodes
    parameterNames = layout.names
    let inputs = Inputs(parameters: layout, observations: .placeholder([episodes, policy.network.inputSize]))
    program = Program(for: inputs) { policy.outputs($0.parameters, $0.observations) }
  }

  /// Makes an actor, which has no parameters yet.
  public func makeActor() -> PolicyActor { PolicyActor(self) }
}

/// A compiled policy together with the parameters that it acts by. Only one thread at a time may use an actor.
public final class PolicyActor: ActionDistribution {
  private let inference: PolicyInference
  private let workspace: Workspace<PolicyInference.Inputs, Tensor<Float>>
  private let parameters: Buffers<Parameters<Float>>
  private let observations: Buffers<Tensor<Float>>
  /// Nil for choices.
  private let logStandardDeviations: Buffers<Tensor<Float>>?
  private var standardDeviations: [Float] = []

  fileprivate init(_ inference: PolicyInference) {
    self.inference = inference
    workspace = inference.program.makeWorkspace()
    parameters = workspace.inputs.parameters
    observations = workspace.inputs.observations
    logStandardDeviations = inference.policy.deviationName.map { [parameters] name in parameters.part { $0[name] } }
  }

  /// Copies `parameters`, which must have the names and shapes that the policy was compiled for.
  public func load(_ parameters: Parameters<Float>) {
    precondition(
      parameters.names == inference.parameterNames,
      "a policy of \(inference.parameterNames) cannot take the parameters \(parameters.names)")
    self.parameters.write(parameters)
    readStandardDeviations()
  }

  /// Copies parameters from the memory of a program, such as that of an inner step.
  public func load(_ parameters: Buffers<Parameters<Float>>) {
    self.parameters.copy(from: parameters)
    readStandardDeviations()
  }

  public func writeOutputs(for observations: Span<Float>, into outputs: inout MutableSpan<Float>) {
    self.observations.withElements { room in
      precondition(
        observations.count == room.count, "\(observations.count) observed numbers were given where \(room.count) fit")
      copy(observations, to: &room)
    }
    workspace.run()
    workspace.outputs.withElements { values in
      precondition(values.count == outputs.count, "\(values.count) outputs do not fit a buffer of \(outputs.count)")
      copy(values.span, to: &outputs)
    }
  }

  public func writeStandardDeviations(into deviations: inout MutableSpan<Float>) {
    precondition(
      deviations.count == standardDeviations.count,
      "\(standardDeviations.count) standard deviations do not fit room for \(deviations.count)")
    for index in 0..<deviations.count { deviations[index] = standardDeviations[index] }
  }

  /// Copies all elements of one span to another of the same count.
  private func copy(_ source: Span<Float>, to target: inout MutableSpan<Float>) {
    target.withUnsafeMutableBufferPointer { target in
      source.withUnsafeBufferPointer { _ = target.update(fromContentsOf: $0) }
    }
  }

  private func readStandardDeviations() {
    guard let name = inference.policy.deviationName, let logStandardDeviations else { return }
    let deviations = exp(
      inference.policy.logStandardDeviations(Parameters([(name, logStandardDeviations.read())])))
    standardDeviations = deviations.scalars
  }
}
