import Environments
import Foundation
import MetaLearning
import NeuralNetworks
import Parts
import PolicyLearning
import RandomStreams
import Rollouts
import RunFixtures
@testable import Runs
import TensorCore
import Testing
@testable import Training
import Workers

@Suite struct PolicyTrainerTests {
  private static let algorithms = MetaAlgorithms.all.filter { algorithm in
    algorithm.obstacle(
      on: LearningProblem(hasFixedExamples: false, hasLabels: false, layers: ["output"], adapted: nil)) == nil
  }.map(\.card.name)

  /// A run whose iteration takes milliseconds, on the real robot.
  private func configuration(_ more: [String] = []) throws -> RunConfiguration {
    let tiny = [
      "task=cheetah-dir", "meta_batch_size=4", "episodes=2", "horizon=5", "hidden_sizes=[4]", "workers=1",
    ]
    return try RunConfiguration(
      settings: (tiny + more).map { try ConfigurationSetting(argument: $0) }, catalog: .standard)
  }

  /// The rows of iterations `1...count`, and the bytes of the checkpoint after them.
  private func train(_ configuration: RunConfiguration, count: Int) throws -> (rows: [MetricsRow], bytes: [UInt8]) {
    var trainer = try PolicyTrainer(configuration)
    let rows = try (1...count).map { try trainer.iterate($0) }
    return (rows, try Safetensors.encode(trainer.checkpoint))
  }

  /// The columns of a row whose number is infinite or none.
  private func notFinite(_ row: MetricsRow) -> [String] {
    row.values.filter { !$0.value.isFinite }.map(\.name)
  }

  /// What counts is how long the environment says that an episode is, whichever key made it so long, if any.
  @Test func batchThatCannotFitInMemoryIsRefused() throws {
    let large = ["meta_batch_size=10000", "episodes=10000", "horizon=100000"]
    let ofAdam = try configuration(large + ["outer_step=adam"])
    let error = userError { _ = try PolicySetup(ofAdam) }
    #expect(error?.message.contains("found 10000000000000;") == true)
    // An outer step that tries other meta-parameters keeps the episodes before and after the inner step.
    let keeping = try configuration(large)
    let kept = userError { _ = try PolicySetup(keeping) }
    #expect(kept?.message.contains("2 samplings that the outer step keeps: ") == true)
    #expect(kept?.message.contains("found 20000000000000;") == true)
    #expect(error?.status == .usage)
    var sampling = PolicySampling()
    sampling.metaBatchSize = 2
    #expect(userError { try sampling.check(horizon: .max) }?.message.contains("found more than \(Int.max);") == true)
    #expect(userError { try sampling.check(horizon: 1_250_001) }?.message.contains("found 100000080;") == true)
    #expect(userError { try sampling.check(horizon: 1_250_000) } == nil)
  }

  @Test(arguments: [2, 3]) func trainsToTheSameBitsWithAnyNumberOfWorkers(workers: Int) throws {
    let one = try train(configuration(), count: 2)
    let several = try train(configuration(["workers=\(workers)"]), count: 2)
    #expect(several.rows == one.rows)
    #expect(several.bytes == one.bytes)
  }

