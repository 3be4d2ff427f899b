import Environments
import FewShotTasks
import MetaLearning
import NeuralNetworks
import Parts
import RandomStreams
import Runs
import Testing
import Training

@Suite struct CatalogFaultTests {
  private func faults(adding additions: Catalog.Addition...) -> [String] {
    let faults = Catalog.standard.adding(additions).faults
    #expect(faults.allSatisfy { $0.status == .internalFault })
    return faults.map(\.message)
  }

  @Test func standardPartsHaveNone() { #expect(Catalog.standard.faults.map(\.message) == []) }

  @Test func goodAdditionsHaveNone() {
    #expect(faults(adding: .task(Family("good", defaults: ["shots": 3])), .algorithm(Algorithm())) == [])
  }

  @Test(arguments: [
    ("sinusoid", "task sinusoid: expected each name once, found two parts that have it; give yours another name"),
    (
      "", "task: expected a name of lower-case letters, digits and hyphens that does not begin with a hyphen, found ''"
    ),
    (
      "a b",
      "task: expected a name of lower-case letters, digits and hyphens that does not begin with a hyphen, found 'a b'"
    ),
    (
      "-a",
      "task: expected a name of lower-case letters, digits and hyphens that does not begin with a hyphen, found '-a'"
    ),
    (
      "Ä",
      "task: expected a name of lower-case letters, digits and hyphens that does not begin with a hyphen, found 'Ä'"
    ),
  ])
  func nameThatNoRunCanHaveIsOne(name: String, fault: String) {
    #expect(faults(adding: .task(Family(name))).contains(fault))
  }

  @Test func partsThatAreAddedTwiceAreOne() {
    let fault = "expected each name once, found two parts that have it; give yours another name"
    #expect(faults(adding: .algorithm(MAML())).contains("algorithm maml: \(fault)"))
    #expect(faults(adding: .outerOptimizer(OuterAdam())) == ["outer optimizer adam: \(fault)"])
    #expect(faults(adding: .model(PerceptronModel())) == ["model mlp: \(fault)"])
  }

  @Test func summaryOfSeveralLinesIsOne() {
    #expect(
      faults(adding: .task(Family("f", summary: "a\nb"))) == [
        "task f: expected a summary of one line, found 'a b'"
      ])
  }

  @Test func keysThatNoFileCanHoldAreOne() {
    #expect(
      faults(adding: .outerOptimizer(OddKeys())) == [
        "outer optimizer odd: expected keys of lower-case letters, digits and underscores that begin with a letter, "
          + "found 'Odd-key'",
        "outer optimizer odd: expected a comment of one line for the key empty, found ''",
        "outer optimizer odd: expected a comment of one line for the key broken, found 'a b'",
        "outer optimizer odd: expected each key once, found twice twice",
        "outer optimizer odd: expected a number from 0 to 1 as the default of beyond, found '2'",
        "outer optimizer odd: expected a unit of one line for the key measured, found ''",
        "outer optimizer odd: expected another name for the condition tasks, which evaluation.json has an entry of its own for",
        "outer optimizer odd: expected another name for the key config of a file, whose copy in the folder of a run has "
          + "the name of the key, as has a file of the run",
        "outer optimizer odd: expected another name for the key metrics of a file, whose copy in the folder of a run has "
          + "the name of the key, as has a file of the run",
      ])
  }

  @Test func keyOfTwoPartsOfARunIsOne() {
    #expect(
      faults(adding: .outerOptimizer(OptimizerWith<Seed>())) == [
        "key seed: expected one part of a run to declare it, found run and outer optimizer with-seed; give yours another name"
      ])
    // A model and an optimizer, neither of which a run has at first.
    #expect(
      faults(adding: .outerOptimizer(OptimizerWith<Blocks>())) == [
        "key blocks: expected one part of a run to declare it, found model convolutional and outer optimizer with-blocks; "
          + "give yours another name"
      ])
    // The same key is the algorithm's on each kind of task, and told once.
    #expect(
      faults(adding: .outerOptimizer(OptimizerWith<Sparsity>())) == [
        "key recovery_sparsity: expected one part of a run to declare it, found algorithm mlsr and outer optimizer "
          + "with-recovery-sparsity; give yours another name",
        "key recovery_sparsity: expected one part of a run to declare it, found algorithm mlsr-maml and outer optimizer "
          + "with-recovery-sparsity; give yours another name",
      ])
    // Of two optimizers a run has one.
    #expect(faults(adding: .outerOptimizer(OptimizerWith<Own>()), .outerOptimizer(OtherOptimizer())) == [])
  }

  @Test func proposalsThatNoRunTakesAreOne() {
    #expect(
      faults(adding: .task(Family("f", defaults: ["inner_rat": 1, "shots": "many"]))) == [
        "task f, defaults: unknown key 'inner_rat'; did you mean 'inner_rate'?",
        "task f, defaults: shots: expected a whole number from 1 to 100000, found 'many'",
      ])
    // What decides the parts of a run is not proposed.
    #expect(
      faults(adding: .task(Family("f", defaults: ["algorithm": "maml"]))).first?
        .hasPrefix("task f, defaults: unknown key 'algorithm'") == true)
    // A key of another sort of task is none of its runs'.
    #expect(
      faults(adding: .task(Family("f", defaults: ["horizon": 1]))).first?
        .hasPrefix("task f, defaults: unknown key 'horizon'") == true)
    #expect(
      faults(adding: .tuning(Tuning(tasks: ["sinusoi"], algorithm: "mam", ["inner_rate": 1], why: "a test"))) == [
        "tuning of mam on sinusoi: unknown task 'sinusoi'; did you mean 'sinusoid'?",
        "tuning of mam on sinusoi: unknown algorithm 'mam'; did you mean 'maml'?",
      ])
    #expect(
      faults(adding: .tuning(Tuning(tasks: ["sinusoid"], if: ["model": "net"], ["inner_rat": 1], why: "a test"))) == [
        "tuning of every algorithm on sinusoid: model: expected one of mlp, linnet, convolutional, sinusoids, cell, found 'net'",
        "tuning of every algorithm on sinusoid: unknown key 'inner_rat'; did you mean 'inner_rate'?",
      ])
  }

  @Test func groupsThatReportsCannotHoldAreOne() {
    #expect(
      faults(adding: .task(Family("f", groups: ["low", "up", "up", "to_right"]))) == [
        "task f: expected groups with names of their own, found 'low', which is a number of evaluation.json beside k, mean, "
          + "high, groups, values",
        "task f: expected each group of tasks once, found 'up' twice",
        "task f: expected groups named in lower-case letters, digits and hyphens, found 'to_right'",
      ])
  }

  @Test func countedTasksOfOneNameAreOne() {
    #expect(
      faults(adding: .task(Twins())).contains(
        "task twins: expected each of its tasks to have a name of its own, found 'left' twice"))
  }

  @Test func partsOfAnotherTypeAreOne() {
    #expect(
      faults(adding: .part(OuterAdam(), .model)) == [
        "model adam: expected a part that the key model of model can hold, found OuterAdam, which has another type"
      ])
    #expect(
      faults(adding: .part(OptimizerWith<Own>(), .algorithm)) == [
        "algorithm with-own: expected a MetaAlgorithm, found OptimizerWith<Own>"
      ])
    #expect(
      faults(adding: .task(NoFamily())) == [
        "task none: expected a family that policies, images, supervised tasks are learned from, found NoFamily, which none "
          + "of these learns"
      ])
  }
}

