import Environments
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

/// Several runs together, reference lines, and what one task's adaptation may see of another's.
@Suite struct RunEvaluationTests {
  private let workshop: RunWorkshop

  init() throws { workshop = try RunWorkshop() }

  private func configuration(_ arguments: [String]) throws -> RunConfiguration {
    try RunConfiguration(
      settings: (["task=sinusoid", "hidden_sizes=[5]"] + arguments).map { try ConfigurationSetting(argument: $0) },
      catalog: .standard)
  }

  private func train(_ name: String, _ arguments: [String]) throws {
    _ = try TrainingRun(
      configuration: configuration(arguments), folder: workshop.folder(name), catalog: .standard
    ).train()
  }

  private func evaluate(_ names: [String], _ options: EvaluationOptions) throws -> EvaluationReport {
    try RunEvaluation(
      names.map(workshop.folder), options: options, catalog: .standard, warn: { _ in }
    ).evaluate()
  }

  @Test func seedsOfOneExperimentHaveOneReport() throws {
    for seed in [3, 4] { try train("\(seed)", ["iterations=2", "seed=\(seed)"]) }
    let report = try evaluate(["3", "4"], EvaluationOptions(tasks: 5, steps: 2))
    #expect(report.seeds == [3, 4])
    #expect(report.intervalOver == "seeds and tasks")
    #expect(report.evaluationSeed == 3)
    let own = try [3, 4].map { try evaluate(["\($0)"], EvaluationOptions(tasks: 5, steps: 2, seed: 3)) }
    #expect(own.allSatisfy { $0.intervalOver == "tasks" })
    for k in 0...2 {
      let mean = (own[0].steps[k].mean + own[1].steps[k].mean) / 2
      // The sum of ten numbers in another order.
      #expect(abs(report.steps[k].mean - mean) < 1e-12 * mean)
      let (low, high) = try (#require(report.steps[k].low), #require(report.steps[k].high))
      #expect(low <= mean && mean <= high && low < high)
    }
    for (seed, expected) in zip([3, 4], own) {
      #expect(try workshop.temporary.text("\(seed)/evaluation.json") == JSONText.encode(expected) + "\n")
    }
  }

  /// The engine is a condition, which the family declares, and takes part in the file by its own key.
  @Test func conditionIsChosenAnewAndTold() throws {
    let setting = try ConfigurationSetting(argument: "physics=lanes")
    _ = try TrainingRun(
      configuration: RunConfiguration(
        settings: [
          "task=cheetah-dir", "iterations=1", "meta_batch_size=2", "episodes=1", "horizon=5", "hidden_sizes=[4]",
        ].map { try ConfigurationSetting(argument: $0) }, catalog: .standard),
      folder: workshop.folder("engine"), catalog: .standard
    ).train()
    let other = try evaluate(["engine"], EvaluationOptions(tasks: 2, settings: [setting]))
    #expect(other.conditions == ["physics": "lanes"])
    #expect(try workshop.temporary.text("engine/evaluation.json").contains("\n  \"physics\" : \"lanes\","))
    // That of the run's own conditions takes its place, and stays where another one comes.
    let own = try evaluate(["engine"], EvaluationOptions(tasks: 2))
    #expect(own.steps != other.steps)
    var notes: [String] = []
    _ = try RunEvaluation(
      [workshop.folder("engine")], options: EvaluationOptions(tasks: 3, settings: [setting]), catalog: .standard,
      warn: { notes.append($0) }
    ).evaluate { notes.append($0) }
    #expect(notes.count == 1 && notes[0].contains("is of the run's own conditions, and not of physics=lanes"))
    #expect(try !workshop.temporary.text("engine/evaluation.json").contains("physics"))
    let seed = try ConfigurationSetting(argument: "seed=2")
    let error = userError { _ = try evaluate(["engine"], EvaluationOptions(tasks: 2, settings: [seed])) }
    #expect(
      error?.message
        == "seed: expected a key that an evaluation may choose anew, one of adapted, inner_rate, exploration_deviation, "
        + "later_steps, later_rate, physics, workers, found "
        + "one that the training depends on")
  }

  /// A task may adapt otherwise at test time than it did in training.
  @Test func adaptationIsAConditionOfAnEvaluation() throws {
    try train("a", ["iterations=2"])
    func steps(_ setting: String) throws -> [EvaluationReport.Step] {
      let report = try evaluate(
        ["a"], EvaluationOptions(tasks: 4, steps: 2, settings: [ConfigurationSetting(argument: setting)]))
      #expect(report.conditions.count == 1)
      return report.steps
    }
    let own = try evaluate(["a"], EvaluationOptions(tasks: 4, steps: 2)).steps
    let (still, faster, last) = (try steps("inner_rate=0"), try steps("inner_rate=0.02"), try steps("adapted=output"))
    #expect(still[0] == own[0] && still[2].mean == own[0].mean)
    #expect(faster[0] == own[0] && faster[1].mean != own[1].mean)
    #expect(last[0] == own[0] && last[1].mean != own[1].mean)
  }

