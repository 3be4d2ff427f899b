import Environments
import MetaLearning
package import NeuralNetworks
import Parts
import PolicyLearning
import RandomStreams
import Ranks
import RealModule
import Rollouts
package import Runs
import TensorCore
package import Workers

/// Meta-trains a policy: each iteration adapts it to a batch of tasks and updates it by the mean of their meta-gradients.
package struct PolicyTrainer: MetaTrainer {
  private let setup: PolicySetup
  private let programs: PolicyPrograms
  private let pool: WorkerPool
  private let ranks: Ranks
  private let workers: PolicyTaskRun.Workers
  private let memories: TaskMemories
  private let outer: OuterLoop
  private let taskClip: Double
  /// What an outer step that evaluates losses asks of other meta-parameters; nil for other steps.
  private let episodes: KeptEpisodes?
  private let looks: PolicyLooks
  /// The tasks of every iteration; nil where they are drawn.
  private let fixedTasks: [EnvironmentTask]?

  /// - Parameters:
  ///   - makeOuterStep: makes the outer step; nil for that of the settings.
  ///   - recorder: notes the times of the run's work, where it has one worker; nil for nothing.
  package init(
    _ configuration: RunConfiguration, recorder: WorkRecorder? = nil,
    makeOuterStep: ((Parameters<Float>) -> any OuterStep)? = nil
  ) throws {
    try self.init(PolicySetup(configuration), recorder: recorder, makeOuterStep: makeOuterStep)
  }

  /// - Parameters:
  ///   - tasks: the tasks of every iteration; nil for those that the settings draw.
  init(
    _ setup: PolicySetup, recorder: WorkRecorder? = nil, tasks: [EnvironmentTask]? = nil,
    makeOuterStep: ((Parameters<Float>) -> any OuterStep)? = nil
  ) throws {
    let configuration = setup.configuration
    let programs = PolicyPrograms(setup)
    fixedTasks = tasks
    self.setup = setup
    self.programs = programs
    pool = configuration.makeWorkerPool(recorder: recorder)
    ranks = .current
    workers = WorkerLocal(pool) { Result { try PolicyWorker(setup, programs) } }
    memories = TaskMemories(setup, programs)
    let settings = configuration[PolicyOuterLoopSettings.self]
    taskClip = settings.taskClip
    outer = OuterLoop(
      setup.initialParameters, prefix: PolicySetup.checkpointPrefix,
      makeStep: makeOuterStep ?? { settings.makeStep(for: $0) })
    episodes = outer.evaluatesLosses ? KeptEpisodes(setup, pool: pool, ranks: ranks) : nil
    looks = PolicyLooks(setup, pool: pool)
  }

  package mutating func iterate(_ iteration: Int) throws -> MetricsRow {
    let seed = UInt64(setup.configuration.run.seed)
    let tasks = try sampleTasks(iteration)
    let runs = tasks.enumerated().map { number, task in
      PolicyTaskRun(
        task, of: setup, programs, from: outer.parameters,
        at: RandomAddress(seed: seed, purpose: .actionNoise, iteration: iteration, task: number), workers: workers,
        memories: memories, clip: taskClip, keepsSamples: outer.evaluatesLosses)
    }
    try run(runs)
    let (loss, diagnostics) = try update(runs, iteration: iteration)
    return metrics(runs, loss: loss, diagnostics)
  }

  /// Does the work of all tasks; each rank does its share.
  private func run(_ runs: [PolicyTaskRun]) throws {
    try ranks.run(runs, by: pool) { work in try Divergence.explained(setup.configuration) { try work() } }
  }

  private func sampleTasks(_ iteration: Int) throws(UserError) -> [EnvironmentTask] {
    if let fixedTasks { return fixedTasks }
    return try setup.sampledTasks(iteration: iteration)
  }

  /// Updates the meta-parameters by the mean meta-gradient.
  /// - Returns: the mean outer loss, and diagnostics.
  private mutating func update(
    _ runs: [PolicyTaskRun], iteration: Int
  ) throws -> (loss: Double, diagnostics: [(name: String, value: Double)]) {
    var (loss, gradient) = Self.mean(runs.map { $0.outcome })
    let weights = setup.terms.explorationWeights(returns: runs.map { $0.outcome.returns[setup.stepCount] })
    if setup.terms.exploration > 0 { Self.add(explorationOf: runs, weights, to: &gradient) }
    let diagnostics = diagnostics(runs, meanGradient: gradient)
    try Divergence.explained(setup.configuration) {
      episodes?.begin(
        ranks.owned(of: runs.count).map { runs[$0].keptSamples(weightBefore: weights[$0]) }, of: runs.count)
      try outer.step(against: gradient, iteration: iteration, episodes: episodes) { [self] parameters in
        for run in runs { run.restart(from: parameters) }
        try run(runs)
        return Self.mean(runs.map { $0.outcome })
      }
    }
    return (loss, diagnostics)
  }

  /// Adds the gradient of the term for the exploration, minus the mean of the weighted log-probabilities, to that of the
  /// model's parameters, which come first.
  private static func add(explorationOf runs: [PolicyTaskRun], _ weights: [Double], to gradient: inout [Float]) {
    for (run, weight) in zip(runs, weights) {
      let share = Float(weight / Double(runs.count))
      for (index, slope) in run.outcome.explorationGradient.enumerated() { gradient[index] -= share * slope }
    }
  }

  /// What tells why a run learns or does not, of the policies before the outer step.
  private func diagnostics(
    _ runs: [PolicyTaskRun], meanGradient: [Float]
  ) -> [(name: String, value: Double)] {
    func mean(_ value: (PolicyTaskRun.Outcome) -> Double) -> Double {
      runs.reduce(0) { $0 + value($1.outcome) } / Double(runs.count)
    }
    let last = setup.stepCount
    let returnAfter = mean { $0.returns[last] }
    let spread = mean { ($0.returns[last] - returnAfter) * ($0.returns[last] - returnAfter) }.squareRoot()
    let entropies = runs.compactMap(\.outcome.choiceEntropy)
    return [("return_spread", spread)]
      + (entropies.isEmpty ? spreadOfVectors : [("entropy", entropies.mean)]) + [
        ("explained_variance", mean { $0.explainedVariances[last] }), ("inner_distance", mean { $0.innerDistance }),
        ("inner_kl", mean { $0.innerDivergence }), ("inner_gradient_norm", mean { $0.innerGradientNorm }),
        ("task_gradient_norm", mean { $0.gradientNorm }), ("meta_gradient_norm", meanGradient.norm),
      ] + (setup.setsZeros ? [("zero_share", mean { $0.zeroShare })] : [])
      + exploration
  }

  /// The geometric mean of the standard deviations of actions that are vectors, and their entropy.
  private var spreadOfVectors: [(name: String, value: Double)] {
    let logDeviations = setup.policy.logStandardDeviations(outer.parameters.model).scalars.map { Double($0) }
    let meanLogDeviation = logDeviations.reduce(0, +) / Double(logDeviations.count)
    // That of a normal distribution is log s + log(2 pi e) / 2.
    let entropy = logDeviations.reduce(0) { $0 + $1 + 0.5 * (.log(2 * .pi) + 1) }
    return [("standard_deviation", .exp(meanLogDeviation)), ("entropy", entropy)]
  }

  /// The geometric mean of the deviations of the exploration, where they are learned.
  private var exploration: [(name: String, value: Double)] {
    let model = outer.parameters.model
    guard model.names.contains(PolicyObjective.logExplorationName) else { return [] }
    let logarithms = model[PolicyObjective.logExplorationName].scalars
    return [("exploration_deviation", .exp(logarithms.reduce(0) { $0 + Double($1) } / Double(logarithms.count)))]
  }

  /// The means of the losses and of their gradients over the tasks, summed in the order of the tasks.
  private static func mean(_ outcomes: [PolicyTaskRun.Outcome]) -> (loss: Double, gradient: [Float]) {
    var sum = outcomes[0].gradient
    for outcome in outcomes.dropFirst() { sum.update(with: outcome.gradient) { $0 + $1 } }
    let share = 1 / Float(outcomes.count)
    sum.update { share * $0 }
    return (outcomes.reduce(0) { $0 + Double($1.loss) } / Double(outcomes.count), sum)
  }

  private func metrics(
    _ runs: [PolicyTaskRun], loss: Double, _ diagnostics: [(name: String, value: Double)]
  ) -> MetricsRow {
    let returns = runs.map(\.outcome.returns)
    let after = returns.map { $0[$0.count - 1] }
    var values = [
      ("return_before", returns.map { $0[0] }.mean), ("return_after", after.mean),
    ]
    if setup.family.endsEpisodes {
      values.append(("episode_length", runs.map(\.outcome.episodeLength).mean))
      values.append(("terminated_share", runs.map(\.outcome.terminatedShare).mean))
    }
    for group in setup.groups {
      let own = zip(runs, after).filter { $0.0.task.group == group }.map(\.1)
      values.append(("return_after_\(group)", own.mean))
    }
    return MetricsRow(
      environmentSteps: runs.reduce(0) { $0 + $1.outcome.environmentSteps },
      values + [("loss", loss)] + diagnostics + outer.diagnostics
        + setup.algorithm.adaptation.summary(of: outer.parameters))
  }
}

