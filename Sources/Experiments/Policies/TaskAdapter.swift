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

  /// An outer loss and its gradient.
  struct MetaGradientValue: Sendable {
    let loss: Float
    let gradient: Parameters<Float>
  }

  private let setup: PolicySetup
  private let programs: PolicyPrograms
  private let collector: EpisodeCollector
  private let estimator: AdvantageEstimator
  private let actor: PolicyActor
  private let innerStep: Workspace<PolicyPrograms.Step, Parameters<Float>>
  private let openingStep: Workspace<PolicyPrograms.Step, Parameters<Float>>?
  /// Made when a meta-gradient is first asked for: evaluation needs none.
  private lazy var metaGradient = programs.metaGradient.makeWorkspace()
  private var batch: EpisodeBatch

  init(_ setup: PolicySetup, _ programs: PolicyPrograms) throws {
    self.setup = setup
    self.programs = programs
    collector = EpisodeCollector(environment: try setup.makeEnvironment())
    estimator = AdvantageEstimator(estimation: setup.estimation, baseline: setup.baseline, size: setup.size)
    actor = programs.inference.makeActor()
    innerStep = programs.innerStep.makeWorkspace()
    openingStep = programs.openingStep?.makeWorkspace()
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
    metaGradient.inputs.parameters.write(parameters)
    metaGradient.inputs.noise.write(setup.noise.tensors(at: address))
    let returns = try run(
      parameters, task, steps: setup.stepCount, at: address, recording: true)
    metaGradient.run()
    let found = metaGradient.outputs.read()
    let value = MetaGradientValue(loss: found.loss.scalar, gradient: found.gradient)
    return Outcome(task: task, returns: returns, metaGradient: value)
  }

  /// Collects episodes before and after every inner step.
  private func run(
    _ parameters: Parameters<Float>, _ task: EnvironmentTask, steps: Int, at address: RandomAddress, recording: Bool
  ) throws -> [Double] {
    actor.load(parameters)
    let start = setup.algorithm.adaptation.start(parameters, noise: setup.noise.tensors(at: address))
    innerStep.inputs.state.write(start)
    openingStep?.inputs.state.write(start)
    var returns: [Double] = []
    for step in 0...steps {
      var address = address
      address.adaptationStep = UInt32(step)
      try collector.collect(into: &batch, task: task, policy: actor, at: address)
      returns.append(batch.meanReturn)
      guard recording || step < steps else { break }
      try estimator.estimate(batch, at: address)
      if recording { metaGradient.inputs.samples[step].write(batch, advantages: estimator.advantages) }
      if step < steps { takeInnerStep(step) }
    }
    return returns
  }

  /// Moves the actor, and the inner loop's current parameters, one step on.
  private func takeInnerStep(_ number: Int) {
    let isOpening = number < setup.algorithm.adaptation.stepCount(ofRule: 0)
    let workspace = isOpening ? openingStep ?? innerStep : innerStep
    workspace.inputs.samples.write(batch, advantages: estimator.advantages)
    workspace.run()
    actor.load(
      workspace.outputs.part { $0.removing(prefixes: [Adaptation.memoryPrefix, Adaptation.openingPrefix]) })
    innerStep.inputs.state.copy(from: workspace.outputs)
    openingStep?.inputs.state.copy(from: workspace.outputs)
  }
}