  @Test func anyCheckpointCanBeEvaluated() throws {
    try train("a", ["iterations=3", "checkpoint_interval=1", "inner_rate=0.1", "outer_rate=0.1"])
    let newest = try evaluate(["a"], EvaluationOptions(tasks: 4))
    let second = try evaluate(["a"], EvaluationOptions(tasks: 4, checkpoint: .iteration(2)))
    #expect(newest.iterations == [3] && second.iterations == [2] && second.steps != newest.steps)
    #expect(try evaluate(["a"], EvaluationOptions(tasks: 4, checkpoint: .iteration(3))) == newest)
    // That of an older checkpoint does not take the place of the newest one's.
    #expect(try workshop.temporary.text("a/evaluation.json") == JSONText.encode(newest) + "\n")
    let error = userError { _ = try evaluate(["a"], EvaluationOptions(tasks: 4, checkpoint: .iteration(9))) }
    #expect(
      error?.message.contains("iteration-000009.safetensors: expected a checkpoint, found none; the newest is ") == true
    )
    #expect(error?.message.hasSuffix("iteration-000003.safetensors") == true)
  }

  @Test func curveHasAReportOfEveryCommonCheckpoint() throws {
    try train("a", ["iterations=4", "checkpoint_interval=1"])
    try train("b", ["iterations=4", "checkpoint_interval=2", "seed=2"])
    let options = EvaluationOptions(tasks: 4)
    let folders = ["a", "b"].map { workshop.folder($0) }
    let curve = try CheckpointCurve(folders, options: options, catalog: .standard)
    #expect(curve.iterations == [2, 4])
    let last = try curve.report(ofIteration: 4) { _ in }
    #expect(last == (try evaluate(["a", "b"], options)))
    #expect(try curve.report(ofIteration: 2) { _ in }.steps != last.steps)
    let best = userError { _ = try evaluate(["a"], EvaluationOptions(tasks: 4, checkpoint: .best)) }
    #expect(best?.message.contains("best.safetensors: expected a checkpoint, found none; ") == true)
  }

  @Test func runsThatAreNotSeedsOfOneExperimentAreRefused() throws {
    try train("a", ["iterations=1"])
    try train("twin", ["iterations=1", "workers=1"])
    try train("other", ["iterations=1", "seed=2", "inner_rate=0.5"])
    let twin = userError { _ = try evaluate(["a", "twin"], EvaluationOptions(tasks: 2)) }
    #expect(twin?.message.contains("expected another seed") == true)
    let other = userError { _ = try evaluate(["a", "other"], EvaluationOptions(tasks: 2)) }
    #expect(other?.message.contains("expected inner_rate 0.01") == true)
    #expect(other?.status == .usage)
  }

  @Test func runsAtDifferentIterationsAreTakenTogetherOnlyWhereThatIsAskedFor() throws {
    try train("far", ["iterations=3", "seed=3"])
    try train("near", ["iterations=2", "seed=4"])
    let error = userError { _ = try evaluate(["far", "near"], EvaluationOptions(tasks: 2)) }
    #expect(error?.status == .usage)
    #expect(error?.message.contains("near: expected a newest checkpoint of iteration 3 as in ") == true)
    #expect(error?.message.contains("found one of iteration 2; ") == true)
    let report = try evaluate(["far", "near"], EvaluationOptions(tasks: 2, mixesIterations: true))
    #expect(report.iterations == [3, 2])
  }

  /// A linear model on a line it can learn exactly: the oracle's loss is next to none, that of parameters near zero is the
  /// task's own size, and training lies between.
  @Test func referencesLieOnEitherSide() throws {
    try train("run", ["task=polynomial-1", "hidden_sizes=[]", "iterations=30", "inner_rate=0.1", "outer_rate=0.1"])
    let report = try evaluate(["run"], EvaluationOptions(tasks: 4, includesReferences: true))
    let references = try #require(report.references)
    #expect(references.map(\.name) == ["random", "oracle"])
    #expect(references.map(\.steps.count) == [2, 1])
    #expect(references[1].steps[0].mean < 1e-3)
    #expect(references[1].steps[0].mean < report.steps[1].mean)
    // The random reference is what a run that is not trained scores.
    try train(
      "random",
      [
        "task=polynomial-1", "hidden_sizes=[]", "algorithm=random", "iterations=1", "inner_rate=0.1",
      ])
    let untrained = try evaluate(["random"], EvaluationOptions(tasks: 4))
    #expect(references[0].steps == untrained.steps)
  }

  /// One task of a chunk is poisoned: its examples are no numbers. The bits of all others stay, step after step.
  @Test(arguments: Catalog.standard.algorithms.map(\.card.name))
  func poisonedTaskLeavesAllOthersAlone(algorithm: String) throws {
    let (tasks, shots, poisoned) = (3, 4, 1)
    let setup = try SupervisedSetup(configuration(["algorithm=\(algorithm)", "shots=\(shots)"]))
    let noise = setup.noise.values(tasks: 0..<tasks, at: RandomAddress(seed: 1, purpose: .test))
    let programs = SupervisedPrograms(setup).innerLoop(tasks: tasks)
    func adapted(poison: Bool) -> [[Float]] {
      let inputs = (0..<tasks * shots).map { Float($0) / 7 - 1 }
      let targets = inputs.indices.map { poison && $0 / shots == poisoned ? Float.nan : inputs[$0] * inputs[$0] }
      let loop = programs.makeLoop()
      let support = LabeledExamples(
        inputs: Tensor(shape: [tasks, shots, 1], scalars: inputs),
        targets: Tensor(shape: [tasks, shots, 1], scalars: targets))
      loop.restart(from: setup.initialParameters, support: support, noise: noise)
      for _ in 0..<3 { loop.step() }
      return loop.adapted.arrays
    }
    var reached = false
    for (clean, dirty) in zip(adapted(poison: false), adapted(poison: true)) {
      let size = clean.count / tasks
      for task in 0..<tasks {
        let range = task * size..<(task + 1) * size
        let isSame = clean[range].map(\.bitPattern) == dirty[range].map(\.bitPattern)
        if task == poisoned { reached = reached || !isSame } else { #expect(isSame, "task \(task)") }
      }
    }
    #expect(reached, "the poison did not reach its own task")
  }
}
