import Environments
import MetaLearning
import NeuralNetworks
import PolicyLearning
import RandomStreams
import Rollouts
import TensorCore

/// The environment, buffers and workspaces with which one worker adapts a policy to one task after another, allocated
/// once. A task leaves nothing behind for the next: every task starts from the meta-parameters that it is given.
final class TaskAdapter {
  /// The results for one task.
  struct Outcome: Sendable {
    let task: EnvironmentTask
    /// The mean return of the episodes after 0, 1, ... inner steps.
    let returns: [Double]
    /// The outer loss and its gradient with respect to each meta-parameter; nil where they were not requested.
    let metaGradient: MetaGradientValue?
  }

  /// An outer loss and its gradient.
  struct MetaGradientValue: Sendable {
    let loss: Float
    let gradient: MetaParameters<Float>
    /// The inputs of the computation; nil where they are not kept.
    var inputs: PolicyPrograms.Inputs?
  }

  private let setup: PolicySetup
  private let programs: PolicyPrograms
  private let collector: EpisodeCollector
  private let estimator: AdvantageEstimator
  private let actor: PolicyActor
  private let innerLoop: InnerLoop<PolicySamples<Float>>
  /// Allocated at the first meta-gradient: evaluation needs none.
  private lazy var metaGradient = programs.metaGradient.makeWorkspace()
  private var batch: EpisodeBatch

  init(_ setup: PolicySetup, _ programs: PolicyPrograms) throws {
    self.setup = setup
    self.programs = programs
    collector = EpisodeCollector(environment: try setup.makeEnvironment())
    estimator = AdvantageEstimator(estimation: setup.estimation, baseline: setup.baseline, size: setup.size)
    actor = programs.inference.makeActor()
    innerLoop = programs.innerLoop.makeLoop()
    batch = EpisodeBatch(size: setup.size)
  }

  /// Adapts `parameters` to `task` by `steps` inner steps, each on new episodes.
  /// - Parameter address: the seed, iteration and task; the adaptation step is counted from 0.
  func adapt(
    _ parameters: MetaParameters<Float>, to task: EnvironmentTask, steps: Int, at address: RandomAddress
  ) throws -> Outcome {
    Outcome(
      task: task, returns: try run(parameters, task, steps: steps, at: address, recording: false), metaGradient: nil)
  }

  /// Adapts by the configured number of inner steps and differentiates the outer loss.
  /// - Parameter keepingSamples: whether the result includes the samples of all steps.
  func differentiate(
    _ parameters: MetaParameters<Float>, on task: EnvironmentTask, at address: RandomAddress,
    keepingSamples: Bool = false
  ) throws -> Outcome {
    metaGradient.inputs.parameters.write(parameters)
    metaGradient.inputs.noise.write(setup.noise.values(at: address))
    let returns = try run(
      parameters, task, steps: setup.stepCount, at: address, recording: true)
    var value = metaGradientValue()
    if keepingSamples { value.inputs = metaGradient.inputs.read() }
    return Outcome(task: task, returns: returns, metaGradient: value)
  }

  /// Differentiates the outer loss at other meta-parameters, on samples that were kept.
  func differentiate(_ value: MetaGradientValue, at parameters: MetaParameters<Float>) -> MetaGradientValue {
    guard var inputs = value.inputs else { preconditionFailure("the samples of a task were not kept") }
    inputs.parameters = parameters
    metaGradient.inputs.write(inputs)
    return metaGradientValue()
  }

  private func metaGradientValue() -> MetaGradientValue {
    metaGradient.run()
    let found = metaGradient.outputs.read()
    return MetaGradientValue(loss: found.loss.scalar, gradient: found.gradient)
  }

  /// Collects episodes before and after every inner step.
  private func run(
    _ parameters: MetaParameters<Float>, _ task: EnvironmentTask, steps: Int, at address: RandomAddress, recording: Bool
  ) throws -> [Double] {
    innerLoop.restart(from: parameters, noise: setup.noise.values(at: address))
    actor.load(innerLoop.model)
    var returns: [Double] = []
    for step in 0...steps {
      var address = address
      address.adaptationStep = UInt32(step)
      try collector.collect(into: &batch, task: task, policy: actor, at: address)
      returns.append(batch.meanReturn)
      guard recording || step < steps else { break }
      try estimator.estimate(batch, at: address)
      if recording { metaGradient.inputs.samples[step].write(batch, advantages: estimator.advantages) }
      guard step < steps else { continue }
      innerLoop.samples.write(batch, advantages: estimator.advantages)
      innerLoop.step()
      actor.load(innerLoop.model)
    }
    return returns
  }
}
