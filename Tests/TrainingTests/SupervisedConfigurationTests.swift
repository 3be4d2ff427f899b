@testable import Evaluation
import FewShotTasks
import NeuralNetworks
import Parts
import RunFixtures
@testable import Runs
import Testing
@testable import Training

@Suite struct SupervisedConfigurationTests {
  private func resolve(_ arguments: String...) throws -> RunConfiguration { try resolve(arguments) }

  private func resolve(_ arguments: [String]) throws -> RunConfiguration {
    try RunConfiguration(
      settings: arguments.map { try ConfigurationSetting(argument: $0) }, catalog: .standard)
  }

  @Test func defaultsAreThoseOfThePapers() throws {
    let sinusoid = try resolve("task=sinusoid")
    #expect(sinusoid["iterations"] == 60_000 && sinusoid["meta_batch_size"] == 4)
    #expect(sinusoid["shots"] == 10 && sinusoid["queries"] == 10)
    #expect(sinusoid["hidden_sizes"] == [40, 40] && sinusoid["activation"] == "relu")
    #expect(sinusoid["inner_rate"] == 0.01 && sinusoid["inner_steps"] == 1 && sinusoid["outer_rate"] == 0.001)
    #expect(try resolve("task=sinusoid-phase")["meta_batch_size"] == 25)
    #expect(try resolve("task=sinusoid-frequency")["shots"] == 20)
    #expect(try resolve("task=linear-classification")["shots"] == 1_000)
    #expect(try resolve("task=sinusoid", "algorithm=mlsr")["inner_rate"] == 0.01)
    // Of the paper on supervised tasks; on policies it costs return.
    #expect(try resolve("task=sinusoid", "algorithm=mlsr")["l1_strength"] == 0.0001)
    #expect(try resolve("task=cheetah-dir", "algorithm=mlsr")["l1_strength"] == 0.000001)
    #expect(try resolve("task=cheetah-dir", "algorithm=maml")["l1_strength"] == nil)
    #expect(try resolve("task=sinusoid", "algorithm=maml")["inner_batch"] == 0)
  }

