import Foundation
import Parts
import RunFixtures
@testable import Runs
import Testing
@testable import Training

@Suite struct RunReplayTests {
  private let workshop: RunWorkshop

  init() throws { workshop = try RunWorkshop() }

  private func replay(_ name: String, iterations: Int? = nil) throws -> RunReplay.Outcome {
    try RunReplay(workshop.folder(name), iterations: iterations, catalog: .quick).run()
  }

  @Test func runComesOutTheSameAgainAndItsFolderStaysAsItWas() throws {
    try workshop.kill("run", after: 3)
    _ = try workshop.resume("run", ["iterations=8"]).train()
    let names = try workshop.temporary.names("run")
    let metrics = try workshop.temporary.bytes("run/metrics.csv")
    #expect(try replay("run") == .same)
    #expect(try RunReplay(workshop.folder("run"), catalog: .quick).iterations == 8)
    #expect(try workshop.temporary.names("run") == names)
    #expect(try workshop.temporary.bytes("run/metrics.csv") == metrics)
  }

  @Test(arguments: [(1, "parameters"), (2, "metrics")]) func firstIterationThatDiffersIsNamed(
    column: Int, what: String
  ) throws {
    _ = try workshop.start("run").train()
    let lines = try workshop.temporary.text("run/hashes.csv").split(separator: "\n").map(String.init)
    var fields = lines[3].split(separator: ",").map(String.init)
    fields[column] = "0123456789abcdef"
    var changed = lines
    changed[3] = fields.joined(separator: ",")
    try StoredFile.write(changed.joined(separator: "\n") + "\n", to: workshop.folder("run").hashesPath)
    #expect(try replay("run") == .differs(iteration: 3, what: [what]))
    #expect(try replay("run", iterations: 2) == .same)
  }

  /// Layers wide enough for OpenBLAS, whose sums have another order than those of the kernels that have the same bits
  /// everywhere. A trainer that is made in between is the last to say what it computes by.
  @Test func runsOfOneProcessComputeEachByTheKernelsItAsksFor() throws {
    func makeTrainer(_ kernels: String) throws -> any MetaTrainer {
      let arguments = [
        "task=linear-classification", "hidden_sizes=[128,128]", "shots=130", "queries=130", "workers=2", kernels,
      ]
      let configuration = try RunConfiguration(
        settings: arguments.map { try ConfigurationSetting(argument: $0) }, catalog: .standard)
      return try Catalog.standard.makeTrainer(configuration)
    }
    func parameters(_ trainers: [String]) throws -> [[NamedArray]] {
      var made = try trainers.map { try makeTrainer("deterministic_kernels=\($0)") }
      for iteration in 1...2 {
        for index in made.indices { _ = try made[index].iterate(iteration) }
      }
      return made.map(\.checkpoint.tensors)
    }
    let (deterministic, fastest) = (try parameters(["true"])[0], try parameters(["false"])[0])
    #expect(deterministic != fastest)
    #expect(try parameters(["true", "false"]) == [deterministic, fastest])
    #expect(try parameters(["false", "true"]) == [fastest, deterministic])
  }

  @Test func runOfAnotherConfigurationDiffersFromItsFirstIteration() throws {
    _ = try workshop.start("run").train()
    let path = workshop.folder("run").configurationPath
    let text = try workshop.temporary.text("run/config.yaml").replacing("seed: 1", with: "seed: 2")
    try StoredFile.write(text, to: path)
    #expect(try replay("run") == .differs(iteration: 1, what: ["parameters", "metrics"]))
  }

  @Test func kernelsOfAnotherMachineAreTold() throws {
    _ = try workshop.start("run").train()
    #expect(try RunReplay(workshop.folder("run"), catalog: .quick).otherKernels == [])
    let path = workshop.folder("run").hashesPath
    var lines = try workshop.temporary.text("run/hashes.csv").split(separator: "\n").map(String.init)
    lines[2] = lines[2].split(separator: ",").dropLast().joined(separator: ",") + ",x86-64-v9+Future"
    try StoredFile.write(lines.joined(separator: "\n") + "\n", to: path)
    #expect(try RunReplay(workshop.folder("run"), catalog: .quick).otherKernels == ["x86-64-v9+Future"])
  }

  @Test func stoppedReplaySaysHowFarItCame() throws {
    _ = try workshop.start("run").train()
    let replay = try RunReplay(workshop.folder("run"), catalog: .quick)
    #expect(try replay.run(shouldStop: { true }) == .interrupted(iteration: 1))
  }

