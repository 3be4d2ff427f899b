import PolicyLearning
import Rollouts
import TensorCore

/// The environments, buffers and workspaces with which one worker does its share of any task, allocated once. A task
/// leaves nothing behind in them.
final class PolicyWorker {
  typealias MetaGradient = PolicyPrograms.MetaGradient

  /// What collects the episodes of a part.
  struct Collection {
    let collector: EpisodeCollector
    let actor: PolicyActor
  }

  /// What collects each part of the episodes. Parts of one size share it.
  let collections: [Collection]
  /// All episodes of a task, for what is computed from them together.
  var batch: EpisodeBatch
  let estimator: AdvantageEstimator
  let parts: MetaGradient.Workspace

  init(_ setup: PolicySetup, _ programs: PolicyPrograms) throws {
    var made: [Int: Collection] = [:]
    collections = try programs.parts.ranges.indices.map { part in
      let episodes = programs.parts.ranges[part].count
      let collection =
        try made[episodes]
        ?? Collection(
          collector: EpisodeCollector(environment: setup.makeEnvironment(episodes: episodes)),
          actor: programs.inferences[part].makeActor())
      made[episodes] = collection
      return collection
    }
    batch = EpisodeBatch(size: setup.size)
    estimator = AdvantageEstimator(estimation: setup.estimation, baseline: setup.baseline, size: setup.size)
    parts = programs.metaGradient.makePartWorkspace()
  }
}
