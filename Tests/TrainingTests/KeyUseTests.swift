import Parts
@testable import Runs
import Testing
@testable import Training

/// What a key says of its use, against what its value changes.
@Suite struct KeyUseTests {
  /// Another value than the default of every key of a policy's run that its numbers may depend on.
  private static let others = [
    "convention": "promp",
    "seed": "2", "meta_batch_size": "2", "episodes": "3", "task_sampling": "random", "horizon": "6", "discount": "0.5",
    "inner_rate": "1", "inner_steps": "2", "surrogate": "naive", "past_decay": "0.3", "l1_strength": "0.3",
    "hidden_sizes": "3", "activation": "relu", "velocity_scale": "0.5", "initial_standard_deviation": "0.5",
    "outer_step": "sgd", "outer_rate": "0.1", "outer_rate_final": "0.5", "outer_rate_iterations": "1",
    "trust_region": "0.0001", "trust_region_damping": "10", "trust_region_cg_steps": "1", "ppo_passes": "2",
    "ppo_clip": "0.00001", "ppo_inner_penalty": "100", "ppo_inner_target": "100", "ppo_stop": "0.0000001",
    "task_gradient_clip": "0.00001", "gradient_clip": "0.00001", "baseline": "network", "advantage_decay": "0.2",
    "inner_rate_learning": "true", "exploration_deviation": "0.3", "exploration_learning": "true",
    "exploration_term": "3", "entropy_bonus": "3", "loss_normalization": "episodes", "minimum_standard_deviation": "2",
    "only_tasks": "forward",
    "normalize_advantages": "false", "control_cost": "0.5", "physics": "box2d", "solver_sweeps": "2",
  ]

  /// What two iterations leave: their metrics, and the policy without what the optimizer remembers.
  private func outcome(_ configuration: RunConfiguration) throws -> (rows: [MetricsRow], policy: [NamedArray]) {
    var trainer = try PolicyTrainer(configuration)
    let rows = try (1...2).map { try trainer.iterate($0) }
    return (rows, trainer.checkpoint.tensors.filter { $0.name.hasPrefix(PolicySetup.checkpointPrefix) })
  }

  /// A key that a run takes changes something, and one that it refuses would change nothing.
  @Test(arguments: [
    ["maml"], ["maml", "adam"], ["fomaml", "ppo"], ["maml", "adam", "dice"], ["fomaml"], ["fomaml", "adam", "dice"],
    ["reptile"], ["mlsr"], ["random"],
    ["joint"],
  ]) func keyIsUsedByARunWhereItsValueChangesSomething(choices: [String]) throws {
    let tiny =
      [
        "task=cheetah-dir", "physics=lanes", "meta_batch_size=4", "episodes=2", "horizon=5", "hidden_sizes=[4]",
        "workers=1",
        "algorithm=\(choices[0])",
      ] + choices.dropFirst().prefix(1).map { "outer_step=\($0)" }
    var configuration = try RunConfiguration(
      settings: tiny.map { try ConfigurationSetting(argument: $0) }, catalog: .standard)
    // Set past the check that is tested here.
    func set(_ name: String, _ text: String, _ configuration: inout RunConfiguration) throws -> Bool {
      let entry = try #require(configuration.allEntries.first { $0.key.name == name })
      return configuration.assign(
        entry, .scalar(text), parts: entry.key.kind.map { Catalog.standard.parts(of: $0) } ?? [])
    }
    if choices.count > 2 { #expect(try set("surrogate", "dice", &configuration)) }
    let standard = try outcome(configuration)
    for entry in configuration.allEntries where entry.key.resume == .fixed {
      guard let other = Self.others[entry.key.name], configuration.text(entry) != .scalar(other) else { continue }
      var changed = configuration
      #expect(try set(entry.key.name, other, &changed))
      #expect(try (outcome(changed) != standard) == entry.isUsed, "\(entry.key.name)")
    }
  }

  @Test func everyKeyOfAPolicyIsLookedAt() throws {
    let configuration = try RunConfiguration(
      settings: [try ConfigurationSetting(argument: "task=cheetah-dir")], catalog: .standard)
    let fixed = configuration.allEntries.filter { $0.key.resume == .fixed }.map(\.key.name)
    // Names, files, what an evaluation alone does, and kernels whose bits differ on wide layers alone.
    let rest = Set(fixed).subtracting(Self.others.keys)
    #expect(
      rest == [
        "task", "algorithm", "init", "adapted", "model", "later_steps", "later_rate", "evaluation_tasks",
        "deterministic_kernels",
      ])
  }
}