private struct Family: SupervisedTaskFamily {
  let card: Card
  let loss = TaskLoss.meanSquaredError
  let defaults: [String: SettingText]
  let groups: [String]

  init(_ name: String, summary: String = "a family", defaults: [String: SettingText] = [:], groups: [String] = []) {
    card = Card(name, summary, source: "a test")
    (self.defaults, self.groups) = (defaults, groups)
  }

  func task(_ counts: ExampleCounts) throws(UserError) -> FewShotTask {
    throw UserError("nobody learns it", status: .unavailable)
  }
}

private struct Algorithm: MetaAlgorithm {
  let card = Card("good-algorithm", "steps", source: "a test")
  var rate = 0.1

  static let settings = [Setting<Self>.innerRate(\.rate)]

  var phases: [Phase] { MAML().phases }
}

private struct OddKeys: OuterOptimizer {
  let card = Card("odd", "an optimizer", source: "a test")
  var number = 0.5
  var beyond = 2.0
  var path = ""

  static let settings = [
    Setting<Self>("Odd-key", \.number, in: 0...1, "a number"), Setting<Self>("empty", \.number, in: 0...1, ""),
    Setting<Self>("broken", \.number, in: 0...1, "a\nb"), Setting<Self>("twice", \.number, in: 0...1, "a number"),
    Setting<Self>("twice", \.number, in: 0...1, "a number"), Setting<Self>("beyond", \.beyond, in: 0...1, "a number"),
    Setting<Self>("measured", \.number, in: 0...1, "a number").measured(in: ""),
    Setting<Self>("tasks", \.number, in: 0...1, "a number").asCondition(),
    Setting<Self>(file: "config", \.path, "a file"),
    Setting<Self>(file: "metrics", \.path, "a file"),
  ]

  var links: [any UpdateRule] { [] }
}

private protocol KeyName { static var name: String { get } }
private enum Seed: KeyName { static let name = "seed" }
private enum Blocks: KeyName { static let name = "blocks" }
private enum Sparsity: KeyName { static let name = "recovery_sparsity" }
private enum Own: KeyName { static let name = "own" }

private struct OptimizerWith<Name: KeyName>: OuterOptimizer {
  let card = Card("with-\(Name.name.split(separator: "_").joined(separator: "-"))", "an optimizer", source: "a test")
  var number = 0.5

  static var settings: [Setting<Self>] { [Setting(Name.name, \.number, in: 0...1, "a number")] }

  var links: [any UpdateRule] { [] }
}

private struct OtherOptimizer: OuterOptimizer {
  let card = Card("other", "an optimizer", source: "a test")
  var number = 0.5

  static let settings = [Setting<Self>("own", \.number, in: 0...1, "a number")]

  var links: [any UpdateRule] { [] }
}

private struct Twins: EnvironmentFamily {
  let card = Card("twins", "two tasks of one name", source: "a test")

  var tasks: EnvironmentTasks {
    let task = EnvironmentTask(name: "left", parameters: [])
    return EnvironmentTasks(tasks: [task, task]) { _ in task }
  }

  func environments() throws(UserError) -> EnvironmentMaker {
    throw UserError("nobody learns it", status: .unavailable)
  }
}

private struct NoFamily: TaskFamily {
  let card = Card("none", "tasks that nothing learns", source: "a test")
  let measure = "loss"
  let evaluationTasks = 1
}
