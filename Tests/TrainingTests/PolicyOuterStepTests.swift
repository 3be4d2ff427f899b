import Environments
import NeuralNetworks
import Parts
import PolicyLearning
import RunFixtures
@testable import Runs
import TensorCore
import Testing
@testable import Training

/// Outer steps that try other meta-parameters on the episodes of an iteration.
@Suite struct PolicyOuterStepTests {
  private static let steps = ["trpo", "ppo"]

  /// A run whose iteration takes milliseconds, on lanes; of its 20 episodes, 16 are one part and 4 another one.
  private func configuration(_ more: [String] = []) throws -> RunConfiguration {
    let tiny = [
      "task=cheetah-dir", "physics=lanes", "meta_batch_size=3", "episodes=20", "horizon=10", "hidden_sizes=[4]",
      "workers=1", "inner_rate=0.5",
    ]
    return try RunConfiguration(
      settings: (tiny + more).map { try ConfigurationSetting(argument: $0) }, catalog: .standard)
  }

  private func train(_ configuration: RunConfiguration, count: Int) throws -> (rows: [MetricsRow], bytes: [UInt8]) {
    var trainer = try PolicyTrainer(configuration)
    let rows = try (1...count).map { try trainer.iterate($0) }
    return (rows, try Safetensors.encode(trainer.checkpoint))
  }

  @Test(arguments: steps, [2, 3]) func bitsDoNotDependOnWorkers(step: String, workers: Int) throws {
    let settings = ["outer_step=\(step)", "inner_rate_learning=true", "exploration_deviation=0.5"]
    let one = try train(configuration(settings), count: 2)
    let several = try train(configuration(settings + ["workers=\(workers)"]), count: 2)
    #expect(several.rows == one.rows)
    #expect(several.bytes == one.bytes)
  }

