package import MetaLearning
package import NeuralNetworks
package import PolicyLearning
import Rollouts
package import TensorCore

/// The compiled computations of a policy run, which all workers share.
package struct PolicyPrograms: Sendable {
  /// The inputs of a task's meta-gradient.
  package struct Inputs: TensorStructure {
    package var parameters: MetaParameters<Float>
    /// The random numbers that the task draws for its update rules, if any.
    package var noise: [Parameters<Float>]
    /// The samples of every adaptation step. The last ones are drawn after all inner steps.
    package var samples: [PolicySamples<Float>]

    package mutating func forEachTensor(_ body: (inout Tensor<Float>) throws -> Void) rethrows {
      try parameters.forEachTensor(body)
      try noise.forEachTensor(body)
      try samples.forEachTensor(body)
    }
  }

  /// An outer loss and its gradient.
  package struct Outputs: TensorStructure {
    package var loss: Tensor<Float>
    package var gradient: MetaParameters<Float>

    package mutating func forEachTensor(_ body: (inout Tensor<Float>) throws -> Void) rethrows {
      try loss.forEachTensor(body)
      try gradient.forEachTensor(body)
    }
  }

  /// The compiled policy, from observations to the means of actions.
  package let inference: PolicyInference
  /// The compiled inner steps of one task.
  package let innerLoop: InnerLoopPrograms<PolicySamples<Float>>
  package let metaGradient: Program<Inputs, Outputs>

  package init(_ setup: PolicySetup) {
    let layout = setup.initialParameters
    let samples = PolicySamples<Float>(placeholdersFor: setup.size)
    let (objective, algorithm) = (setup.objective, setup.algorithm)
    inference = PolicyInference(setup.policy, layout: layout.model, episodes: setup.size.episodes)
    let problem = AdaptationProblem(
      layout: layout, tasks: nil, support: samples, query: samples,
      supportLosses: { policy, samples, _ in objective.loss(policy, on: samples) },
      queryLosses: { objective.outer.loss($0, on: $1) })
    innerLoop = InnerLoopPrograms(algorithm.adaptation, problem)
    let inputs = Inputs(
      parameters: layout, noise: setup.noise.placeholders(tasks: nil),
      samples: Array(repeating: samples, count: setup.stepCount + 1))
    metaGradient = Program(for: inputs) { inputs in
      let (loss, gradient) = algorithm.outerLossAndGradient(
        inputs.parameters, supportLosses: inputs.samples.dropLast().map { objective.loss(on: $0) },
        queryLoss: objective.outer.loss(on: inputs.samples[inputs.samples.count - 1]), noise: inputs.noise)
      return Outputs(loss: loss, gradient: gradient)
    }
  }
}