  /// One gradient step moves the policy by the rate times the gradient, which nothing clips.
  @Test func diagnosticsOfTheInnerStepFitTogether() throws {
    let settings = [
      "outer_step=adam", "inner_rate=0.5", "inner_rate_learning=false", "exploration_deviation=0",
      "meta_batch_size=1",
    ]
    let row = try train(configuration(settings), count: 1).rows[0]
    let (distance, norm) = (try #require(row["inner_distance"]), try #require(row["inner_gradient_norm"]))
    #expect(norm > 0 && abs(distance - 0.5 * norm) < 1e-5 * distance)
    #expect(try #require(row["inner_kl"]) > 0 && row["zero_share"] == nil)
    let still = try train(configuration(settings + ["inner_rate=0"]), count: 1).rows[0]
    #expect(still["inner_kl"] == 0 && still["inner_gradient_norm"] == norm)
  }

  @Test(arguments: zip(["0", "1000"], [0.0, 1])) func shareOfZerosIsWhatTheThresholdLeaves(
    strength: String, share: Double
  ) throws {
    let settings = ["algorithm=mlsr", "l1_strength=\(strength)"]
    #expect(try train(configuration(settings), count: 1).rows[0]["zero_share"] == share)
  }

  /// More episodes than a part has: workers share tasks.
  @Test(arguments: [2, 5]) func partsOfTasksGiveTheSameBitsWithAnyNumberOfWorkers(workers: Int) throws {
    let settings = ["episodes=20", "meta_batch_size=3", "inner_steps=2"]
    let one = try train(configuration(settings), count: 2)
    let several = try train(configuration(settings + ["workers=\(workers)"]), count: 2)
    #expect(several.rows == one.rows)
    #expect(several.bytes == one.bytes)
  }

  /// Of 20 episodes, 16 are one part and 4 another one.
  @Test(arguments: ["maml", "fomaml", "meta-sgd", "mt-net", "reptile"])
  func sumsOverPartsGiveTheMetaGradientOfAllEpisodesAtOnce(algorithm: String) throws {
    let setup = try PolicySetup(configuration(["episodes=20", "algorithm=\(algorithm)", "inner_rate=0.5"]))
    let programs = PolicyPrograms(setup)
    let pool = WorkerPool(count: 1)
    let address = RandomAddress(seed: 1, purpose: .actionNoise, iteration: 1)
    let run = PolicyTaskRun(
      CheetahDirection.forward.task, of: setup, programs, from: setup.initialParameters, at: address,
      workers: WorkerLocal(pool) { Result { try PolicyWorker(setup, programs) } },
      memories: TaskMemories(setup, programs), clip: 0, keepsSamples: true)
    try pool.run([run])

    let samples = try #require(run.memory?.samples).map { samples in
      var whole = EpisodeBatch(size: setup.size)
      var advantages = Tensor<Float>.zeros([setup.size.horizon, 0])
      for (part, range) in zip(samples.parts, programs.parts.ranges) {
        whole.write(part.batch, from: range.lowerBound)
        let own = Tensor(shape: [setup.size.horizon, range.count], scalars: part.advantages)
        advantages = concatenate([advantages, own], axis: 1)
      }
      let rows = setup.size.timeSteps
      return PolicySamples(
        observations: Tensor(
          shape: [rows, setup.size.observationSize],
          scalars: Array(whole.observations.prefix(rows * setup.size.observationSize))),
        actions: Tensor(shape: [rows, setup.size.actionSize], scalars: whole.actions),
        outputs: Tensor(shape: [rows, setup.size.outputSize], scalars: whole.outputs),
        logDeviations: Tensor(whole.deviations.map { Foundation.log($0) }),
        advantages: advantages, mask: Tensor(shape: [setup.size.horizon, setup.size.episodes], scalars: whole.mask))
    }
    let (loss, gradient) = setup.algorithm.outerLossAndGradient(
      setup.initialParameters, supportLosses: samples.dropLast().map { setup.objective.loss(on: $0) },
      queryLoss: setup.objective.outer.loss(on: samples[samples.count - 1]), noise: setup.noise.values(at: address))
    let found = gradient.replacingElements(run.outcome.gradient)
    #expect(abs(run.outcome.loss - loss.scalar) < 1e-5)
    for (found, expected) in zip(found.tensors, gradient.tensors) {
      let scale = expected.scalars.map(abs).max() ?? 0
      #expect(zip(found.scalars, expected.scalars).allSatisfy { abs($0 - $1) <= 1e-4 * scale })
    }
    #expect(found.tensors.contains { $0.scalars.contains { $0 != 0 } })
  }

  @Test func gradientsOfTasksAreClippedToTheirNorm() {
    var gradient: [Float] = [3, 0, -4]
    gradient.clip(toNorm: 10)
    #expect(gradient == [3, 0, -4])
    gradient.clip(toNorm: 0)
    #expect(gradient == [3, 0, -4])
    gradient.clip(toNorm: 2.5)
    #expect(gradient == [1.5, 0, -2])
    gradient = [1, .infinity]
    gradient.clip(toNorm: 1)
    #expect(gradient == [1, .infinity])
  }

  @Test(arguments: ["adam", "sgd"]) func restoredTrainerGoesOnWithTheSameBits(optimizer: String) throws {
    let configuration = try configuration(["outer_step=\(optimizer)", "task_sampling=random"])
    var whole = try PolicyTrainer(configuration)
    _ = try whole.iterate(1)
    let stored = try Safetensors.decode(Safetensors.encode(whole.checkpoint), path: "stored")
    var restored = try PolicyTrainer(configuration)
    try restored.restore(stored)
    for iteration in 2...3 {
      let (expected, found) = (try whole.iterate(iteration), try restored.iterate(iteration))
      #expect(found == expected)
    }
    #expect(restored.checkpoint == whole.checkpoint)
  }

