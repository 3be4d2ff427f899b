@testable import Evaluation
import FewShotTasks
import Foundation
import MetaLearning
import NeuralNetworks
import Parts
import RandomStreams
import RunFixtures
@testable import Runs
import TensorCore
import Testing
@testable import Training

/// Supervised runs from the configuration to the evaluation, small ones.
@Suite struct SupervisedTrainingTests {
  let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  private func configuration(_ arguments: [String]) throws -> RunConfiguration {
    try RunConfiguration(
      settings: (["task=sinusoid", "hidden_sizes=[5]", "checkpoint_interval=2"] + arguments).map {
        try ConfigurationSetting(argument: $0)
      }, catalog: .standard)
  }

  private func folder(_ name: String) -> RunFolder { RunFolder(path: "\(temporary.path)/\(name)") }

  private func train(_ name: String, _ arguments: [String]) throws {
    _ = try TrainingRun(configuration: configuration(arguments), folder: folder(name), catalog: .standard).train()
  }

  private func metrics(_ name: String) throws -> [[Double]] {
    let table = try MetricsTable(path: folder(name).metricsPath)
    return ["iteration", "loss_before", "loss_after", "loss"].map { table.column($0) ?? [] }
  }

  @Test(arguments: SupervisedTaskFamilies.generated.map(\.card.name))
  func everyAlgorithmTrainsAndEvaluatesEveryTask(task: String) throws {
    for algorithm in Catalog.standard.algorithms.map(\.card.name) {
      let name = "\(task)-\(algorithm)"
      try train(name, ["task=\(task)", "algorithm=\(algorithm)", "iterations=2", "shots=12", "queries=6"])
      #expect(try metrics(name).allSatisfy { $0.count == 2 && $0.allSatisfy(\.isFinite) }, "\(name)")
      let report = try folder(name).evaluate(tasks: 3, steps: 2, seed: nil, catalog: .standard, warn: { _ in })
      #expect(report.steps.count == 3, "\(name)")
      #expect(report.measure == (task == "linear-classification" ? "accuracy" : "loss"))
    }
  }

  /// Ten examples and 41 numbers of an output layer: its Hessian alone is singular. The solver comes to its tolerance, and
  /// where it is not let to, the table tells.
  @Test func implicitRecoveryOfMoreWeightsThanExamplesIsSolvedOrToldOf() throws {
    let wide = [
      "algorithm=mlsr", "recovery=fista", "recovery_start=zero", "meta_gradient=implicit", "hidden_sizes=[40]",
      "inner_rate=0.05", "inner_steps=30", "iterations=20", "initializer=xavier",
    ]
    try train("solved", wide)
    let residuals = try MetricsTable(path: folder("solved").metricsPath).column("cg_residual")
    // The tolerance that is mlsr's by default, which the solver's recurrence meets: roundings lie between it and b - A x.
    #expect(residuals?.count == 20 && residuals?.allSatisfy { $0 <= 0.000101 } == true, "\(residuals as Any)")
    try train("cut", wide + ["cg_steps=1"])
    let cut = try MetricsTable(path: folder("cut").metricsPath).column("cg_residual")
    #expect(cut?.allSatisfy { $0 > 0.01 } == true, "\(cut as Any)")
    #expect(userError { _ = try configuration(wide + ["recovery_ridge=0"]) }?.message.contains("above 0") == true)
    // A direct meta-gradient has no ridge.
    let direct = userError { _ = try configuration(["algorithm=mlsr", "recovery_ridge=0.1"]) }
    #expect(direct?.message.contains("does not use recovery_ridge") == true)
  }

