import Environments
import MetaLearning
import NeuralNetworks
import PolicyLearning
import RandomStreams
import Rollouts
import TensorCore

/// What one worker needs to adapt a policy to one task after another: an environment, buffers and workspaces, allocated
/// once. Nothing of a task is left for the next: every task starts from the meta-parameters that it is given.
final class TaskAdapter {
  /// What came of a task.
  struct Outcome: Sendable {
    let task: EnvironmentTask
    /// The mean return of the episodes after 0, 1, ... inner steps.
    let returns: [Double]
    /// The outer loss and its gradient with respect to each meta-parameter; nil where they were not asked for.
    let metaGradient: MetaGradientValue?
  }

  /// An outer loss and its gradient, one array a parameter.
  struct MetaGradientValue: Sendable {
    let loss: Float
    let gradient: [[Float]]
  }

  private let setup: PolicySetup
  private let programs: PolicyPrograms
  private let collector: EpisodeCollector
  private let estimator: AdvantageEstimator
  private let actor: PolicyActor
  private let innerStep: Workspace<Float>
  private let openingStep: Workspace<Float>?
  /// Made when a meta-gradient is first asked for: evaluation needs none.
  private lazy var metaGradient: Workspace<Float> = programs.metaGradient.makeWorkspace()
  private var batch: EpisodeBatch

  private var parameterCount: Int { setup.initialParameters.tensors.count }
  /// The parameters and what the update rule remembers: what an inner step takes and leaves.
  private let stateCount: Int

  init(_ setup: PolicySetup, _ programs: PolicyPrograms) throws {
    self.setup = setup
    self.programs = programs
    collector = EpisodeCollector(environment: try setup.makeEnvironment())
    estimator = AdvantageEstimator(estimation: setup.estimation, baseline: setup.baseline, size: setup.size)
    actor = programs.inference.makeActor()
    innerStep = programs.innerStep.makeWorkspace()
    openingStep = programs.openingStep?.makeWorkspace()
    stateCount = programs.innerStep.resultShapes.count
    batch = EpisodeBatch(size: setup.size)
  }

  /// Adapts `parameters` to `task` by `steps` inner steps, each on episodes of its own.
  /// - Parameter address: the seed, iteration and task; the adaptation step is counted from 0.
  func adapt(
    _ parameters: Parameters<Float>, to task: EnvironmentTask, steps: Int, at address: RandomAddress
  ) throws -> Outcome {
    Outcome(
      task: task, returns: try run(parameters, task, steps: steps, at: address, recording: false), metaGradient: nil)
  }

  /// Adapts by the configured number of inner steps and differentiates the outer loss.
  func differentiate(
    _ parameters: Parameters<Float>, on task: EnvironmentTask, at address: RandomAddress
  ) throws -> Outcome {
    let arguments = parameters.tensors + setup.noise.tensors(at: address)
    for (index, tensor) in arguments.enumerated() { metaGradient.setArgument(index, to: tensor.scalars) }
    let returns = try run(
      parameters, task, steps: setup.stepCount, at: address, recording: true)
    programs.metaGradient.run(in: metaGradient)
    let value = MetaGradientValue(
      loss: metaGradient.result(0)[0], gradient: (1...parameterCount).map { metaGradient.result($0) })
    return Outcome(task: task, returns: returns, metaGradient: value)
  }

  /// Collects episodes before and after every inner step.
  private func run(
    _ parameters: Parameters<Float>, _ task: EnvironmentTask, steps: Int, at address: RandomAddress, recording: Bool
  ) throws -> [Double] {
    actor.load(parameters)
    let start = setup.algorithm.adaptation.start(parameters, noise: setup.noise.tensors(at: address))
    for (index, tensor) in start.tensors.enumerated() {
      innerStep.setArgument(index, to: tensor.scalars)
      openingStep?.setArgument(index, to: tensor.scalars)
    }
    var returns: [Double] = []
    for step in 0...steps {
      var address = address
      address.adaptationStep = UInt32(step)
      try collector.collect(into: &batch, task: task, policy: actor, at: address)
      returns.append(batch.meanReturn)
      guard recording || step < steps else { break }
      try estimator.estimate(batch, at: address)
      if recording {
        let first = parameterCount + setup.noise.count + step * PolicySamples<Float>.count
        metaGradient.setSamples(batch, advantages: estimator.advantages, from: first)
      }
      if step < steps { takeInnerStep(step) }
    }
    return returns
  }

  /// Moves the actor, and the inner loop's current parameters, one step on.
  private func takeInnerStep(_ number: Int) {
    let isOpening = number < setup.algorithm.adaptation.stepCount(ofRule: 0)
    let workspace = isOpening ? openingStep ?? innerStep : innerStep
    workspace.setSamples(batch, advantages: estimator.advantages, from: stateCount)
    workspace.run()
    actor.load(resultsOf: workspace)
    for index in 0..<stateCount {
      innerStep.setArgument(index, toResult: index, of: workspace)
      openingStep?.setArgument(index, toResult: index, of: workspace)
    }
  }
}