// What a run looks at beside its own rows.
extension PolicyTrainer {
  package var heldOutLooks: HeldOutLooks? {
    HeldOutLooks(column: HeldOutScoring.column, interval: setup.configuration[HeldOutScoring.self].interval)
  }

  package func heldOutScore() throws -> Double { try looks.score(of: outer.parameters) }

  package var progressColumn: ProgressColumn? {
    ProgressColumn(
      "return_after",
      causes: [
        ProgressColumn.Cause("outer_kl", grown: "outer steps change the adapted policies more"),
        ProgressColumn.Cause("outer_step_share", fallen: "the line search accepts shorter steps, or none"),
        ProgressColumn.Cause("inner_kl", grown: "inner steps overshoot", fallen: "inner steps change little"),
        ProgressColumn.Cause(
          setup.family.hasChoices ? "entropy" : "standard_deviation", grown: "the policy acts at random",
          fallen: "the policy has stopped exploring"),
        ProgressColumn.Cause("inner_gradient_norm", grown: "inner gradients grow"),
        ProgressColumn.Cause("meta_gradient_norm", grown: "the meta-gradient grows"),
        ProgressColumn.Cause("explained_variance", fallen: "the baseline no longer predicts the returns"),
        ProgressColumn.Cause("inner_rate_factor", grown: "inner rates grow"),
      ])
  }
}

extension PolicyTrainer {
  /// The meta-parameters.
  var parameters: MetaParameters<Float> { outer.parameters }
}

// Checkpoints.
extension PolicyTrainer {
  package var checkpoint: CheckpointContents { outer.checkpoint }

  package mutating func restore(_ checkpoint: CheckpointContents) throws { try outer.restore(checkpoint) }

  package var learnedPrefixes: [String] { [PolicySetup.checkpointPrefix] }
}