  @Test(arguments: steps, ["maml", "mlsr", "joint"])
  func restoredTrainerGoesOnWithTheSameBits(step: String, algorithm: String) throws {
    var settings = ["outer_step=\(step)", "algorithm=\(algorithm)"]
    if algorithm != "joint" { settings.append("inner_rate_learning=true") }
    let configuration = try configuration(settings)
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

  /// An outer step of the test's: asks, and moves nothing.
  private final class Question: OuterStep {
    let ask: (Parameters<Float>, Parameters<Float>, KeptEpisodes) throws -> Void

    init(_ ask: @escaping (Parameters<Float>, Parameters<Float>, KeptEpisodes) throws -> Void) { self.ask = ask }

    var evaluatesLosses: Bool { true }

    func step(
      _ parameters: Parameters<Float>, against gradient: Parameters<Float>, losses: OuterLosses
    ) throws -> Parameters<Float>? {
      try ask(parameters, gradient, #require(losses.episodes))
      return parameters
    }

    var checkpoint: CheckpointContents { CheckpointContents(tensors: [], metadata: [:]) }

    func restore(_ checkpoint: CheckpointContents) throws(UserError) {}
  }

  private func ask(
    _ settings: [String], _ ask: @escaping (Parameters<Float>, Parameters<Float>, KeptEpisodes) throws -> Void
  ) throws {
    var trainer = try PolicyTrainer(configuration(settings)) { _ in Question(ask) }
    _ = try trainer.iterate(1)
  }

  private static func direction(like parameters: Parameters<Float>) -> [Float] {
    (0..<parameters.count).map { Float(($0 * 7919) % 101 - 50) / 50 }
  }

  private static func moved(_ parameters: Parameters<Float>, by share: Float, along direction: [Float])
    -> Parameters<Float>
  {
    var elements = parameters.flattened().scalars
    elements.update(with: direction) { $0 + share * $1 }
    return parameters.unflattened(Tensor(elements))
  }

  /// The first pass of PPO starts from the meta-gradient, which is that of the losses by likelihood ratios.
  @Test(arguments: [
    ["maml"], ["fomaml"], ["anil"], ["l1-maml"], ["mlsr"], ["joint"], ["maml", "entropy_bonus=0.5"],
    ["fomaml", "exploration_term=0.5"], ["maml", "exploration_term=0.5", "exploration_learning=true"],
    ["maml", "loss_normalization=episodes", "entropy_bonus=0.5", "inner_rate=0.05"],
  ])
  func theGradientOfAPassIsTheMetaGradientWhereItBegins(choices: [String]) throws {
    let settings = ["algorithm=\(choices[0])", "task_gradient_clip=0"] + choices.dropFirst()
    try ask(settings) { parameters, gradient, episodes in
      let pass = try episodes.pass(at: parameters, clip: 0.2, penalty: 0, taskClip: 0)
      let scale = gradient.flattened().scalars.map(abs).max() ?? 0
      #expect(scale > 0 && pass.clippedShare == 0)
      #expect(abs(pass.divergence) < 1e-5 && abs(pass.divergenceBefore) < 1e-5)
      let differences = zip(pass.gradient.flattened().scalars, gradient.flattened().scalars).map { abs($0 - $1) }
      #expect(differences.allSatisfy { $0 <= 2e-3 * scale })
    }
  }

  /// The terms of the outer objective act alike in the meta-gradient and in the losses of trials, and a trial at the start
  /// has the loss that is known without it.
  @Test(arguments: [
    ["maml"], ["fomaml", "entropy_bonus=0.5"], ["fomaml", "exploration_term=0.5"],
    ["maml", "exploration_term=0.5", "exploration_learning=true"],
    ["anil", "entropy_bonus=0.5", "loss_normalization=episodes", "inner_rate=0.05"],
  ])
  func theLossOfTrialsFallsAlongTheMetaGradient(choices: [String]) throws {
    // Short of second order, the meta-gradient is not the derivative of the loss: compare how a term changes both.
    let settings = ["algorithm=\(choices[0])", "task_gradient_clip=0", "inner_rate_learning=false"]
    func derivatives(_ more: [String]) throws -> (gradient: Double, difference: Double) {
      var result = (gradient: 0.0, difference: 0.0)
      try ask(settings + more) { parameters, gradient, episodes in
        let start = try episodes.change(at: parameters).loss
        #expect(abs(start - (try episodes.lossAtStart())) < 1e-4 * max(1, abs(start)))
        let direction = Self.direction(like: parameters)
        let step: Float = 0.01
        func loss(_ share: Float) throws -> Double {
          try episodes.change(at: Self.moved(parameters, by: share, along: direction)).loss
        }
        let slope = zip(direction, gradient.flattened().scalars).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        result = (slope, try (loss(step) - loss(-step)) / Double(2 * step))
      }
      return result
    }
    let with = try derivatives(Array(choices.dropFirst()))
    let isTerm = { (setting: String) in setting.hasPrefix("entropy_bonus") || setting.hasPrefix("exploration_term") }
    if choices.contains(where: isTerm) {
      let without = try derivatives(choices.dropFirst().filter { !isTerm($0) })
      let (gradient, difference) = (with.gradient - without.gradient, with.difference - without.difference)
      #expect(abs(gradient) > 1e-3 && abs(gradient - difference) < 0.05 * abs(gradient), "\(gradient) \(difference)")
    } else {
      #expect(abs(with.gradient) > 1e-3, "\(with)")
      #expect(abs(with.gradient - with.difference) < 0.1 * abs(with.gradient), "\(with)")
    }
  }

  /// An episode of 10 steps whose losses are summed has ten times the gradient of their mean, so that a tenth of the rate
  /// makes the same step.
  @Test func divisorOfTheLossScalesTheInnerRate() throws {
    func distance(_ settings: [String]) throws -> Double {
      var trainer = try PolicyTrainer(configuration(["outer_step=adam", "inner_rate_learning=false"] + settings))
      return try #require(try trainer.iterate(1)["inner_distance"])
    }
    let mean = try distance(["inner_rate=0.5"])
    let sum = try distance(["inner_rate=0.05", "loss_normalization=episodes"])
    #expect(mean > 0 && abs(sum - mean) < 1e-4 * mean)
  }

  /// First-order meta-gradients move the exploration by E-MAML's term alone: the metric has the information of the policy
  /// before adaptation there, so that the step is not that of the damping.
  @Test func metricKnowsTheLearnedExploration() throws {
    let settings = ["algorithm=fomaml", "exploration_learning=true", "exploration_term=1", "inner_rate_learning=false"]
    try ask(settings) { parameters, _, episodes in
      let name = try #require(parameters.names.first { $0.hasSuffix("log_exploration_deviation") })
      var direction = parameters.zeros
      direction[name] = Tensor(repeating: 1, shape: parameters[name].shape)
      let product = parameters.unflattened(Tensor(try episodes.metricProduct(with: direction.flattened().scalars)))
      #expect(product[name].scalars.allSatisfy { abs($0 - 2) < 1e-5 })
    }
  }

  @Test func floorKeepsTheDeviationsFromFalling() throws {
    let settings = ["initial_standard_deviation=0.5", "minimum_standard_deviation=0.8", "outer_step=adam"]
    var trainer = try PolicyTrainer(configuration(settings))
    let row = try trainer.iterate(1)
    #expect(abs(try #require(row["standard_deviation"]) - 0.8) < 1e-6)
  }

  /// Half the quadratic form of the metric is the divergence of a small step, as far as the samples that it takes tell.
  @Test(arguments: ["maml", "fomaml", "anil", "joint"], [10, 20])
  func theMetricIsThatOfTheDivergence(algorithm: String, horizon: Int) throws {
    // A direction of the model's parameters is one of all of them.
    let rates = algorithm == "joint" ? [] : ["inner_rate_learning=false"]
    try ask(["algorithm=\(algorithm)", "horizon=\(horizon)"] + rates) { parameters, _, episodes in
      let direction = Self.direction(like: parameters)
      let product = try episodes.metricProduct(with: direction)
      let form = zip(direction, product).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      let share: Float = 0.02
      func divergence(_ share: Float) throws -> Double {
        try episodes.change(at: Self.moved(parameters, by: share, along: direction)).divergence
      }
      // The mean of both ways, whose third order cancels out.
      let found = try (divergence(share) + divergence(-share)) / 2
      let expected = Double(share * share) / 2 * form
      #expect(form > 0 && abs(found - expected) < 0.3 * expected, "\(found) \(expected)")
    }
  }

  @Test func aStepWithinATrustRegionKeepsToItAndLowersTheLoss() throws {
    var trainer = try PolicyTrainer(configuration(["outer_step=trpo", "trust_region=0.004", "algorithm=fomaml"]))
    for iteration in 1...3 {
      let values = Dictionary(uniqueKeysWithValues: try trainer.iterate(iteration).values.map { ($0.name, $0.value) })
      let (divergence, share) = (try #require(values["outer_kl"]), try #require(values["outer_step_share"]))
      #expect(divergence > 0.0005 && divergence <= 1.5 * 0.004 && share > 0)
    }
  }

  @Test func passesEndAtTheirDivergence() throws {
    func passes(_ settings: [String]) throws -> Double? {
      var trainer = try PolicyTrainer(configuration(["outer_step=ppo", "ppo_passes=7"] + settings))
      return try trainer.iterate(1).values.first { $0.name == "passes" }?.value
    }
    #expect(try passes(["ppo_stop=0"]) == 7)
    #expect(try passes(["ppo_stop=0.00001", "outer_rate=0.1"]) == 1)
  }

  @Test(arguments: steps) func tasksWithoutEpisodesRefuseThem(step: String) throws {
    let error = userError {
      _ = try RunConfiguration(
        settings: ["task=sinusoid", "outer_step=\(step)"].map { try ConfigurationSetting(argument: $0) },
        catalog: .standard)
    }
    #expect(error?.message.contains("outer_step \(step)") == true && error?.message.contains("episodes") == true)
  }

  /// Those whose gradient is no derivative have no ratios to clip.
  @Test(arguments: steps) func reptileRefusesThem(step: String) throws {
    let error = userError { _ = try configuration(["algorithm=reptile", "outer_step=\(step)"]) }
    #expect(error?.message.contains("outer_step \(step)") == true)
  }
}