  /// Steps that are too long for features of 40 numbers, and short ones: the table has both, and one line tells of the former.
  @Test func implicitRecoveryThatDoesNotConvergeIsToldOf() throws {
    func train(
      _ name: String, rate: Double, steps: Int
    ) throws -> (residuals: [Double], warnings: [String], summaries: [String]) {
      let run = try TrainingRun(
        configuration: configuration([
          "algorithm=mlsr", "recovery=fista", "recovery_start=zero", "meta_gradient=implicit", "hidden_sizes=[40]",
          "inner_rate=\(rate)", "inner_steps=\(steps)", "iterations=3", "outer_rate=0.0001", "initializer=xavier",
        ]), folder: folder(name), catalog: .standard)
      var warnings: [String] = []
      _ = try run.train(warn: { warnings.append($0) })
      let residuals = try MetricsTable(path: folder(name).metricsPath).column("recovery_residual") ?? []
      return (residuals, warnings, run.summaries)
    }
    let short = try train("short", rate: 0.02, steps: 100)
    #expect(short.residuals.count == 3 && short.residuals.allSatisfy { $0 < 0.1 }, "\(short)")
    #expect(short.warnings.isEmpty && short.summaries.isEmpty)
    let long = try train("long", rate: 0.3, steps: 5)
    #expect(long.residuals.count == 3 && long.residuals.allSatisfy { !($0 <= 0.1) }, "\(long)")
    #expect(long.warnings.count == 1, "\(long.warnings)")
    #expect(long.warnings.first?.hasPrefix("iteration 1: recovery_residual is ") == true)
    #expect(long.warnings.first?.contains("a smaller inner_rate or more inner_steps") == true)
    #expect(long.summaries.count == 1)
    #expect(long.summaries.first?.hasPrefix("recovery_residual was above 0.1 in 3 of 3 iterations: ") == true)
  }

  @Test(arguments: [
    ["algorithm=mlsr", "recovery=fista", "inner_steps=3"],
    ["algorithm=mlsr", "recovery=subgradient", "recovery_decay=0.9"],
    ["algorithm=mlsr", "recovery=hard-threshold", "recovery_sparsity=2"], ["algorithm=mlsr", "recovery=mae"],
    ["algorithm=mlsr", "recovery_start=zero", "meta_gradient=unrolled"],
    ["algorithm=mlsr", "recovery_start=zero", "meta_gradient=implicit"],
    ["algorithm=mlsr-maml", "recovery=mae", "recovery_steps=2", "recovery_rate=0.1", "meta_gradient=unrolled"],
    ["algorithm=imaml", "learn_regularization=true", "regularization=0.5", "cg_steps=2", "cg_tolerance=0.1"],
    ["algorithm=imaml", "meta_gradient=unrolled", "learn_regularization=true", "inner_steps=3"],
    ["algorithm=imaml-hf", "direction_cg_steps=3", "line_search_trials=4", "inner_steps=2"],
    ["adapted=output"], ["adapted=hidden"], ["algorithm=imaml", "adapted=output"],
    ["algorithm=meta-sgd", "adapted=[hidden1, output]"],
    ["algorithm=reptile", "adapted=hidden1", "inner_optimizer=adam"], ["inner_batch=3", "inner_steps=2"],
    ["algorithm=imaml", "inner_momentum=0.5", "inner_tolerance=0.001"],
    ["algorithm=imaml", "meta_gradient=truncated", "truncated_steps=2", "inner_steps=6", "inner_momentum=0.5"],
    ["algorithm=imaml", "learn_regularization=true", "learned_regularization=layer", "cg_damping=1"],
    ["algorithm=imaml", "regularization_factors=[1, 2]", "learn_regularization=true"],
    ["algorithm=imaml", "learn_regularization=true", "learned_regularization=element", "meta_gradient=unrolled"],
    ["algorithm=imaml", "cg_damping=1", "cg_regularization_damping=10"],
    ["algorithm=imaml-hf", "regularization_factors=2,1", "cg_damping=0.5", "inner_steps=2"],
    ["algorithm=mt-net", "mask=soft", "mask_temperature=0.5", "mask_logit=1"],
  ]) func everyChoiceTrainsAndEvaluates(_ arguments: [String]) throws {
    try train("run", arguments + ["iterations=2", "initializer=he"])
    #expect(try metrics("run").allSatisfy { $0.count == 2 && $0.allSatisfy(\.isFinite) })
    let report = try folder("run").evaluate(tasks: 3, steps: 4, seed: nil, catalog: .standard, warn: { _ in })
    #expect(Set(report.steps.map(\.mean)).count == 5)
  }

