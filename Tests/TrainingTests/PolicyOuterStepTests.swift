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
    let settings = ["outer_optimizer=\(step)", "inner_rate_learning=true", "exploration_deviation=0.5"]
    let one = try train(configuration(settings), count: 2)
    let several = try train(configuration(settings + ["workers=\(workers)"]), count: 2)
    #expect(several.rows == one.rows)
    #expect(several.bytes == one.bytes)
  }

  @Test(arguments: steps, ["maml", "mlsr", "joint"])
  func restoredTrainerGoesOnWithTheSameBits(step: String, algorithm: String) throws {
    var settings = ["outer_optimizer=\(step)", "algorithm=\(algorithm)"]
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
  @Test(arguments: ["maml", "fomaml", "anil", "l1-maml", "mlsr", "joint"])
  func theGradientOfAPassIsTheMetaGradientWhereItBegins(algorithm: String) throws {
    try ask(["algorithm=\(algorithm)", "task_gradient_clip=0"]) { parameters, gradient, episodes in
      let pass = try episodes.pass(at: parameters, clip: 0.2, penalty: 0, taskClip: 0)
      let scale = gradient.flattened().scalars.map(abs).max() ?? 0
      #expect(scale > 0 && pass.clippedShare == 0)
      #expect(abs(pass.divergence) < 1e-5 && abs(pass.divergenceBefore) < 1e-5)
      let differences = zip(pass.gradient.flattened().scalars, gradient.flattened().scalars).map { abs($0 - $1) }
      #expect(differences.allSatisfy { $0 <= 2e-3 * scale })
    }
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
    var trainer = try PolicyTrainer(configuration(["outer_optimizer=trpo", "trust_region=0.004", "algorithm=fomaml"]))
    for iteration in 1...3 {
      let values = Dictionary(uniqueKeysWithValues: try trainer.iterate(iteration).values.map { ($0.name, $0.value) })
      let (divergence, share) = (try #require(values["outer_kl"]), try #require(values["outer_step_share"]))
      #expect(divergence > 0.0005 && divergence <= 1.5 * 0.004 && share > 0)
    }
  }

  @Test func passesEndAtTheirDivergence() throws {
    func passes(_ settings: [String]) throws -> Double? {
      var trainer = try PolicyTrainer(configuration(["outer_optimizer=ppo", "ppo_passes=7"] + settings))
      return try trainer.iterate(1).values.first { $0.name == "passes" }?.value
    }
    #expect(try passes(["ppo_stop=0"]) == 7)
    #expect(try passes(["ppo_stop=0.00001", "outer_rate=0.1"]) == 1)
  }

  @Test(arguments: steps) func tasksWithoutEpisodesRefuseThem(step: String) throws {
    let error = userError {
      _ = try RunConfiguration(
        settings: ["task=sinusoid", "outer_optimizer=\(step)"].map { try ConfigurationSetting(argument: $0) },
        catalog: .standard)
    }
    #expect(error?.message.contains("outer_optimizer \(step)") == true && error?.message.contains("episodes") == true)
  }

  /// Those whose gradient is no derivative have no ratios to clip.
  @Test(arguments: steps) func reptileRefusesThem(step: String) throws {
    let error = userError { _ = try configuration(["algorithm=reptile", "outer_optimizer=\(step)"]) }
    #expect(error?.message.contains("outer_optimizer \(step)") == true)
  }
}
