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
      let adaptation = Adaptation(
        adapted: .layers(["ouput"]), rule: GradientStep(rate: 1), metaGradient: .unrolled)
      _ = adaptation(parameters, losses: [{ $0["output.weight"].sum() }])
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("ouput") && message.contains("output.weight"))
  }
}