  @Test(arguments: ["-1", "1000000001", "9223372036854775807", "many", nil])
  func impossibleCountOfOptimizerStepsIsRefused(step: String?) throws {
    var trainer = try PolicyTrainer(configuration())
    var checkpoint = trainer.checkpoint
    checkpoint.metadata["optimizer.step"] = step
    let error = userError { try trainer.restore(checkpoint) }
    #expect(error?.status == .malformedData)
  }

  @Test(arguments: algorithms) func everyAlgorithmMovesThePolicyByFiniteNumbers(algorithm: String) throws {
    // A step within a trust region may stay where it is, on so few episodes.
    let step = algorithm == "random" ? [] : ["outer_step=adam"]
    var trainer = try PolicyTrainer(configuration(["algorithm=\(algorithm)"] + step))
    let before = trainer.checkpoint
    let row = try trainer.iterate(1)
    // 4 tasks, 2 episodes of 5 steps each before the inner step and again after it; two algorithms have two inner steps.
    #expect(row.environmentSteps == (["mlsr-maml", "reptile"].contains(algorithm) ? 120 : 80))
    #expect(notFinite(row) == [])
    #expect(
      row.values.map(\.name).prefix(5)
        == ["return_before", "return_after", "return_after_forward", "return_after_backward", "loss"])
    // What an update rule tells of itself: the factor of the learned rates, and MT-net's share of updated outputs, over all
    // layers and in each.
    let rules = ["reptile": 0, "random": 0, "joint": 0, "meta-sgd": 0, "mlsr-maml": 2, "mt-net": 4][algorithm] ?? 1
    let zeros = algorithm.hasPrefix("mlsr") ? 1 : 0
    #expect(row.values.count == 14 + zeros + rules, "\(row.values.map(\.name))")
    for (old, new) in zip(before.tensors, trainer.checkpoint.tensors) where old.name.hasPrefix("policy.") {
      // The reference line of random initialisation is not trained; every other algorithm moves every parameter.
      #expect((new.values != old.values) == (algorithm != "random"), "\(old.name)")
      let isFinite = new.values.allSatisfy(\.isFinite)
      #expect(isFinite, "\(new.name)")
    }
  }

  @Test(arguments: ["imaml", "imaml-hf"]) func fixedInnerProblemIsRefusedInOneLine(algorithm: String) {
    let error = userError { _ = try PolicyTrainer(configuration(["algorithm=\(algorithm)"])) }
    #expect(error?.message.hasPrefix("\(algorithm) on cheetah-dir: ") == true)
    #expect(error?.message.contains("an algorithm that differentiates its steps can learn one") == true)
    #expect(error?.status == .configuration)
  }

  /// The parameters of the policy that the step after some others touches, on random samples of which every time step counts.
  private func moved(_ setup: PolicySetup, after steps: Int = 0) -> [String] {
    let loop = PolicyAdaptationPrograms(setup).innerLoop.makeLoop()
    // A mask that lets everything pass: of a random one nothing could be said.
    let ones = setup.noise.placeholders(tasks: nil).mapTensors { Tensor(repeating: 0.9, shape: $0.shape) }
    loop.restart(from: setup.initialParameters, noise: ones)
    var stream = RandomAddress(seed: 1, purpose: .test).stream
    var before = setup.initialParameters.model
    for _ in 0...steps {
      before = loop.model.read()
      var samples = loop.samples.read().mapTensors { tensor in
        Tensor(shape: tensor.shape, scalars: (0..<tensor.shape.count).map { _ in Float(stream.normal()) })
      }
      samples.mask = .ones(samples.mask.shape)
      loop.samples.write(samples)
      loop.step()
    }
    let after = loop.model.read()
    return before.names.filter { after[$0].scalars != before[$0].scalars }
  }

  /// The recovery of the output layer comes first.
  @Test func firstPhaseMovesTheOutputLayerAlone() throws {
    let setup = try PolicySetup(configuration(["algorithm=mlsr-maml", "exploration_deviation=0"]))
    #expect(moved(setup) == ["output.weight", "output.bias"])
    #expect(moved(setup, after: 1) == setup.initialParameters.model.names)
    #expect(setup.stepCount == 2)
  }

  @Test(arguments: [
    ["baseline=network"], ["surrogate=dice"], ["surrogate=dice", "past_decay=0.5"], ["surrogate=naive"],
    ["inner_steps=2"], ["horizon=1"], ["episodes=1"], ["discount=0"], ["normalize_advantages=false"],
    ["activation=softplus"], ["task_gradient_clip=0", "gradient_clip=0", "outer_step=adam"],
  ]) func everyChoiceTrainsWithFiniteNumbers(settings: [String]) throws {
    let (rows, _) = try train(configuration(settings), count: 1)
    #expect(notFinite(rows[0]) == [])
  }

  /// The inner step on random samples: which parameters does it touch?
  @Test(arguments: algorithms) func innerStepMovesTheParametersOfItsAlgorithmAlone(algorithm: String) throws {
    let setup = try PolicySetup(configuration(["algorithm=\(algorithm)"]))
    // The first phase of two is tested above.
    let moved = moved(setup, after: algorithm == "mlsr-maml" ? 1 : 0)
    // T of T-net's layers is not adapted, nor is the deviation where exploration has one of its own.
    let ofPolicy = setup.initialParameters.model.names.filter {
      !$0.hasSuffix(".transform")
        && ($0 != GaussianPolicy.logStandardDeviationName || setup.objective.exploration == nil)
    }
    let expected = ["anil", "mlsr"].contains(algorithm) ? ["output.weight", "output.bias"] : ofPolicy
    // KFC's ReLU may let nothing of a short gradient pass: there, no parameter of others and every matrix is asked for.
    let isRectified = algorithm == "kfc"
    let isAsked = { (name: String) in !isRectified || name.hasSuffix(".weight") }
    #expect(moved.filter(isAsked) == expected.filter(isAsked))
    #expect(moved.allSatisfy(expected.contains))
  }

  /// A rate that no policy survives: told as a fault of the settings, and the parameters stay as they were.
  @Test func divergedIterationIsRefusedAndChangesNothing() throws {
    var trainer = try PolicyTrainer(
      configuration([
        "inner_rate=1000", "surrogate=naive", "horizon=20", "outer_step=adam", "exploration_deviation=0",
      ]))
    let before = trainer.checkpoint
    let error = userError { for iteration in 1...3 { _ = try trainer.iterate(iteration) } }
    #expect(error?.status == .malformedData)
    #expect(error?.message.contains("inner_rate") == true)
    #expect(trainer.checkpoint == before)
  }

  private func evaluate(_ configuration: RunConfiguration, tasks: Int, seed: Int = 1) throws -> [TaskOutcome] {
    let checkpoint = try PolicyTrainer(configuration).checkpoint
    return try PolicyEvaluator(configuration).evaluate(
      EvaluationRequest(checkpoint: checkpoint, tasks: tasks, steps: 2, seed: seed))
  }

  @Test(arguments: [2, 3]) func evaluationHasTheSameBitsWithAnyNumberOfWorkers(workers: Int) throws {
    let one = try evaluate(configuration(), tasks: 3)
    let several = try evaluate(configuration(["workers=\(workers)"]), tasks: 3)
    #expect(several.map(\.scores) == one.map(\.scores))
    #expect(one.map(\.group) == ["forward", "forward", "forward", "backward", "backward", "backward"])
    // Every task has episodes of its own.
    #expect(Set(one.flatMap(\.scores)).count == 18)
  }

  @Test func evaluationOfATaskDoesNotDependOnHowManyOthersThereAre() throws {
    let few = try evaluate(configuration(), tasks: 1).filter { $0.group == "forward" }
    let many = try evaluate(configuration(), tasks: 3).filter { $0.group == "forward" }
    #expect(few.map(\.scores) == [many[0].scores])
  }

  /// One adapter, as one worker has it: what it adapted to before leaves no trace.
  @Test func adaptationStartsFromTheMetaParametersWhateverCameBefore() throws {
    let setup = try PolicySetup(configuration())
    let programs = PolicyAdaptationPrograms(setup)
    let (forward, backward) = (CheetahDirection.forward.task, CheetahDirection.backward.task)
    func address(_ task: Int) -> RandomAddress { RandomAddress(seed: 1, purpose: .actionNoise, task: task) }
    let fresh = try TaskAdapter(setup, programs)
    let alone = try fresh.adapt(setup.initialParameters, to: forward, steps: 2, at: address(0))
    let used = try TaskAdapter(setup, programs)
    _ = try used.adapt(setup.initialParameters, to: backward, steps: 1, at: address(1))
    let after = try used.adapt(setup.initialParameters, to: forward, steps: 2, at: address(0))
    #expect(after == alone)
  }

  /// A recovery from zero adapts a policy whose output layer is 0: its first episodes have to be those of that policy.
  @Test func firstEpisodesAreThoseOfThePolicyThatIsAdapted() throws {
    func returns(_ start: String, _ change: (inout Parameters<Float>) -> Void) throws -> [[Double]] {
      let setup = try PolicySetup(configuration(["algorithm=mlsr", "recovery_start=\(start)"]))
      var parameters = setup.initialParameters
      change(&parameters.model)
      return try TaskAdapter(setup, PolicyAdaptationPrograms(setup)).adapt(
        parameters, to: CheetahDirection.forward.task, steps: 2, at: RandomAddress(seed: 1, purpose: .actionNoise))
    }
    let zero = try returns("zero") { _ in }
    let zeroed = try returns("learned") { $0["output.weight"] = .zeros($0["output.weight"].shape) }
    #expect(zero == zeroed)
    #expect(try returns("learned") { _ in }[0] != zero[0])
  }

  @Test func moreInnerStepsThanThereAreRandomNumbersForAreRefused() throws {
    // With an exploration apart, each step has episodes of two kinds.
    for (deviation, most) in [("0", 255), ("0.5", 127)] {
      let configuration = try configuration(["exploration_deviation=\(deviation)"])
      let checkpoint = try PolicyTrainer(configuration).checkpoint
      let request = EvaluationRequest(checkpoint: checkpoint, tasks: 1, steps: most + 1, seed: 1)
      let error = userError { _ = try PolicyEvaluator(configuration).evaluate(request) }
      #expect(error?.message.hasPrefix("steps: expected at most \(most) inner steps of a policy") == true)
    }
  }

  /// With one task in a batch, forward and backward take turns; with more than there are, every batch begins with forward.
  @Test func everyCountedTaskIsTrained() throws {
    func directions(_ batch: Int) throws -> [[Bool]] {
      var trainer = try PolicyTrainer(configuration(["meta_batch_size=\(batch)"]))
      return try (1...2).map { iteration in
        let row = try trainer.iterate(iteration)
        return ["forward", "backward"].map { row["return_after_\($0)"]?.isFinite == true }
      }
    }
    #expect(try directions(1) == [[true, false], [false, true]])
    #expect(try directions(3) == [[true, true], [true, true]])
  }

  @Test func gradientsThatDoNotFitAreRefused() {
    let error = userError {
      _ = try PolicySetup(configuration(["hidden_sizes=[4096, 4096]", "meta_batch_size=40"]))
    }
    #expect(error?.message.contains("expected at most 250000000 parameters of an iteration's tasks") == true)
  }

  @Test func modelThatDoesNotFitIsRefusedBeforeItIsMade() {
    let error = userError {
      _ = try PolicySetup(
        configuration(["algorithm=low-rank", "hidden_sizes=[1000, 1000]", "meta_optimizer_rank=4096"]))
    }
    #expect(
      error?.message.hasPrefix(
        "a model with layers of 17 x 1000, 1000 x 1000, 1000 x 6 with low-rank: expected at most 150000000") == true)
  }

  /// KLin is Meta-Curvature whose map a task adapts too: from the second step on, by what the first one remembered.
  @Test func memoryLastsFromStepToStep() throws {
    func returns(_ algorithm: String) throws -> [Double] {
      try evaluate(configuration(["algorithm=\(algorithm)"]), tasks: 1)[0].scores
    }
    let (klin, curvature) = (try returns("klin"), try returns("meta-curvature"))
    #expect(klin.prefix(2) == curvature.prefix(2))
    #expect(klin[2] != curvature[2])
  }

  /// Training and evaluation of one seed draw from different places: its noise and its starts are new to the policy.
  @Test func evaluationSeesNoEpisodeOfTraining() throws {
    let configuration = try configuration(["meta_batch_size=2", "inner_rate=0"])
    var trainer = try PolicyTrainer(configuration)
    let row = try trainer.iterate(1)
    let trained = ["return_after_forward", "return_after_backward"].compactMap { row[$0] }
    let evaluated = try evaluate(configuration, tasks: 1)
    #expect(trained.count == 2)
    #expect(Set(trained).isDisjoint(with: evaluated.flatMap(\.scores)))
  }
}
