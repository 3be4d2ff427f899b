import Environments
import MetaLearning
import NeuralNetworks
import Parts
import PolicyLearning
import RandomStreams
import Rollouts
import Runs
import TensorCore
import Training
import Workers

// The time of a default iteration of cheetah-dir by phases: each phase alone on one thread, as often as an iteration of 20
// tasks with one inner step runs it. The rest of the whole iteration is spent between the phases.
extension Benchmark {
  /// The phases for each engine, followed by the iteration that they are parts of.
  static let phases: [Benchmark] = PhysicsKind.engines.flatMap { engine in
    [
      phase("physics", "bodies, observations and rewards", engine, physicsPhase),
      phase("sampling", "means and noise of the actions, on an environment that rests", engine, samplingPhase),
      phase("advantages", "returns, linear baseline and advantages", engine) { setup in
        try repeating(advantages, times: samplings(setup))
      },
      phase("meta-gradient", "inner steps and second-order gradients of all tasks", engine) {
        try repeating(metaGradient, times: $0.sampling.metaBatchSize)
      },
      phase("update", "the outer step: products with its metric, and trials on the kept episodes", engine, updatePhase),
      phase("iteration", "the whole of it", engine, iterationPhase),
    ]
  }

  private static func phase(
    _ name: String, _ summary: String, _ engine: PhysicsKind,
    _ prepare: @escaping @Sendable (PolicySetup) throws -> () throws -> Void
  ) -> Benchmark {
    Benchmark(
      name: "phases-\(engine.rawValue)-\(name)", group: "phases",
      summary: "of an iteration on \(engine.rawValue): \(summary)",
      threads: 1, measure: .seconds, shapes: "20 tasks x 2 x \(defaultShapes), 17-64-64-6", repeats: 3,
      prepare: {
        let work = try prepare(PolicySetup(defaultConfiguration(on: engine)))
        return {
          try work()
          return 1
        }
      })
  }

  /// The number of batches of episodes in an iteration: before and after every inner step of every task.
  private static func samplings(_ setup: PolicySetup) -> Int {
    setup.sampling.metaBatchSize * (setup.stepCount + 1)
  }

  private static func repeating(_ benchmark: Benchmark, times: Int) throws -> () throws -> Void {
    let work = try benchmark.prepare()
    return { for _ in 0..<times { _ = try work() } }
  }

  @Sendable private static func physicsPhase(_ setup: PolicySetup) throws -> () throws -> Void {
    let steps = RandomSteps(try setup.makeEnvironment())
    let count = samplings(setup)
    return { for _ in 0..<count { steps.runEpisodes() } }
  }

  @Sendable private static func samplingPhase(_ setup: PolicySetup) throws -> () throws -> Void {
    let environment = RestingEnvironment(try setup.makeEnvironment().specification, count: setup.size.episodes)
    let collector = EpisodeCollector(environment: environment)
    let actor = PolicyAdaptationPrograms(setup).inference.makeActor()
    actor.load(setup.initialParameters.model)
    var batch = EpisodeBatch(size: setup.size)
    let count = samplings(setup)
    return {
      for task in 0..<count {
        try collector.collect(into: &batch, task: CheetahDirection.forward.task, policy: actor, at: address(task: task))
      }
    }
  }

  /// An outer step of the default run on the episodes of the first iteration, again and again.
  @Sendable private static func updatePhase(_ setup: PolicySetup) throws -> () throws -> Void {
    var configuration = setup.configuration
    configuration[RunningSettings.self].workers = 1
    var step: RepeatedStep?
    var trainer = try PolicyTrainer(configuration) { parameters in
      let made = RepeatedStep(configuration[PolicyOuterLoopSettings.self].makeStep(for: parameters))
      step = made
      return made
    }
    _ = try trainer.iterate(1)
    return { [trainer] in
      // The trainer keeps the episodes.
      try withExtendedLifetime(trainer) { try step?.repeatStep() }
    }
  }

  @Sendable private static func iterationPhase(_ setup: PolicySetup) throws -> () throws -> Void {
    try iterations(setup.configuration, workers: 1)
  }

  private static func iterations(
    _ configuration: RunConfiguration, workers: Int, recorder: WorkRecorder? = nil
  ) throws -> () throws -> Void {
    var configuration = configuration
    configuration[RunningSettings.self].workers = workers
    var trainer = try PolicyTrainer(configuration, recorder: recorder)
    var iteration = 0
    return {
      iteration += 1
      _ = try trainer.iterate(iteration)
    }
  }

  /// The default run on each engine.
  static let scalingOfPolicies: [ScalingBenchmark] = PhysicsKind.engines.map { engine in
    ScalingBenchmark(
      single: phase("iteration", "the whole of it", engine, iterationPhase), runs: engine == .lanes ? 9 : 3,
      iterations: 1,
      prepare: { workers, recorder in
        try iterations(defaultConfiguration(on: engine), workers: workers, recorder: recorder)
      })
  }
}

/// An outer step that is made again with what it was given before.
private final class RepeatedStep: OuterStep {
  private let step: any OuterStep
  private var again: (() throws -> Void)?

  init(_ step: any OuterStep) { self.step = step }

  var evaluatesLosses: Bool { step.evaluatesLosses }

  func step(
    _ parameters: Parameters<Float>, against gradient: Parameters<Float>, losses: OuterLosses
  ) throws -> Parameters<Float>? {
    again = { [step] in _ = try step.step(parameters, against: gradient, losses: losses) }
    return try step.step(parameters, against: gradient, losses: losses)
  }

  func repeatStep() throws { try again?() }

  var checkpoint: CheckpointContents { step.checkpoint }

  func restore(_ checkpoint: CheckpointContents) throws(UserError) { try step.restore(checkpoint) }
}

/// An environment without motion or rewards, which measures the cost of collecting episodes without physics.
private final class RestingEnvironment: BatchedEnvironment {
  let specification: EnvironmentSpecification
  let count: Int
  private var time = 0

  init(_ specification: EnvironmentSpecification, count: Int) {
    self.specification = specification
    self.count = count
  }

  func reset(task: EnvironmentTask, at address: RandomAddress, observations: inout MutableSpan<Float>) {
    time = 0
    for index in 0..<observations.count { observations[index] = 0 }
  }

  func step(
    actions: Span<Float>, observations: inout MutableSpan<Float>, rewards: inout MutableSpan<Float>,
    ends: inout MutableSpan<EpisodeEnd>
  ) {
    time += 1
    for index in 0..<observations.count { observations[index] = 0 }
    for row in 0..<count {
      rewards[row] = 0
      ends[row] = time == specification.horizon ? .truncated : []
    }
  }

  func readRewardParts(into parts: inout MutableSpan<Float>) {
    for index in 0..<parts.count { parts[index] = 0 }
  }
}
