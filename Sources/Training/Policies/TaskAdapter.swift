import Environments
import MetaLearning
import NeuralNetworks
import PolicyLearning
import RandomStreams
import Rollouts
import TensorCore

/// The environment, buffers and workspaces with which one worker adapts a trained policy to one task after another,
/// allocated once. A task leaves nothing behind for the next: every task starts from the meta-parameters that it is given.
final class TaskAdapter {
  private let setup: PolicySetup
  private let collector: EpisodeCollector
  private let estimator: AdvantageEstimator
  private let actor: PolicyActor
  private let innerLoop: InnerLoop<PolicySamples<Float>>
  private var batch: EpisodeBatch

  init(_ setup: PolicySetup, _ programs: PolicyAdaptationPrograms) throws {
    self.setup = setup
    collector = EpisodeCollector(environment: try setup.makeEnvironment())
    estimator = AdvantageEstimator(estimation: setup.estimation, baseline: setup.baseline, size: setup.size)
    actor = programs.inference.makeActor()
    innerLoop = programs.innerLoop.makeLoop()
    batch = EpisodeBatch(size: setup.size)
  }

  /// Adapts `parameters` to `task` by `steps` inner steps, each on new episodes.
  /// - Parameter address: the seed, iteration and task; the adaptation step is counted from 0.
  ///
  /// With an exploration apart, the returns are those of episodes of the policy's own deviation, and the task adapts to
  /// others.
  /// - Parameter isScored: whether each number of inner steps is to be scored; otherwise that after the last one alone.
  /// - Returns: the returns of the episodes after 0, 1, ... inner steps; none where they are not scored.
  func adapt(
    _ parameters: MetaParameters<Float>, to task: EnvironmentTask, steps: Int, at address: RandomAddress,
    scoring isScored: Bool = true
  ) throws -> [[Double]] {
    innerLoop.restart(from: parameters, noise: setup.noise.values(at: address))
    actor.load(innerLoop.model)
    var returns: [[Double]] = []
    for step in 0...steps {
      var address = address
      address.adaptationStep = UInt32(step)
      // Without an exploration apart, a task adapts to the episodes that are scored.
      if isScored || step == steps || setup.objective.exploration == nil {
        try collector.collect(into: &batch, task: task, policy: actor, at: address)
        returns.append(batch.episodeReturns)
      } else {
        returns.append([])
      }
      guard step < steps else { break }
      if setup.objective.exploration != nil {
        actor.load(setup.objective.exploring(innerLoop.model.read()))
        address.adaptationStep += UInt32(RandomAddress.secondEpisodes)
        try collector.collect(into: &batch, task: task, policy: actor, at: address)
      }
      try estimator.estimate(batch, at: address)
      innerLoop.samples.write(
        batch, advantages: estimator.advantages, divisor: setup.normalization.divisor(of: batch),
        timeSteps: Float(batch.validTimeSteps))
      innerLoop.step()
      actor.load(innerLoop.model)
    }
    return returns
  }
}