  @Test(
    arguments: [
      ("own", ["all": true]), ("all", ["all": true]), ("output", ["output": true]), ("hidden", ["hidden1": true]),
    ] as [(String, [String: Bool])])
  func chosenLayersAloneAreAdapted(adapted: String, expected: [String: Bool]) throws {
    let setup = try SupervisedSetup(configuration(["adapted=\(adapted)"]))
    let start = setup.algorithm.adaptation.start(setup.initialParameters, tasks: 2).model
    for (name, (before, after)) in zip(start.names, zip(setup.initialParameters.model.shapes, start.shapes)) {
      let layer = name.split(separator: ".")[0]
      #expect((before != after) == (expected["all"] ?? false || expected[String(layer)] ?? false), "\(name)")
    }
  }

  @Test func metricsHaveTheLossesAndNoEnvironment() throws {
    try train("run", ["iterations=1"])
    #expect(
      try MetricsTable(path: folder("run").metricsPath).columns
        == ["iteration", "loss_before", "loss_after", "loss", "iteration_seconds"])
  }

  /// 25 tasks are two chunks, of 12 and of 13.
  @Test(arguments: ["maml", "reptile", "meta-sgd", "klin", "mt-net", "imaml-hf"]) func bitsDoNotDependOnTheWorkers(
    algorithm: String
  ) throws {
    for workers in [1, 2, 3] {
      try train(
        "\(workers)", ["algorithm=\(algorithm)", "iterations=3", "meta_batch_size=25", "workers=\(workers)"])
    }
    let last = "checkpoints/iteration-000003.safetensors"
    for workers in [2, 3] {
      #expect(try metrics("\(workers)") == metrics("1"))
      #expect(try temporary.bytes("\(workers)/\(last)") == temporary.bytes("1/\(last)"))
    }
    let reports = try [1, 3].map {
      try folder("\($0)").evaluate(tasks: 20, steps: 2, seed: nil, catalog: .standard, warn: { _ in })
    }
    #expect(reports[0] == reports[1])
  }

  @Test(arguments: ["meta-sgd", "mt-net"]) func killedAndResumedRunHasTheBitsOfAnUninterruptedOne(
    algorithm: String
  ) throws {
    struct Killed: Error {}
    let arguments = ["iterations=5", "algorithm=\(algorithm)"]
    try train("whole", arguments)
    let killed = try TrainingRun(
      configuration: configuration(arguments), folder: folder("killed"),
      catalog: .standard)
    #expect(throws: Killed.self) { _ = try killed.train(report: { if $0.iteration == 3 { throw Killed() } }) }
    try resumeAfterKill()
    #expect(try metrics("killed") == metrics("whole"))
    let last = "checkpoints/iteration-000005.safetensors"
    #expect(try temporary.bytes("killed/\(last)") == temporary.bytes("whole/\(last)"))
  }

  private func resumeAfterKill() throws {
    let copy = folder("killed-copy")
    try FileManager.default.copyItem(atPath: folder("killed").path, toPath: copy.path)
    _ = try TrainingRun(resuming: copy, settings: [], catalog: .standard) { _ in }.train()
    try FileManager.default.removeItem(atPath: folder("killed").path)
    try FileManager.default.moveItem(atPath: copy.path, toPath: folder("killed").path)
  }

  @Test func evaluationIsOfHeldOutTasksThatShotsDoNotChange() throws {
    try train("run", ["iterations=2"])
    func report(shots: Int?, seed: Int?) throws -> EvaluationReport {
      try folder("run").evaluate(tasks: 5, steps: 1, seed: seed, shots: shots, catalog: .standard, warn: { _ in })
    }
    let (usual, fewer, other) = (
      try report(shots: nil, seed: nil), try report(shots: 5, seed: nil), try report(shots: nil, seed: 9)
    )
    #expect(usual.shots == 10 && fewer.shots == 5)
    // Before adaptation the same tasks have the same score, with whatever support; other tasks have another.
    #expect(usual.steps[0] == fewer.steps[0])
    #expect(usual.steps[1] != fewer.steps[1])
    #expect(usual.steps[0] != other.steps[0])
  }

  /// What iMAML adds to the table: the distance that a tolerance leaves, and the strengths of layers.
  @Test func tolerancesAndStrengthsHaveColumns() throws {
    let arguments = [
      "algorithm=imaml", "iterations=3", "inner_tolerance=0.01", "inner_steps=300", "inner_rate=0.005",
      "learn_regularization=true", "learned_regularization=layer", "initializer=xavier",
    ]
    try train("run", arguments)
    let table = try MetricsTable(path: folder("run").metricsPath)
    #expect(table.column("inner_distance")?.allSatisfy { $0 > 0 && $0 <= 0.01 } == true)
    for layer in ["hidden1", "output"] {
      let strengths = try #require(table.column("regularization_\(layer)"))
      // From 30 on, and a step of Adam changes a logarithm by 0.001.
      #expect(strengths.allSatisfy { abs($0 / 30 - 1) < 0.01 } && Set(strengths).count == 3, "\(strengths)")
    }
    try train("plain", ["algorithm=imaml", "iterations=1"])
    #expect(try !MetricsTable(path: folder("plain").metricsPath).columns.contains("inner_distance"))
  }

  /// Minibatches of all examples are all examples, and smaller ones give other bits.
  @Test(arguments: ["reptile", "maml"]) func minibatchOfAllExamplesChangesNothing(algorithm: String) throws {
    for size in [0, 10, 1_000, 4] {
      let settings = ["algorithm=\(algorithm)", "iterations=3", "shots=10", "inner_steps=3", "inner_batch=\(size)"]
      try train("\(size)", settings)
    }
    let losses = try [0, 10, 1_000, 4].map { try metrics("\($0)") }
    #expect(losses[0] == losses[1] && losses[0] == losses[2] && losses[0] != losses[3])
    // An evaluation may take other ones.
    func scores(_ settings: [String]) throws -> [Double] {
      try folder("4").evaluate(
        tasks: 3, steps: 3, seed: nil, settings: settings.map { try ConfigurationSetting(argument: $0) },
        catalog: .standard, warn: { _ in }
      ).steps.map(\.mean)
    }
    let (own, all) = (try scores([]), try scores(["inner_batch=0"]))
    #expect(own[0] == all[0] && own[3] != all[3])
  }

  /// Signals of 3 of 32 frequencies from 24 samples: in the basis of these frequencies a recovery of many steps finds most of
  /// them, while one of the default network does not.
  @Test func sparseSpectraAreRecoveredInTheirBasis() throws {
    func loss(_ name: String, _ arguments: [String]) throws -> (before: Double, after: Double) {
      _ = try TrainingRun(
        configuration: RunConfiguration(
          settings: (["task=sparse-spectrum"] + arguments).map { try ConfigurationSetting(argument: $0) },
          catalog: .standard), folder: folder(name), catalog: .standard
      ).train()
      let steps = try folder(name).evaluate(
        tasks: 24, steps: nil, seed: nil, catalog: .standard, warn: { _ in }
      ).steps
      return (steps[0].mean, steps[steps.count - 1].mean)
    }
    let basis = try loss("basis", ["algorithm=mlsr", "model=sinusoids", "inner_steps=100"])
    // A signal's mean square is 1, and the recovery starts at 0. On 200 tasks a hundred steps leave 0.1, and the default's two
    // hundred 0.04.
    #expect(basis.before > 0.5 && basis.after < 0.3 * basis.before, "\(basis)")
    let network = try loss("network", ["algorithm=mlsr", "iterations=20"])
    #expect(network.after > 0.5, "\(network)")
  }

  /// A run whose defaults do not learn says so at its start, and one that recovers does not.
  @Test(arguments: [
    ([], true), (["algorithm=mlsr"], true), (["algorithm=mlsr", "model=sinusoids"], false),
    (["model=sinusoids"], true),
  ]) func sparseSpectraWithoutTheirBasisAreWarnedOf(arguments: [String], isWarned: Bool) throws {
    let settings = ["task=sparse-spectrum"] + arguments
    let trainer = try SupervisedTrainer(
      RunConfiguration(settings: settings.map { try ConfigurationSetting(argument: $0) }, catalog: .standard))
    #expect(trainer.warnings.contains { $0.hasPrefix("sparse-spectrum: no network learns these signals") } == isWarned)
    #expect(try SupervisedTrainer(configuration([])).warnings.isEmpty)
  }

  /// MLSR is tested without the norm: its steps are then gradient steps on the output layer, those of ANIL.
  @Test func recoveryIsTestedWithoutTheNorm() throws {
    let arguments = ["inner_steps=2", "inner_rate=0.1", "iterations=3", "initializer=he"]
    try train("mlsr", arguments + ["algorithm=mlsr", "l1_strength=0.05"])
    func scores(_ settings: [String]) throws -> [Double] {
      try folder("mlsr").evaluate(
        tasks: 5, steps: 10, seed: nil, settings: settings.map { try ConfigurationSetting(argument: $0) },
        catalog: .standard, warn: { _ in }
      ).steps.map(\.mean)
    }
    let (with, without) = (try scores([]), try scores(["l1_strength=0"]))
    #expect(with[0] == without[0] && zip(with, without).dropFirst().allSatisfy { $0 != $1 })
    // The same parameters, adapted by ANIL's steps.
    let configuration = try configuration(arguments + ["algorithm=anil"])
    let stored = try folder("mlsr").configuration(catalog: .standard)
    let checkpoint = try #require(
      try folder("mlsr").checkpoints.newest(
        fitting: SupervisedTrainer(stored).checkpoint, of: RunIdentity(stored)
      ) { _ in })
    let anil = try SupervisedEvaluator(configuration).evaluate(
      EvaluationRequest(checkpoint: checkpoint.contents, tasks: 5, steps: 10, seed: 9)
    ).map(\.scores)
    let free = try self.configuration(arguments + ["algorithm=mlsr", "l1_strength=0"])
    let own = try SupervisedEvaluator(free).evaluate(
      EvaluationRequest(checkpoint: checkpoint.contents, tasks: 5, steps: 10, seed: 9)
    ).map(\.scores)
    // A threshold of 0 gives the number itself; its fused pass may round once less.
    for (x, y) in zip(own.joined(), anil.joined()) { #expect(abs(x - y) <= 1e-5 * max(1, abs(y))) }
    #expect(own.joined().contains { $0 > 0 })
  }

  @Test func shareOfUpdatedOutputsHasColumnsOfItsOwn() throws {
    try train("run", ["algorithm=mt-net", "iterations=2"])
    let table = try MetricsTable(path: folder("run").metricsPath)
    let names = ["update_share", "update_share_hidden1", "update_share_output"]
    #expect(table.columns.filter { $0.hasPrefix("update_share") } == names)
    // One step of Adam moves a logit by its rate, 0.001, and sigma by a quarter of that; it may move up or down.
    for name in names {
      let shares = try #require(table.column(name))
      #expect(shares.allSatisfy { abs($0 - 0.5) < 0.001 } && shares[1] != shares[0], "\(name)")
    }
  }

  /// 20 tasks are two chunks of 10, and 40 three of 13 and 14: most tasks stand elsewhere in theirs, with the same masks.
  @Test func masksOfEvaluationFollowFromItsSeedAndTheTask() throws {
    try train("run", ["algorithm=mt-net", "iterations=2", "initializer=he"])
    func scores(tasks: Int, seed: Int) throws -> [[Double]] {
      let configuration = try folder("run").configuration(catalog: .standard)
      let checkpoint = try #require(
        try folder("run").checkpoints.newest(
          fitting: SupervisedTrainer(configuration).checkpoint, of: RunIdentity(configuration)
        ) { _ in })
      return try SupervisedEvaluator(configuration).evaluate(
        EvaluationRequest(checkpoint: checkpoint.contents, tasks: tasks, steps: 2, seed: seed)
      ).map(\.scores)
    }
    // Products of other shapes may add up in another order.
    let (few, many) = (try scores(tasks: 20, seed: 3), try scores(tasks: 40, seed: 3))
    for (few, many) in zip(few, many) {
      for (x, y) in zip(few, many) { #expect(abs(x - y) < 1e-4 * max(1, abs(y))) }
    }
    #expect(try scores(tasks: 20, seed: 4) != few)
  }

  @Test func linearNetworkIsLinear() throws {
    var stream = RandomAddress(seed: 1, purpose: .test).stream
    let setup = try SupervisedSetup(configuration(["model=linnet", "hidden_sizes=[5, 4]", "initializer=he"]))
    let parameters: Parameters<Float> = setup.model.initialParameters(from: &stream)
    let outputs = setup.model(parameters, Tensor(shape: [3, 1], scalars: [-1, 0, 1])).scalars
    // Biases start at 0: f(-1) = -f(1), which no ReLU network of these weights gives.
    #expect(outputs[1] == 0 && abs(outputs[0] + outputs[2]) < 1e-6 && outputs[2] != 0)
    let bent = try SupervisedSetup(configuration(["hidden_sizes=[5, 4]", "initializer=he"])).model
    let others = bent(parameters, Tensor(shape: [3, 1], scalars: [-1, 0, 1])).scalars
    #expect(abs(others[0] + others[2]) > 1e-3)
  }

  @Test func adaptationIsLearned() throws {
    // Linear functions, which a linear model can adapt to: MAML learns to within some hundred iterations.
    let arguments = ["task=polynomial-1", "hidden_sizes=[]", "iterations=300", "inner_rate=0.2", "outer_rate=0.01"]
    try train("run", arguments)
    let steps = try folder("run").evaluate(tasks: 50, steps: 2, seed: nil, catalog: .standard, warn: { _ in }).steps
    // Tasks scatter with variances 1/3 and 1/3 x mean (x/2)^2 = 1/9 about their mean: 0.44 is what no adaptation can go
    // below; a step at this rate takes a share of 0.4 of the offset and of 0.53 of the slope away.
    #expect(steps[0].mean > 0.3 && steps[1].mean < 0.7 * steps[0].mean && steps[2].mean < 0.5 * steps[0].mean)
  }

  @Test func divergedRunSaysWhereAndWhy() throws {
    let error = userError {
      try train("run", ["iterations=50", "inner_rate=1000", "inner_steps=20", "initializer=he"])
    }
    #expect(error?.isDivergence == true)
    #expect(
      error?.message.hasPrefix("loss_after is not a finite number at iteration 1: ") == true, "\(error?.message ?? "")")
    #expect(error?.message.contains("a smaller inner_rate or outer_rate may help") == true)
  }

  /// Their meta-gradients have nothing to do with the adaptation that runs away.
  @Test(arguments: ["random", "joint"]) func referenceLineWhoseAdaptationDivergesIsStopped(algorithm: String) throws {
    let settings = ["algorithm=\(algorithm)", "iterations=30", "inner_rate=1000", "inner_steps=20", "initializer=he"]
    let error = userError { try train("run", settings) }
    #expect(error?.isDivergence == true)
    #expect(error?.message.hasPrefix("loss_after is not a finite number at iteration 1: ") == true)
  }

  @Test func lastCheckpointOfADivergedRunIsKept() throws {
    let settings = [
      "iterations=40", "outer_rate=1000", "outer_step=sgd", "checkpoint_interval=1", "initializer=he",
    ]
    let error = userError { try train("run", settings) }
    let iteration = try #require(error?.message.firstMatch(of: /at iteration (\d+)/).flatMap { Int($0.1) })
    #expect(iteration > 1)
    #expect(error?.message.hasSuffix("(the checkpoint of iteration \(iteration - 1) is kept)") == true)
    let name = String(format: "iteration-%06d.safetensors", iteration - 1)
    #expect(try !temporary.bytes("run/checkpoints/\(name)").isEmpty)
  }
}
