import FewShotTasks
import MetaLearning
import NeuralNetworks
import Parts
import RunFixtures
@testable import Runs
import Testing
@testable import Training

/// Whose proposal a key takes.
@Suite struct ProposalTests {
  private static let catalog = Catalog.standard.adding([
    .outerOptimizer(Optimizer()), .model(Model()),
    .tuning(Tuning(tasks: ["ridge"], ["outer_rate": 0.4], why: "a test")),
  ])

  private func configuration(_ arguments: [String]) throws -> RunConfiguration {
    try RunConfiguration(
      settings: arguments.map { try ConfigurationSetting(argument: $0) }, catalog: Self.catalog)
  }

  @Test func strongestProposalIsTaken() throws {
    // Nobody's, and the family's.
    let plain = try configuration(["task=sinusoid"])
    #expect(plain["outer_rate"] == 0.001 && plain["meta_batch_size"] == 4 && plain["iterations"] == 60_000)
    // A chosen part stands above the family, and proposes only where it is chosen.
    let optimizer = try configuration(["task=sinusoid", "outer_step=steep"])
    #expect(optimizer["outer_rate"] == 0.1 && optimizer["iterations"] == 7)
    // Above the algorithm, too: reptile proposes 5 steps.
    #expect(try configuration(["task=sinusoid", "algorithm=reptile"])["inner_steps"] == 5)
    #expect(try configuration(["task=sinusoid", "algorithm=reptile", "outer_step=steep"])["inner_steps"] == 8)
    // Of two chosen parts the one that comes first in config.yaml, here the model.
    let both = try configuration(["task=sinusoid", "outer_step=steep", "model=small"])
    #expect(both["outer_rate"] == 0.2 && both["iterations"] == 7)
    // What is tuned stands above them, and what is given above all.
    #expect(try configuration(["task=ridge", "outer_step=steep"])["outer_rate"] == 0.4)
    #expect(try configuration(["task=ridge", "outer_step=steep", "outer_rate=0.5"])["outer_rate"] == 0.5)
  }

  /// A part that is chosen by a proposal proposes as well as one that is given, unless the run does not look at it.
  @Test func proposedChoiceProposes() throws {
    let family = GeneratedTaskFamily(
      Card("f", "a family", source: "a test"), Sinusoids.general, defaults: ["outer_step": "steep"])
    let catalog = Self.catalog.adding([.task(family)])
    func steps(_ algorithm: String) throws -> SettingText? {
      let settings = try ["task=f", "algorithm=\(algorithm)"].map { try ConfigurationSetting(argument: $0) }
      return try RunConfiguration(settings: settings, catalog: catalog)["inner_steps"]
    }
    #expect(try steps("maml") == 8)
    // The reference line trains nothing.
    #expect(try steps("random") == 1)
  }
}

// What cannot be used.
extension ProposalTests {
  @Test func proposalsThatUndoEachOtherAreRefused() {
    let catalog = Self.catalog.adding([.model(Turning("left", to: "right")), .model(Turning("right", to: "left"))])
    let family = GeneratedTaskFamily(
      Card("f", "a family", source: "a test"), Sinusoids.general, defaults: ["model": "left"])
    let error = userError {
      _ = try RunConfiguration(
        settings: [ConfigurationSetting(argument: "task=f")], catalog: catalog.adding([.task(family)]))
    }
    #expect(
      error?.message
        == "model: expected parts whose proposed values agree, found some that change each other's without end; give the "
        + "values yourself")
  }

  @Test func optimizerThatLooksAheadIsRefusedBeforeARun() {
    let catalog = Self.catalog.adding([.outerOptimizer(Ahead())])
    let error = userError {
      _ = try RunConfiguration(
        settings: [
          ConfigurationSetting(argument: "task=sinusoid"), ConfigurationSetting(argument: "outer_step=ahead"),
        ], catalog: catalog)
    }
    #expect(error?.message.contains("takes gradients ahead of the parameters") == true)
  }
}

/// Proposes another model than itself.
private struct Turning: SupervisedModel {
  let card: Card
  let defaults: [String: SettingText]
  init(_ name: String, to other: String) {
    card = Card(name, "a perceptron", source: "a test")
    defaults = ["model": .scalar(other)]
  }
  func network(for problem: ModelProblem) throws(UserError) -> any Network {
    try PerceptronModel().network(for: problem)
  }
}

private struct Ahead: OuterOptimizer {
  let card = Card("ahead", "an accelerated step", source: "a test")
  var links: [any UpdateRule] { [AcceleratedThresholdingStep(rate: 0.1, strength: 0.1)] }
}

private struct Optimizer: OuterOptimizer {
  let card = Card("steep", "gradient descent", source: "a test")
  let defaults: [String: SettingText] = ["outer_rate": 0.1, "iterations": 7, "inner_steps": 8]
  var links: [any UpdateRule] { [] }
}

private struct Model: SupervisedModel {
  let card = Card("small", "a perceptron", source: "a test")
  let defaults: [String: SettingText] = ["outer_rate": 0.2]
  func network(for problem: ModelProblem) throws(UserError) -> any Network {
    try PerceptronModel().network(for: problem)
  }
}
