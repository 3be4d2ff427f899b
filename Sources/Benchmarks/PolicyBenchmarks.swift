import Environments
import Foundation
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

// The parts of an iteration of a policy run, measured separately with the default configuration of cheetah-dir.
extension Benchmark {
  /// The parts of an iteration, followed by whole iterations.
  static let policies: [Benchmark] = [
    physics, physicsWorkers, physicsLanes, physicsLanesWorkers, physicsLanesOfEight, physicsHopper,
    physicsWalker, physicsWalkerTree, policyInference, rollout,
    rolloutLanes, advantages, metaGradient, optimizer,
    policyMetaGradient(name: "policy-meta-gradient", workers: 1),
    policyMetaGradient(name: "policy-meta-gradient-workers", workers: cores), training, trainingLanes,
  ]

  static let defaultShapes = "40 episodes x 100 steps"
  /// The number of workers in the benchmarks that use all cores.
  static let cores = ProcessInfo.processInfo.activeProcessorCount

  /// The default configuration of cheetah-dir on an engine.
  static func defaultConfiguration(on engine: PhysicsKind = .box2d) throws -> RunConfiguration {
    try configuration(["task=\(CheetahDirectionFamily().card.name)", "physics=\(engine.rawValue)"])
  }

  /// The configuration with the given `key=value` settings.
  static func configuration(_ settings: [String]) throws -> RunConfiguration {
    try RunConfiguration(settings: settings.map { try ConfigurationSetting(argument: $0) }, catalog: .standard)
  }

  static func address(task: Int = 0) -> RandomAddress {
    RandomAddress(seed: 1, purpose: .benchmark, task: task)
  }

  static func uniformActions(_ count: Int) -> [Float] {
    var stream = address().stream
    return (0..<count).map { _ in Float(stream.uniform(in: -1...1)) }
  }

  /// Box2D under random actions without a policy, comparable with MuJoCo stepping HalfCheetah-v5, with five physics steps
  /// for each action.
  static let physics = physics(
    name: "physics", summary: "half-cheetahs on Box2D under random actions, observations and rewards written",
    shapes: "cheetahs, box2d", batches: 1, cheetahs(.box2d))

  /// Box2D under random actions on all cores, with a batch of cheetahs for each core.
  static let physicsWorkers = physics(
    name: "physics-workers", summary: "the same, a batch of half-cheetahs to each core", shapes: "cheetahs, box2d",
    batches: 1, workers: cores, cheetahs(.box2d))

  /// The engine in SIMD lanes under random actions.
  static let physicsLanes = physics(
    name: "physics-lanes",
    summary: "half-cheetahs in SIMD lanes under random actions, observations and rewards written",
    shapes: "cheetahs, lanes", cheetahs(.lanes))

  /// The engine in SIMD lanes under random actions, on all cores.
  static let physicsLanesWorkers = physics(
    name: "physics-lanes-workers", summary: "the same, a batch of half-cheetahs to each core",
    shapes: "cheetahs, lanes", workers: cores, cheetahs(.lanes))

  /// The engine in SIMD lanes with 8 lanes to a vector, as on a processor without AVX-512.
  static let physicsLanesOfEight = physics(
    name: "physics-lanes-avx2", summary: "the same with the instructions of x86-64-v3 alone",
    shapes: "cheetahs, lanes", batches: 25
  ) {
    let level = "x86-64-v3"
    let model = try CheetahDirectionFamily().readModel()
    guard try LanesPhysics.availableLevels(for: model).contains(level) else {
      throw UserError(
        "benchmark physics-lanes-avx2: expected a processor with \(level), found one without", status: .usage)
    }
    return LocomotionEnvironment(
      name: "cheetahs", physics: try LanesPhysics(model: model, count: robots, solver: .standard, level: level),
      settings: LocomotionSettings())
  }

  /// Hoppers in SIMD lanes, comparable with MuJoCo stepping Hopper-v5: four steps of RK4 for each action.
  static let physicsHopper = physics(
    name: "physics-hopper", summary: "hoppers in SIMD lanes under random actions, four steps of RK4 each",
    shapes: "hoppers, lanes", batches: 10
  ) { try robots(of: .hopper()) }

  /// Walkers in SIMD lanes, comparable with MuJoCo stepping Walker2d-v5: four steps of RK4 for each action.
  static let physicsWalker = physics(
    name: "physics-walker", summary: "walkers in SIMD lanes under random actions, four steps of RK4 each",
    shapes: "walkers, lanes", batches: 10
  ) { try robots(of: .walker()) }

