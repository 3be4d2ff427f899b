@testable import Experiments
import Testing

/// What a key says of its use, against what its value changes.
@Suite struct KeyUseTests {
  /// Another value than the default of every key of a policy's run that its numbers may depend on.
  private static let others = [
    "seed": "2", "meta_batch_size": "2", "episodes": "3", "task_sampling": "random", "horizon": "6", "discount": "0.5",
    "inner_rate": "1", "inner_steps": "2", "surrogate": "naive", "past_decay": "0.3", "l1_strength": "0.3",
    "hidden_sizes": "3", "activation": "relu", "velocity_scale": "0.5", "initial_standard_deviation": "0.5",
    "outer_optimizer": "sgd", "outer_rate": "0.1", "outer_rate_final": "0.5", "outer_rate_iterations": "1",
    "task_gradient_clip": "0.00001", "gradient_clip": "0.00001", "baseline": "network", "advantage_decay": "0.2",
    "normalize_advantages": "false", "control_cost": "0.5", "physics": "lanes", "solver_sweeps": "2",
  ]

  /// What two iterations leave: their metrics, and the policy without what the optimizer remembers.
  private func outcome(_ configuration: RunConfiguration) throws -> (rows: [MetricsRow], policy: [NamedArray]) {
    var trainer = try PolicyTrainer(configuration)
    let rows = try (1...2).map { try trainer.iterate($0) }
    return (rows, trainer.checkpoint.tensors.filter { $0.name.hasPrefix(PolicySetup.checkpointPrefix) })
  }

  /// A key that a run takes changes something, and one that it refuses would change nothing.
  @Test(arguments: [
    ["maml"], ["maml", "dice"], ["fomaml"], ["fomaml", "dice"], ["reptile"], ["mlsr"], ["random"],
    ["joint"],
  ]) func keyIsUsedByARunWhereItsValueChangesSomething(choices: [String]) throws {
    let tiny = [
      "task=cheetah-dir", "meta_batch_size=4", "episodes=2", "horizon=5", "hidden_sizes=[4]", "workers=1",
      "algorithm=\(choices[0])",
    ]
    var configuration = try RunConfiguration(
      settings: tiny.map { try ConfigurationSetting(argument: $0) }, catalog: .standard)
    // Set past the check that is tested here.
    if choices.count > 1 {
      let surrogate = try #require(ConfigurationKey.named("surrogate", for: .policy))
      #expect(surrogate.assign(.scalar("dice"), &configuration))
    }
    let standard = try outcome(configuration)
    for key in ConfigurationKey.all(for: .policy) where key.resume == .fixed {
      guard let other = Self.others[key.name] else { continue }
      var changed = configuration
      #expect(key.assign(.scalar(other), &changed))
      guard changed != configuration else { continue }
      #expect(try (outcome(changed) != standard) == key.isUsed(by: configuration), "\(key.name)")
    }
  }

  @Test func everyKeyOfAPolicyIsLookedAt() {
    let fixed = ConfigurationKey.all(for: .policy).filter { $0.resume == .fixed }.map(\.name)
    // Names, a file, and kernels whose bits differ on wide layers alone.
    let rest = Set(fixed).subtracting(Self.others.keys)
    #expect(rest == ["task", "algorithm", "model", "deterministic_kernels"])
  }
}
