import MetaLearning
import NeuralNetworks
import PolicyLearning
import Rollouts
import TensorCore

/// The computations of a policy run, compiled once and shared by all workers.
struct PolicyPrograms: Sendable {
  /// From observations to the means of actions.
  let inference: PolicyInference
  /// From a task's parameters, with what the update rule remembers, and a batch's samples to these after one inner step.
  let innerStep: Program<Float>
  /// The same for the steps of the algorithm's opening, where it has one.
  let openingStep: Program<Float>?
  /// From the meta-parameters, what the task draws, if anything, and the samples of every adaptation step, the last one
  /// after all inner steps, to the outer
  /// loss and its gradient.
  let metaGradient: Program<Float>

  init(_ setup: PolicySetup) {
    let layout = setup.initialParameters
    let sampleShapes = PolicySamples<Float>.argumentShapes(for: setup.size)
    let (objective, algorithm) = (setup.objective, setup.algorithm)
    let innerSteps = setup.stepCount
    let openingSteps = algorithm.adaptation.stepCount(ofRule: 0)
    inference = PolicyInference(setup.policy, layout: layout, episodes: setup.size.episodes)
    let adapted = algorithm.adaptation.start(layout, noise: setup.noise.placeholders(tasks: nil))
    func program(ofStep number: Int) -> Program<Float> {
      Program(argumentShapes: adapted.shapes + sampleShapes) { arguments in
        let parameters = adapted.replacingTensors(Array(arguments.prefix(adapted.tensors.count)))
        let samples = PolicySamples(arguments: arguments.dropFirst(adapted.tensors.count))
        return algorithm.adaptation.step(parameters, number: number, loss: objective.loss(on: samples)).tensors
      }
    }
    innerStep = program(ofStep: openingSteps)
    openingStep = openingSteps > 0 ? program(ofStep: 0) : nil
    let batches = Array(repeating: sampleShapes, count: innerSteps + 1).flatMap { $0 }
    let noiseShapes = setup.noise.shapes(tasks: nil)
    metaGradient = Program(argumentShapes: layout.shapes + noiseShapes + batches) { arguments in
      let parameters = layout.replacingTensors(Array(arguments.prefix(layout.tensors.count)))
      let samples = (0...innerSteps).map { step in
        let first = layout.tensors.count + noiseShapes.count + step * PolicySamples<Float>.count
        return PolicySamples(arguments: arguments[first..<first + PolicySamples<Float>.count])
      }
      let (loss, slope) = algorithm.outerLossAndGradient(
        parameters, supportLosses: samples.dropLast().map { objective.loss(on: $0) },
        queryLoss: objective.outer.loss(on: samples[innerSteps]),
        noise: Array(arguments.dropFirst(layout.tensors.count).prefix(noiseShapes.count)))
      return [loss] + slope.tensors
    }
  }
}