  /// The same walkers by the text for trees that are not compiled in.
  static let physicsWalkerTree = physics(
    name: "physics-walker-as-data", summary: "the same, their tree read as that of a robot of one's own",
    shapes: "walkers, lanes", batches: 10
  ) {
    var solver = LanesPhysics.Solver.standard
    solver.readsTree = true
    return try robots(of: .walker(), solver)
  }

  /// The number of robots of a batch.
  private static let robots = 40

  private static func cheetahs(_ engine: PhysicsKind) -> @Sendable () throws -> any BatchedEnvironment {
    { try PolicySetup(defaultConfiguration(on: engine)).makeEnvironment() }
  }

  /// A robot of Gymnasium's with its control step and the noise of its first states.
  private static func robots(
    of model: RobotModel, _ solver: LanesPhysics.Solver = .standard
  ) throws -> any BatchedEnvironment {
    var settings = RandomParametersFamily(.walker).locomotion
    settings.horizon = 100
    return LocomotionEnvironment(
      name: "robots", physics: try LanesPhysics(model: model, count: robots, solver: solver), settings: settings)
  }

  /// - Parameters:
  ///   - shapes: what a batch has 40 of, and the engine.
  ///   - batches: the number of batches that each worker steps, one after another; a single one takes only a millisecond
  ///     in lanes.
  private static func physics(
    name: String, summary: String, shapes: String, batches: Int = 50, workers: Int = 1,
    _ environment: @escaping @Sendable () throws -> any BatchedEnvironment
  ) -> Benchmark {
    let runs = batches * workers
    return Benchmark(
      name: name, summary: summary, threads: workers, measure: .rate(unit: "environment steps/s"),
      shapes: "\(runs == 1 ? "" : "\(runs) x ")\(robots) x 100 steps of \(shapes)",
      prepare: {
        let pool = WorkerPool(count: workers)
        let steps = WorkerLocal(pool) { Result { RandomSteps(try environment()) } }
        return {
          let counts = try pool.map(jobs: workers) { _, worker in
            let steps = try steps[worker].get()
            for _ in 0..<batches { steps.runEpisodes() }
            return batches * steps.timeSteps
          }
          return Double(counts.reduce(0, +))
        }
      })
  }

  /// The inference of the means of all episodes' actions, once for each time step.
  static let policyInference = Benchmark(
    name: "policy-inference", summary: "means of a (64, 64) tanh policy for all episodes of a task, step by step",
    threads: 1, measure: .seconds, shapes: "100 times 40 x 17-64-64-6",
    prepare: {
      let setup = try PolicySetup(defaultConfiguration())
      let inference = PolicyInference(
        setup.policy, layout: setup.initialParameters.model, episodes: setup.size.episodes)
      let actor = inference.makeActor()
      actor.load(setup.initialParameters.model)
      let observations = uniformActions(setup.size.episodes * setup.size.observationSize)
      var means = Array(repeating: Float(0), count: setup.size.episodes * setup.size.outputSize)
      return {
        var room = means.mutableSpan
        for _ in 0..<setup.size.horizon { actor.writeOutputs(for: observations.span, into: &room) }
        return Double(setup.size.timeSteps)
      }
    })

  /// Collection of episodes on Box2D: physics, policy and noise together.
  static let rollout = rollout(
    .box2d, name: "rollout", summary: "a task's episodes in lockstep: physics, policy and action noise")

  /// Collection of episodes on the engine in SIMD lanes.
  static let rolloutLanes = rollout(
    .lanes, name: "rollout-lanes", summary: "a task's episodes in SIMD lanes: physics, policy and action noise")

  private static func rollout(_ engine: PhysicsKind, name: String, summary: String) -> Benchmark {
    Benchmark(
      name: name, summary: summary, threads: 1, measure: .rate(unit: "environment steps/s"),
      shapes: "\(defaultShapes), \(engine.rawValue)",
      prepare: {
        let setup = try PolicySetup(defaultConfiguration(on: engine))
        let collector = EpisodeCollector(environment: try setup.makeEnvironment())
        let actor = PolicyInference(setup.policy, layout: setup.initialParameters.model, episodes: setup.size.episodes)
          .makeActor()
        actor.load(setup.initialParameters.model)
        var batch = EpisodeBatch(size: setup.size)
        var task = 0
        return {
          task += 1
          try collector.collect(
            into: &batch, task: CheetahDirection.forward.task, policy: actor, at: address(task: task))
          return Double(setup.size.timeSteps)
        }
      })
  }

