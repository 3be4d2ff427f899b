import Environments
import MetaLearning
import NeuralNetworks
import PolicyLearning
import RandomStreams
import Rollouts
import TensorCore

/// The environments, buffers and workspaces with which one worker adapts a trained policy to one task after another,
/// allocated once. A task leaves nothing behind for the next: every task starts from the meta-parameters that it is given.
final class TaskAdapter {
  /// What collects episodes of one size.
  private struct Collection {
    let collector: EpisodeCollector
    let actor: PolicyActor
    var batch: EpisodeBatch
  }

  private let setup: PolicySetup
  private let scoresApart: Bool
  private let estimator: AdvantageEstimator
  private let innerLoop: InnerLoop<PolicySamples<Float>>
  private var adaptation: Collection
  private var scored: Collection

  init(_ setup: PolicySetup, _ programs: PolicyAdaptationPrograms) throws {
    self.setup = setup
    let sizes = programs.sizes
    adaptation = Collection(
      collector: EpisodeCollector(environment: try setup.makeEnvironment(episodes: sizes.adaptation.episodes)),
      actor: programs.inference.makeActor(), batch: EpisodeBatch(size: sizes.adaptation))
    scored = adaptation
    if sizes.scored != sizes.adaptation {
      scored = Collection(
        collector: EpisodeCollector(environment: try setup.makeEnvironment(episodes: sizes.scored.episodes)),
        actor: programs.scoring.makeActor(), batch: EpisodeBatch(size: sizes.scored))
    }
    scoresApart = programs.scoresApart
    estimator = AdvantageEstimator(estimation: setup.estimation, baseline: setup.baseline, size: sizes.adaptation)
    innerLoop = programs.innerLoop.makeLoop()
  }

  /// Adapts `parameters` to `task` by `steps` inner steps, each on new episodes.
  /// - Parameter address: the seed, iteration and task; the adaptation step is counted from 0.
  ///
  /// With an exploration apart, the returns are those of episodes of the policy's own deviation, and the task adapts to
  /// others.
  /// - Parameter isScored: whether each number of inner steps is to be scored; otherwise that after the last one alone.
  /// - Parameter visit: receives the number of inner steps, the policy after them, and the address of the episodes that it is
  ///   scored by.
  /// - Returns: the returns of the episodes after 0, 1, ... inner steps; none where they are not scored.
  func adapt(
    _ parameters: MetaParameters<Float>, to task: EnvironmentTask, steps: Int, at address: RandomAddress,
    scoring isScored: Bool = true, visit: ((Int, Parameters<Float>, RandomAddress) throws -> Void)? = nil
  ) throws -> [[Double]] {
    innerLoop.restart(from: parameters, noise: setup.noise.values(at: address))
    var returns: [[Double]] = []
    for step in 0...steps {
      var address = address
      address.adaptationStep = UInt32(step)
      try visit?(step, innerLoop.model.read(), address)
      // Otherwise a task adapts to the episodes that are scored.
      if scoresApart {
        returns.append([])
        if isScored || step == steps {
          scored.actor.load(innerLoop.model)
          try scored.collector.collect(into: &scored.batch, task: task, policy: scored.actor, at: address)
          returns[step] = scored.batch.episodeReturns
        }
        address.adaptationStep += UInt32(RandomAddress.secondEpisodes)
      }
      guard step < steps || !scoresApart else { break }
      adaptation.actor.load(setup.objective.exploring(innerLoop.model.read()))
      try adaptation.collector.collect(into: &adaptation.batch, task: task, policy: adaptation.actor, at: address)
      if !scoresApart { returns.append(adaptation.batch.episodeReturns) }
      guard step < steps else { break }
      try estimator.estimate(adaptation.batch, at: address)
      innerLoop.samples.write(
        adaptation.batch, advantages: estimator.advantages, divisor: setup.normalization.divisor(of: adaptation.batch),
        timeSteps: Float(adaptation.batch.validTimeSteps))
      innerLoop.step()
    }
    return returns
  }
}
