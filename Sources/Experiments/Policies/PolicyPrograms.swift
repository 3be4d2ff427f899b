import MetaLearning
import NeuralNetworks
import PolicyLearning
import Rollouts
import TensorCore

/// The computations of a policy run, compiled once and shared by all workers.
struct PolicyPrograms: Sendable {
  /// What an inner step follows from.
  struct Step: TensorStructure {
    /// A task's parameters, with what the update rule remembers.
    var state: Parameters<Float>
    var samples: PolicySamples<Float>

    mutating func forEachTensor(_ body: (inout Tensor<Float>) throws -> Void) rethrows {
      try state.forEachTensor(body)
      try samples.forEachTensor(body)
    }
  }

  /// What the meta-gradient of a task follows from.
  struct Inputs: TensorStructure {
    /// The meta-parameters.
    var parameters: Parameters<Float>
    /// What the task draws, if anything.
    var noise: [Tensor<Float>]
    /// The samples of every adaptation step, the last ones after all inner steps.
    var samples: [PolicySamples<Float>]

    mutating func forEachTensor(_ body: (inout Tensor<Float>) throws -> Void) rethrows {
      try parameters.forEachTensor(body)
      try noise.forEachTensor(body)
      try samples.forEachTensor(body)
    }
  }

  /// An outer loss and its gradient.
  struct Outputs: TensorStructure {
    var loss: Tensor<Float>
    var gradient: Parameters<Float>

    mutating func forEachTensor(_ body: (inout Tensor<Float>) throws -> Void) rethrows {
      try loss.forEachTensor(body)
      try gradient.forEachTensor(body)
    }
  }

  /// From observations to the means of actions.
  let inference: PolicyInference
  /// To what an inner step leaves.
  let innerStep: Program<Step, Parameters<Float>>
  /// The same for the steps of the algorithm's opening, where it has one.
  let openingStep: Program<Step, Parameters<Float>>?
  let metaGradient: Program<Inputs, Outputs>

  init(_ setup: PolicySetup) {
    let layout = setup.initialParameters
    let samples = PolicySamples<Float>(placeholdersFor: setup.size)
    let (objective, algorithm) = (setup.objective, setup.algorithm)
    let openingSteps = algorithm.adaptation.stepCount(ofRule: 0)
    inference = PolicyInference(setup.policy, layout: layout, episodes: setup.size.episodes)
    let noise = setup.noise.placeholders(tasks: nil)
    let start = Step(state: algorithm.adaptation.start(layout, noise: noise), samples: samples)
    func program(ofStep number: Int) -> Program<Step, Parameters<Float>> {
      Program(for: start) {
        algorithm.adaptation.step($0.state, number: number, loss: objective.loss(on: $0.samples))
      }
    }
    innerStep = program(ofStep: openingSteps)
    openingStep = openingSteps > 0 ? program(ofStep: 0) : nil
    let inputs = Inputs(
      parameters: layout, noise: noise, samples: Array(repeating: samples, count: setup.stepCount + 1))
    metaGradient = Program(for: inputs) { inputs in
      let (loss, gradient) = algorithm.outerLossAndGradient(
        inputs.parameters, supportLosses: inputs.samples.dropLast().map { objective.loss(on: $0) },
        queryLoss: objective.outer.loss(on: inputs.samples[inputs.samples.count - 1]), noise: inputs.noise)
      return Outputs(loss: loss, gradient: gradient)
    }
  }
}