  /// The returns, the baseline and the advantages of one batch.
  static let advantages = Benchmark(
    name: "advantages", summary: "returns, linear baseline and advantages of a task's episodes", threads: 1,
    measure: .seconds, shapes: defaultShapes,
    prepare: {
      let setup = try PolicySetup(defaultConfiguration())
      let batch = try sampledBatch(setup)
      let estimator = AdvantageEstimator(
        estimation: setup.estimation, baseline: setup.baseline, size: setup.size)
      return {
        try estimator.estimate(batch, at: address())
        return 1
      }
    })

  /// The meta-gradient of one task, as training computes it.
  static let metaGradient: Benchmark = {
    var benchmark = Benchmark(
      name: "meta-gradient",
      summary: "inner step, outer loss and second-order meta-gradient of one task, part by part", threads: 1,
      measure: .seconds, shapes: "2 x \(defaultShapes), 17-64-64-6",
      prepare: {
        let setup = try PolicySetup(defaultConfiguration())
        let task = try SampledTask(setup, PolicyPrograms(setup), sampledBatch(setup))
        return {
          task.differentiate()
          return 1
        }
      })
    benchmark.programs = {
      PolicyPrograms(try PolicySetup(defaultConfiguration())).metaGradient.programs.map { (nil, $0.program, $0.runs) }
    }
    return benchmark
  }()

  /// The outer step alone.
  static let optimizer = Benchmark(
    name: "optimizer", summary: "one Adam step of the policy's parameters, clipping included", threads: 1,
    measure: .seconds, shapes: "5,714 parameters",
    prepare: {
      let start = try PolicySetup(defaultConfiguration()).initialParameters.named
      let rule = Chain(ClippedGlobalNorm(0.5), Adam(), Scaled(by: 0.001))
      let update = CompiledUpdate(rule, of: start)
      let gradient = 0.01 * start
      return {
        _ = update.step(start, against: gradient, losses: .none)
        return 1
      }
    })

  /// Whole iterations on Box2D, as `train` runs them.
  static let training = training(
    .box2d, name: "training", summary: "iterations of MAML on cheetah-dir, meta-update included", iterations: 1)

  /// Whole iterations on the engine in SIMD lanes.
  static let trainingLanes = training(
    .lanes, name: "training-lanes", summary: "the same with the cheetahs in SIMD lanes", iterations: 5)

  private static func training(
    _ engine: PhysicsKind, name: String, summary: String, iterations: Int
  ) -> Benchmark {
    Benchmark(
      name: name, summary: summary, threads: cores,
      measure: .rate(unit: "environment steps/s"),
      shapes: "\(iterations) x 20 tasks x 2 x \(defaultShapes), 17-64-64-6, \(engine.rawValue)", repeats: 3,
      prepare: {
        var trainer = try PolicyTrainer(defaultConfiguration(on: engine))
        var iteration = 0
        return {
          var steps = 0
          for _ in 0..<iterations {
            iteration += 1
            steps += try trainer.iterate(iteration).environmentSteps
          }
          return Double(steps)
        }
      })
  }

  /// A batch of episodes of the initial policy.
  private static func sampledBatch(_ setup: PolicySetup) throws -> EpisodeBatch {
    let collector = EpisodeCollector(environment: try setup.makeEnvironment())
    let actor = PolicyInference(setup.policy, layout: setup.initialParameters.model, episodes: setup.size.episodes)
      .makeActor()
    actor.load(setup.initialParameters.model)
    var batch = EpisodeBatch(size: setup.size)
    try collector.collect(into: &batch, task: CheetahDirection.forward.task, policy: actor, at: address())
    return batch
  }
}

// The benchmark that other toolkits are measured on.
extension Benchmark {
  /// One second-order MAML step of a Gaussian policy on random data, without an environment: log pi x A, one inner step at
  /// rate 0.1, the gradients of 20 tasks summed, Adam.
  private static func policyMetaGradient(name: String, workers: Int) -> Benchmark {
    var benchmark = Benchmark(
      name: name, summary: "a MAML step of a Gaussian policy on random data, second order, Adam", threads: workers,
      measure: .rate(unit: "meta-steps/s"), shapes: "20 tasks x (2,000 + 2,000) samples, 20-64-64-6",
      prepare: {
        let (policy, layout) = randomPolicy()
        let program = metaGradientProgram(policy, layout)
        let samples = randomSamples(tasks: 20)
        let pool = WorkerPool(count: workers)
        // One workspace for all tasks of a worker, as in training.
        let workspaces = WorkerLocal(pool) { program.makeWorkspace() }
        let update = CompiledUpdate(Adam.steps(rate: 0.001), of: layout)
        var moved = layout
        return {
          let parameters = moved
          let gradients = try pool.map(jobs: samples.count) { task, worker in
            let workspace = workspaces[worker]
            workspace.inputs.write(RandomInputs(parameters: parameters, samples: samples[task]))
            workspace.run()
            return workspace.outputs.read()
          }
          let mean = Tensor(1.0 / 20) * gradients.reduce(layout.zeros, +)
          moved = update.step(parameters, against: mean, losses: .none) ?? parameters
          return 1
        }
      })
    benchmark.programs = {
      let (policy, layout) = randomPolicy()
      return [(nil, metaGradientProgram(policy, layout).compiled, 20)]
    }
    return benchmark
  }

