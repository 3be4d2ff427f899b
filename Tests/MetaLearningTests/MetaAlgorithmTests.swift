import MetaLearning
import NeuralNetworks
import Parts
import TensorCore
import Testing

@Suite struct MetaAlgorithmTests {
  @Test func everyAlgorithmHasANameOfItsOwnASummaryAndASource() {
    let cards = MetaAlgorithms.all.map(\.card)
    #expect(
      cards.map(\.name)
        == [
          "maml", "fomaml", "reptile", "anil", "l1-maml", "mlsr", "mlsr-maml", "imaml", "imaml-hf", "meta-sgd",
          "meta-curvature", "klin", "kfc", "low-rank", "t-net", "mt-net", "random", "joint",
        ])
    #expect(cards.allSatisfy { !$0.summary.isEmpty && !$0.source.isEmpty })
  }

  @Test func adaptingNoParameterStopsTheProgram() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let parameters = Parameters<Float>([("output.weight", Tensor([1]))])
      let adaptation = Adaptation([Phase(adapted: .layers(["ouput"]), rule: GradientStep(rate: 1))])
      _ = adaptation(
        adaptation.metaParameters(startingFrom: parameters), losses: [{ $0["output.weight"].sum() }])
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("ouput") && message.contains("output.weight"))
  }

  /// Three phases of two, none and as many steps as are asked for.
  @Test func stepsBelongToTheirPhases() {
    let rule = GradientStep(rate: 1)
    let adaptation = Adaptation([
      Phase(adapted: .outputLayer, rule: rule, steps: 2, objective: .absoluteDeviation),
      Phase(adapted: .all, rule: rule, steps: 0), Phase(adapted: .all, rule: rule),
    ])
    #expect(adaptation.stepCount(asked: 3) == 5)
    let places = (0..<5).map { adaptation.place(ofStep: $0) }
    #expect(places.map(\.phase) == [0, 0, 2, 2, 2])
    #expect(places.map(\.count) == [1, 2, 1, 2, 3])
    #expect(adaptation.objective(ofStep: 1) == .absoluteDeviation && adaptation.objective(ofStep: 2) == .taskLoss)
  }

  @Test func onlyTheLastPhaseMayTakeTheStepsThatAreAskedFor() async {
    await #expect(processExitsWith: .failure) {
      let phase = Phase(adapted: .all, rule: GradientStep(rate: 1))
      _ = Adaptation([phase, phase])
    }
  }

  @Test func metaParametersHaveTheNamesOfCheckpoints() {
    let model = Parameters<Double>([("output.weight", Tensor([1, 2]))])
    let adaptation = MetaObjective.metaSGD(InnerLoopSettings(rate: 0.1)).adaptation
    let start = adaptation.metaParameters(startingFrom: model)
    #expect(start.named.names == ["output.weight", "rule.output.weight"])
    let twice = MetaParameters(model: model, rules: [start.rules[0], Parameters([]), start.rules[0]])
    #expect(twice.named.names == ["output.weight", "rule.output.weight", "rule2.output.weight"])
    #expect(twice.tensors.map(\.scalars) == twice.named.tensors.map(\.scalars))
    let doubled = twice.replacingTensors(twice.tensors.map { 2 * $0 })
    #expect(scalars(doubled) == scalars(twice).map { 2 * $0 })
  }
}