  /// One step of Reptile is joint training. Its steps on examples have parts of their own, and on Omniglot the numbers of its
  /// paper.
  @Test func reptileTakesSeveralStepsEverywhere() throws {
    let tasks = Catalog.standard.tasks.map(\.card.name)
    for task in tasks where !["robot-dir", "robot-vel"].contains(task) {
      // A trust region, which some families propose, takes gradients alone.
      let steps = try resolve("task=\(task)", "algorithm=reptile", "outer_step=adam")["inner_steps"]
      #expect(steps.flatMap { Int($0.description) }.map { $0 > 1 } == true, "\(task)")
    }
    #expect(try resolve("task=cheetah-dir", "algorithm=reptile")["inner_steps"] == 2)
    #expect(try resolve("task=cheetah-dir", "algorithm=reptile")["inner_batch"] == nil)
    for family in SupervisedTaskFamilies.generated {
      let configuration = try resolve("task=\(family.card.name)", "algorithm=reptile")
      func number(_ key: String) throws -> Int { try #require(Int(configuration[key]?.description ?? "")) }
      #expect(try number("inner_steps") == 5)
      let used = try number("inner_batch") * number("inner_steps")
      #expect(try used <= number("shots") && used > number("shots") - 5)
    }
    let omniglot = try resolve("task=omniglot", "algorithm=reptile")
    let published: [String: SettingText] = [
      "inner_optimizer": "adam", "inner_rate": 0.001, "inner_batch": 10, "inner_steps": 5, "meta_batch_size": 5,
      "shots": 10, "ways": 5,
    ]
    for (key, value) in published { #expect(omniglot[key] == value, "\(key)") }
    #expect(try resolve("task=omniglot")["shots"] == 1)
  }

  /// What an algorithm or a model brings on one task stands above the task's and below what is given.
  @Test func defaultsOfAnAlgorithmOrAModelOnOneTask() throws {
    let plain = try resolve("task=linear-classification")
    #expect(plain["hidden_sizes"] == [] && plain["inner_rate"] == 0.5 && plain["outer_rate"] == 0.01)
    let linear = try resolve("task=linear-classification", "model=linnet")
    #expect(linear["hidden_sizes"] == [64, 64, 64] && linear["initializer"] == "xavier" && linear["outer_rate"] == 0.1)
    let given = try resolve("task=linear-classification", "model=linnet", "outer_rate=0.2", "hidden_sizes=[8]")
    #expect(given["hidden_sizes"] == [8] && given["initializer"] == "xavier" && given["outer_rate"] == 0.2)
    let klin = try resolve("task=linear-classification", "algorithm=klin")
    #expect(klin["inner_rate"] == 3.33 && klin["hidden_sizes"] == [])
    #expect(try resolve("task=sinusoid", "algorithm=klin")["inner_rate"] == 0.01)
    #expect(try resolve("task=sinusoid", "model=linnet")["hidden_sizes"] == [40, 40])
  }

  /// The published runs have these keys.
  @Test func policiesKeepTheKeysOfPublishedRuns() throws {
    let published: Set = [
      "task", "algorithm", "seed", "iterations", "meta_batch_size", "episodes", "task_sampling", "horizon",
      "discount", "inner_rate", "inner_steps", "surrogate", "hidden_sizes", "activation", "velocity_scale",
      "initial_standard_deviation", "outer_step", "outer_rate", "outer_rate_final", "outer_rate_iterations",
      "task_gradient_clip", "gradient_clip", "baseline", "advantage_decay", "normalize_advantages", "control_cost",
      "physics", "solver_sweeps", "model", "checkpoint_interval", "deterministic_kernels", "workers",
    ]
    let added: Set = [
      "adapted", "inner_rate_learning", "exploration_deviation", "later_steps", "later_rate", "evaluation_interval",
      "evaluation_tasks", "init", "exploration_learning", "exploration_term", "entropy_bonus", "loss_normalization",
      "minimum_standard_deviation", "only_tasks", "convention",
    ]
    let keys = try resolve("task=cheetah-dir", "outer_step=adam").entries.map(\.key.name)
    #expect(Set(keys) == published.union(added))
  }

  /// Three steps go at a fifth of the rate of one, whatever the algorithm's own rate is.
  @Test func severalStepsOnTheCheetahDivideTheRate() throws {
    for (algorithm, one, three) in [("maml", 1.0, 0.2), ("fomaml", 1, 0.2), ("mlsr", 3, 0.6), ("anil", 3, 0.6)] {
      let task = ["task=cheetah-dir", "algorithm=\(algorithm)"]
      #expect(try resolve(task)["inner_rate"] == .scalar(one.shortText))
      #expect(try resolve(task + ["inner_steps=3"])["inner_rate"] == .scalar(three.shortText))
      #expect(try resolve(task + ["inner_steps=3", "inner_rate=0.5"])["inner_rate"] == 0.5)
    }
  }

  /// A convention proposes what it defines, and the user's values take precedence.
  @Test func conventionsProposeHorizonsAndTasks() throws {
    #expect(try resolve("task=cheetah-dir")["horizon"] == 100)
    #expect(try resolve("task=cheetah-dir", "convention=pearl")["horizon"] == 200)
    let velocity = try resolve("task=cheetah-vel")
    #expect(velocity["horizon"] == 200 && velocity["train_tasks"] == 100 && velocity["test_tasks"] == 30)
    let own = try resolve("task=cheetah-vel", "convention=promp", "test_tasks=7")
    #expect(own["horizon"] == 100 && own["train_tasks"] == 0 && own["test_tasks"] == 7)
    #expect(try resolve("task=point-navigation", "convention=pearl")["horizon"] == 20)
    #expect(try resolve("task=walker-rand-params")["train_tasks"] == 40)
  }

  @Test(arguments: SupervisedTaskFamilies.generated.map(\.card.name))
  func configurationReadsBackFromItsText(task: String) throws {
    let configuration = try resolve(
      "task=\(task)", "algorithm=reptile", "hidden_sizes=[]", "initializer=he", "inner_optimizer=adam")
    #expect(configuration["hidden_sizes"] == [])
    let text = ConfigurationFile.text(of: configuration)
    let again = try RunConfiguration(
      settings: ConfigurationFile.settings(in: text, path: "config.yaml"), catalog: .standard)
    #expect(again == configuration)
    #expect(!text.contains("horizon") && text.contains("shots: "))
  }

  @Test(arguments: [
    (
      ["task=sinusoid", "horizon=5"],
      "--set horizon=5: maml on sinusoid has no key horizon, which belongs to policies, such as task="
    ),
    (
      ["shots=5", "task=cheetah-dir"],
      "--set shots=5: maml on cheetah-dir has no key shots, which belongs to images, such as task="
    ),
    (["task=sinusoid", "shot=5"], "--set shot=5: unknown key 'shot'; did you mean 'shots'?"),
    (["task=sinusoid", "shots=0"], "--set shots=0: shots: expected a whole number from 1 to 100000, found '0'"),
    (
      ["task=sinusoid", "meta_batch_size=10000", "shots=100000"],
      "meta_batch_size x (shots + queries): expected at most 100000000 examples, found 1000100000"
    ),
  ])
  func settingThatMakesNoSenseIsRefused(arguments: [String], message: String) {
    let error = userError {
      _ = try RunConfiguration(
        settings: arguments.map { try ConfigurationSetting(argument: $0) }, catalog: .standard)
    }
    #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "no error")")
    #expect(error?.status == .usage)
  }

  @Test func shotsOfAPolicyAreRefused() throws {
    let temporary = try TemporaryFolder()
    let folder = RunFolder(path: "\(temporary.path)/run")
    _ = try TrainingRun(configuration: .quick(), folder: folder, catalog: .quick).train()
    let error = userError {
      _ = try folder.evaluate(tasks: 1, steps: 1, seed: nil, shots: 5, catalog: .quick, warn: { _ in })
    }
    #expect(error == UserError("shots 5: random-walk adapts to episodes and has no shots", status: .usage))
  }
}