  private static func randomPolicy() -> (policy: GaussianPolicy, layout: Parameters<Float>) {
    let policy = GaussianPolicy(network: MultilayerPerceptron(inputSize: 20, hiddenSizes: [64, 64], outputSize: 6))
    var stream = address().stream
    return (policy, policy.initialParameters(from: &stream))
  }

  /// Random observations `[2000, 20]`, actions `[2000, 6]` and advantages `[2000]`.
  private struct RandomSamples: TensorStructure {
    var observations: Tensor<Float>
    var actions: Tensor<Float>
    var advantages: Tensor<Float>

    mutating func forEachTensor(_ body: (inout Tensor<Float>) throws -> Void) rethrows {
      try observations.forEachTensor(body)
      try actions.forEachTensor(body)
      try advantages.forEachTensor(body)
    }

    static let placeholders = RandomSamples(
      observations: .placeholder([2_000, 20]), actions: .placeholder([2_000, 6]), advantages: .placeholder([2_000]))
  }

  /// The inputs of the meta-gradient, with the samples before and after the inner step.
  private struct RandomInputs: TensorStructure {
    var parameters: Parameters<Float>
    var samples: [RandomSamples]

    mutating func forEachTensor(_ body: (inout Tensor<Float>) throws -> Void) rethrows {
      try parameters.forEachTensor(body)
      try samples.forEachTensor(body)
    }
  }

  private static func randomSamples(tasks: Int) -> [[RandomSamples]] {
    var stream = address(task: 1).stream
    return (0..<tasks).map { _ in
      [RandomSamples.placeholders, .placeholders].mapTensors { tensor in
        Tensor(shape: tensor.shape, scalars: (0..<tensor.shape.count).map { _ in Float(stream.normal()) })
      }
    }
  }

  private static func metaGradientProgram(
    _ policy: GaussianPolicy, _ layout: Parameters<Float>
  ) -> Program<RandomInputs, Parameters<Float>> {
    let algorithm = MAML(rate: 0.1).objective
    func loss(_ samples: RandomSamples) -> Adaptation.Loss<Float> {
      { parameters in
        let logProbabilities = policy.logProbabilities(
          parameters, observations: samples.observations, actions: samples.actions)
        return -(logProbabilities * samples.advantages).mean()
      }
    }
    return Program(for: RandomInputs(parameters: layout, samples: [.placeholders, .placeholders])) { inputs in
      algorithm.outerLossAndGradient(
        MetaParameters(model: inputs.parameters, rules: [Parameters([])]),
        supportLosses: [loss(inputs.samples[0])], queryLoss: loss(inputs.samples[1])
      ).gradient.model
    }
  }
}

/// A task whose episodes are there, the same ones before and after adaptation.
private final class SampledTask {
  private let computation: PolicyPrograms.MetaGradient.Computation
  private let workspace: PolicyPrograms.MetaGradient.Workspace
  private let parts: [(batch: EpisodeBatch, advantages: [Float])]
  private let divisor: Float

  init(_ setup: PolicySetup, _ programs: PolicyPrograms, _ batch: EpisodeBatch) throws {
    computation = programs.metaGradient.makeComputation()
    workspace = programs.metaGradient.makePartWorkspace()
    let estimator = AdvantageEstimator(estimation: setup.estimation, baseline: setup.baseline, size: setup.size)
    try estimator.estimate(batch, at: Benchmark.address())
    parts = programs.parts.ranges.map { range in
      (batch.episodes(range), estimator.advantages.columns(of: range, among: setup.size.episodes))
    }
    divisor = SurrogateNormalization.timeSteps.divisor(of: batch)
    computation.inputs.parameters.write(setup.initialParameters)
  }

  func differentiate() {
    var awaited = computation.start()
    while awaited != nil {
      for (number, part) in parts.enumerated() {
        computation.compute(part: number, in: workspace) {
          $0.write(part.batch, advantages: part.advantages, divisor: divisor, timeSteps: divisor)
        }
      }
      awaited = computation.proceed()
    }
  }
}
