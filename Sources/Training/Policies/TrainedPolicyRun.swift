public import Environments
import MetaLearning
import NeuralNetworks
import Parts
import PolicyLearning
import RandomStreams
import Rollouts
public import Runs
import Workers

/// A trained run in the hands of another program, which acts by its policy in environments of its own and lets it adapt there.
public final class TrainedPolicyRun: Sendable {
  /// The configuration of the run.
  public let configuration: RunConfiguration
  /// The folder of the run.
  public let folder: RunFolder
  /// The iterations of training.
  public let iteration: Int
  let setup: PolicySetup
  let parameters: MetaParameters<Float>
  private let checkpoint: Checkpoint
  /// What was compiled for a number of rows, and for a number of episodes of an inner step.
  private let compiled = Locked(Compiled())

  private struct Compiled {
    var inferences: [Int: PolicyInference] = [:]
    var adaptations: [Int: PolicyAdaptationPrograms] = [:]
  }

  /// Creates the run of a checkpoint.
  /// - Throws: `UserError` where the run has no policy.
  package init(_ folder: RunFolder, _ configuration: RunConfiguration, _ checkpoint: Checkpoint) throws {
    guard configuration.family is any EnvironmentFamily else {
      throw UserError(
        "\(configuration.taskName): expected a run of policies, such as cheetah-dir, found supervised tasks",
        status: .usage)
    }
    (self.folder, self.configuration, self.checkpoint) = (folder, configuration, checkpoint)
    iteration = checkpoint.iteration
    setup = try PolicySetup(configuration)
    parameters = try setup.initialParameters.reading(checkpoint.contents, prefix: PolicySetup.checkpointPrefix)
  }

  /// The layout of the observations and the actions.
  public var specification: EnvironmentSpecification { setup.specification }
  /// The number of inner steps of the training.
  public var stepCount: Int { setup.stepCount }
  /// The number of episodes of an inner step of the training.
  public var episodeCount: Int { setup.size.episodes }
  /// The names of the tasks, where there are finitely many.
  public var taskNames: [String] { setup.testTasks.tasks.map(\.name) }

  /// The most inner steps of an adaptation.
  public static let mostSteps = RandomAddress.secondEpisodes - 1

  /// The policy before any adaptation.
  public func policy() -> TrainedPolicy { TrainedPolicy(of: self, model: parameters.model, experience: []) }

  /// Adapts to a task of the run's family, on episodes in its environment, as an evaluation does.
  /// - Parameters:
  ///   - task: the name or the number of the task.
  ///   - steps: the number of inner steps; nil for that of the training.
  ///   - seed: the seed of the task and its episodes; nil for that of the run.
  /// - Throws: `UserError` where there is no such task.
  public func policy(adaptedTo task: String, steps: Int?, seed: Int?) throws -> TrainedPolicy {
    let request = RehearsalRequest(
      checkpoint: checkpoint, task: task, steps: [steps ?? stepCount], seed: seed ?? configuration.run.seed)
    return TrainedPolicy(of: self, model: try PolicyRehearsal(setup).policy(request), experience: nil)
  }

  /// The policy compiled for a number of rows.
  func inference(rows: Int) -> PolicyInference {
    compiled.withLock { compiled in
      if let own = compiled.inferences[rows] { return own }
      if compiled.inferences.count >= Self.mostSizes { compiled.inferences = [:] }
      let own = PolicyInference(setup.policy, layout: setup.initialParameters.model, episodes: rows)
      compiled.inferences[rows] = own
      return own
    }
  }

  /// The inner steps compiled for a number of episodes.
  func adaptation(episodes: Int) -> PolicyAdaptationPrograms {
    compiled.withLock { compiled in
      if let own = compiled.adaptations[episodes] { return own }
      if compiled.adaptations.count >= Self.mostSizes { compiled.adaptations = [:] }
      let own = PolicyAdaptationPrograms(
        setup, episodes: EvaluationRequest.EpisodeCounts(adaptation: episodes, scored: episodes))
      compiled.adaptations[episodes] = own
      return own
    }
  }

  /// The most sizes that stay compiled.
  private static let mostSizes = 32
}