  @Test func runWithoutHashesIsRefused() throws {
    _ = try workshop.start("run")
    #expect(userError { _ = try replay("run") }?.status == .missingInput)
    #expect(userError { _ = try replay("nowhere") }?.status == .missingInput)
  }

  @Test(arguments: [
    "", "iteration,parameters\n", "iteration,parameters,metrics,kernels\n2,0123456789abcdef,0123456789abcdef,k\n",
    "iteration,parameters,metrics,kernels\n1,0123456789abcdef,0123456789abcde,k\n",
    "iteration,parameters,metrics,kernels\n1,0123456789abcdef,0123456789abcdef\n",
  ]) func damagedHashesAreRefused(text: String) throws {
    let path = "\(workshop.temporary.path)/hashes.csv"
    try StoredFile.write(text, to: path)
    #expect(userError { _ = try IterationHashes(path: path) }?.status == .malformedData)
  }
}

/// A robot of the user's is part of the run: its contents, not its path.
@Suite struct StoredRobotTests {
  private let workshop: RunWorkshop
  private let robot: String

  init() throws {
    workshop = try RunWorkshop()
    robot = "\(workshop.temporary.path)/mine.xml"
    let project = #filePath.replacing("Tests/TrainingTests/RunReplayTests.swift", with: "")
    let model = try String(contentsOfFile: project + "envs/half_cheetah.xml", encoding: .utf8)
    try StoredFile.write(model, to: robot)
  }

  private func train(_ name: String, _ more: [String] = [], iterations: Int = 2) throws {
    let arguments =
      [
        "task=cheetah-dir", "meta_batch_size=2", "episodes=2", "horizon=5", "hidden_sizes=[4]", "workers=1",
        "checkpoint_interval=1", "iterations=\(iterations)",
      ] + more
    let configuration = try RunConfiguration(
      settings: arguments.map { try ConfigurationSetting(argument: $0) }, catalog: .standard)
    _ = try TrainingRun(configuration: configuration, folder: workshop.folder(name), catalog: .standard).train()
  }

  /// Doubles the gear of the robot's motors.
  private func change(_ path: String) throws {
    let text = String(decoding: try StoredFile.read(path, limit: 1 << 20), as: UTF8.self)
    let changed = text.replacing("gear=\"120\"", with: "gear=\"60\"")
    try #require(changed != text)
    try StoredFile.write(changed, to: path)
  }

  @Test func runRepeatsWhenTheUsersFileHasChanged() throws {
    try train("run", ["model=\(robot)"])
    try change(robot)
    #expect(try RunReplay(workshop.folder("run"), catalog: .standard).run() == .same)
    try train("changed", ["model=\(robot)"])
    #expect(
      try workshop.temporary.bytes("run/hashes.csv") != workshop.temporary.bytes("changed/hashes.csv"))
  }

  @Test func movedRunGoesOnWithItsRobot() throws {
    try train("whole", ["model=\(robot)"], iterations: 3)
    try train("run", ["model=\(robot)"])
    try FileManager.default.removeItem(atPath: robot)
    try FileManager.default.moveItem(atPath: workshop.folder("run").path, toPath: workshop.folder("moved").path)
    _ = try TrainingRun(
      resuming: workshop.folder("moved"), settings: [ConfigurationSetting(argument: "iterations=3")],
      catalog: .standard, warn: { _ in }
    ).train()
    #expect(try workshop.temporary.bytes("moved/hashes.csv") == workshop.temporary.bytes("whole/hashes.csv"))
  }

  /// Earlier versions called the copy `robot.xml`.
  @Test func folderWithAnotherNameForTheRobotCanStillBeMoved() throws {
    try train("run", ["model=\(robot)"])
    let path = workshop.folder("run").path
    try FileManager.default.moveItem(atPath: path + "/model.xml", toPath: path + "/robot.xml")
    let text = try workshop.temporary.text("run/config.yaml")
    try StoredFile.write(text.replacing("model: model.xml", with: "model: robot.xml"), to: path + "/config.yaml")
    _ = try TrainingRun(
      resuming: workshop.folder("run"), settings: [ConfigurationSetting(argument: "iterations=3")],
      catalog: .standard, warn: { _ in }
    ).train()
    #expect(try workshop.temporary.text("run/config.yaml").contains("\nmodel: robot.xml\n"))
  }

  @Test func changedCopyOfTheRobotIsFound() throws {
    try train("run", ["model=\(robot)"])
    try change(workshop.folder("run").path + "/model.xml")
    let error = userError {
      _ = try TrainingRun(resuming: workshop.folder("run"), settings: [], catalog: .standard, warn: { _ in })
    }
    #expect(error?.message.contains("of another run: expected model ") == true)
  }
}
