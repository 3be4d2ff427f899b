import NeuralNetworks
import Parts
import RunFixtures
@testable import Runs
import Testing
@testable import Training

/// Runs that start from another run's parameters.
@Suite struct WarmStartTests {
  private let workshop: RunWorkshop

  init() throws {
    workshop = try RunWorkshop()
    _ = try workshop.start("first").train()
  }

  private var initial: [String] { ["init=\(workshop.checkpointPath("first", 6))", "seed=9"] }

  private func contents(_ name: String, _ iteration: Int) throws -> CheckpointContents {
    try CheckpointStore.read(workshop.checkpointPath(name, iteration)).contents
  }

  /// Parameters are taken; what moves them, and how often, starts anew.
  @Test func onlyWhatIsLearnedIsTaken() throws {
    let configuration = try RunConfiguration.quick(iterations: 6, initial)
    let start = try Catalog.quick.makeTrainer(configuration).checkpoint
    let first = try contents("first", 6)
    #expect(start.tensors[0] == first.tensors[0] && start.tensors[0].name == "weights")
    #expect(start.tensors[1].values == [0] && first.tensors[1].values != [0])
    #expect(start.metadata == ["updates": "0"] && first.metadata == ["updates": "6"])
  }

  /// The run keeps what it started from, whatever becomes of the other run.
  @Test func killedResumedAndReplayedRunsHaveTheSameBits() throws {
    _ = try workshop.start("whole", iterations: 6, initial).train()
    try workshop.kill("early", after: 1, of: 6, initial)
    try workshop.kill("late", after: 3, of: 6, initial)
    try StoredFile.write("other", to: workshop.checkpointPath("first", 6))
    for name in ["early", "late"] {
      #expect(try workshop.resume(name).train() == .completed)
      #expect(try workshop.rows(name) == workshop.rows("whole"))
      #expect(try workshop.temporary.bytes("\(name)/hashes.csv") == workshop.temporary.bytes("whole/hashes.csv"))
      #expect(try RunReplay(workshop.folder(name), catalog: .quick).run() == .same)
    }
    #expect(try workshop.temporary.text("whole/config.yaml").contains("\ninit: init.safetensors\n"))
  }

  @Test func anotherCheckpointIsAnotherRun() throws {
    _ = try workshop.start("run", iterations: 6, initial).train()
    let found = try RunIdentity(workshop.folder("run").configuration(catalog: .quick))
    let other = try RunIdentity(.quick(iterations: 6, ["init=\(workshop.checkpointPath("first", 2))", "seed=9"]))
    #expect(found.firstDifference(from: other)?.key == "init")
    try StoredFile.write(
      workshop.temporary.bytes("first/checkpoints/iteration-000004.safetensors"),
      to: "\(workshop.folder("run").path)/init.safetensors")
    let error = userError { _ = try workshop.resume("run") }
    #expect(error?.message.contains("of another run: expected init ") == true, "\(error?.message ?? "none")")
  }

  @Test func tensorsOfOtherShapesAreNamed() throws {
    let error = userError { _ = try workshop.start("wide", iterations: 6, initial + ["hidden_sizes=[6]"]) }
    #expect(error?.status == .configuration)
    #expect(error?.message.contains("expected weights with shape [6, 1], found shape [5, 1]") == true)
    #expect(!StoredFile.exists(workshop.folder("wide").path))
  }

  @Test func damagedCheckpointsAreRefused() throws {
    try workshop.damage(workshop.checkpointPath("first", 6)) { $0[$0.count - 1] ^= 1 }
    let error = userError { _ = try workshop.start("run", iterations: 6, initial) }
    #expect(error?.status == .malformedData && error?.message.contains("damaged") == true)
  }

  /// An algorithm with rates that it learns starts them anew where the other had none, and the other way round.
  @Test func parametersOfRulesMayBeMissingOrSurplus() throws {
    func configuration(_ algorithm: String, _ more: [String] = []) throws -> RunConfiguration {
      let arguments = ["task=sinusoid", "hidden_sizes=[4]", "iterations=2", "algorithm=\(algorithm)"] + more
      return try RunConfiguration(
        settings: arguments.map { try ConfigurationSetting(argument: $0) }, catalog: .standard)
    }
    for (first, second) in [("maml", "meta-sgd"), ("meta-sgd", "maml")] {
      let folder = workshop.folder("\(first)-first")
      _ = try TrainingRun(configuration: configuration(first), folder: folder, catalog: .standard).train()
      let path = folder.checkpoints.path(ofIteration: 2)
      let warm = try Catalog.standard.makeTrainer(configuration(second, ["init=\(path)", "seed=2"])).checkpoint
      let own = try Catalog.standard.makeTrainer(configuration(second, ["seed=2"])).checkpoint
      let origin = try CheckpointStore.read(path).contents
      #expect(warm.tensors.map(\.name) == own.tensors.map(\.name))
      for (tensor, anew) in zip(warm.tensors, own.tensors) {
        let other = origin.tensors.first { $0.name == tensor.name && tensor.name.hasPrefix("model.") }
        #expect(tensor == other ?? anew, "\(tensor.name)")
      }
      #expect(warm.tensors.contains { $0.name.hasPrefix("model.hidden1") } && warm.tensors != own.tensors)
    }
  }

  /// What a folder has is compared with what is wanted, but for what a resumed run may change.
  @Test func wantedRunsAreContinuedOrRefused() throws {
    func resume(_ more: [String], iterations: Int = 6) throws -> TrainingRun {
      let settings = try (["iterations=\(iterations)"] + more).map { try ConfigurationSetting(argument: $0) }
      return try TrainingRun(
        resuming: workshop.folder("first"), of: .quick(iterations: iterations, more), settings: settings,
        catalog: .quick
      ) { _ in }
    }
    #expect(try resume([]).completedIterations == 6)
    #expect(try resume(["checkpoint_interval=3"], iterations: 8).configuration.run.iterations == 8)
    let error = userError { _ = try resume(["seed=3"], iterations: 8) }
    #expect(error?.message.contains("first: expected a run with seed 3, found one with 1; ") == true)
    #expect(userError { _ = try resume([], iterations: 7) }?.message.contains("may grow but not shrink") == true)
    // As many as it has, or fewer, are no fault: nothing is left to train.
    let finished = try resume([], iterations: 5)
    #expect(finished.iterations == 5 && finished.completedIterations == 6)
    #expect(try finished.train() == .completed && finished.configuration.run.iterations == 8)
  }
}
