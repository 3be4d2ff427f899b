import MetaLearning
import NeuralNetworks
import Parts
import RunFixtures
@testable import Runs
import Testing
@testable import Training

/// What the settings of an adaptation do to algorithms of several phases.
@Suite struct PhaseSettingTests {
  private static let catalog = Catalog.standard.adding(
    [
      Phased("open", Phase(adapted: .all, rule: GradientStep(rate: 0.1), steps: 2), .all, nil),
      Phased("half-open", Phase(adapted: .outputLayer, rule: GradientStep(rate: 0.1), steps: 2), .all, nil),
      Phased("closed", Phase(adapted: .outputLayer, rule: GradientStep(rate: 0.1), steps: 2), .outputLayer, 3),
    ].map { .algorithm($0) })

  private func setup(_ arguments: [String]) throws -> SupervisedSetup {
    try SupervisedSetup(
      RunConfiguration(
        settings: (["task=sinusoid", "hidden_sizes=[3]"] + arguments).map { try ConfigurationSetting(argument: $0) },
        catalog: Self.catalog))
  }

  /// The layers that each phase moves.
  private func layers(_ arguments: [String]) throws -> [Set<String>] {
    let setup = try setup(arguments)
    return setup.algorithm.adaptation.phases.map { phase in
      Set(setup.initialParameters.model.selecting(phase.adapted).names.map(ParameterSelection.layer))
    }
  }

  @Test func chosenLayersAreThoseOfEveryPhaseThatHasNoneOfItsOwn() throws {
    #expect(try layers(["algorithm=open", "adapted=hidden"]) == [["hidden1"], ["hidden1"]])
    #expect(try layers(["algorithm=half-open", "adapted=hidden"]) == [["output"], ["hidden1"]])
    #expect(try layers(["algorithm=half-open"]) == [["output"], ["hidden1", "output"]])
    // The layers of an only phase give way.
    #expect(try layers(["algorithm=anil", "adapted=hidden"]) == [["hidden1"]])
    let error = userError { _ = try setup(["algorithm=closed", "adapted=hidden"]) }
    #expect(
      error?.message
        == "adapted: expected own with closed, each of whose phases has layers of its own, found 'hidden'")
  }

  @Test func numberOfStepsIsNoKeyWhereEveryPhaseHasOne() throws {
    #expect(try setup(["algorithm=half-open", "inner_steps=4"]).stepCount == 6)
    #expect(try setup(["algorithm=closed"]).configuration["inner_steps"] == nil)
    #expect(try setup(["algorithm=closed"]).stepCount == 5)
    let error = userError { _ = try setup(["algorithm=closed", "inner_steps=4"]) }
    #expect(error?.message.contains("closed as it is set does not use inner_steps") == true)
  }
}

private struct Phased: MetaAlgorithm {
  let card: Card
  let phases: [Phase]

  init(_ name: String, _ first: Phase, _ selection: ParameterSelection, _ steps: Int?) {
    card = Card(name, "two phases", source: "a test")
    phases = [first, Phase(adapted: selection, rule: GradientStep(rate: 0.1), steps: steps)]
  }
}
