import MetaLearning
import NeuralNetworks
import TensorCore
import TestSupport
import Testing

/// Meta-SGD: rates are meta-parameters beside the model's.
@Suite struct LearnedRateTests {
  private let task = RegressionTask()
  private let algorithm = MetaObjective.metaSGD(InnerLoopSettings(rate: 0.3))

  private var start: MetaParameters<Double> { algorithm.adaptation.metaParameters(startingFrom: task.parameters) }

  @Test func everyAdaptedNumberGetsARate() {
    let rates = start.rules[0]
    #expect(rates.names == task.parameters.names && rates.shapes == task.parameters.shapes)
    #expect(scalars(rates).allSatisfy { $0 == 0.3 })
    var output = algorithm
    output.adaptation.last.adapted = .outputLayer
    let own = output.adaptation.metaParameters(startingFrom: task.parameters).rules[0]
    #expect(own.names == ["output.weight", "output.bias"])
  }

  @Test(arguments: [1, 2]) func equalRatesGiveTheModelMamlsGradient(_ steps: Int) {
    let found = task.metaGradient(algorithm, steps: steps, at: start).model
    let maml = task.metaGradient(.maml(InnerLoopSettings(rate: 0.3)), steps: steps)
    // The same products, of a number and of a tensor of equal numbers: perhaps added up in another order.
    for (x, y) in zip(scalars(found), scalars(maml)) { #expect(abs(x - y) < 1e-14) }
  }

  @Test(arguments: [1, 2]) func ratesAndStartMatchFiniteDifferences(_ steps: Int) {
    // Rates that differ, some of them negative.
    var start = start
    start.rules = start.rules.replacingTensors(
      task.parameters.shapes.enumerated().map { 0.3 * testValues($1, seed: 70 + $0) })
    let exact = task.metaGradient(algorithm, steps: steps, at: start)
    let numeric = task.finiteDifferences(algorithm, steps: steps, at: start)
    // The tolerance of MetaGradientTests.
    #expect(GradientCheck.relativeError(exact.tensors, numeric) < 1e-7)
    #expect(scalars(exact.rules).contains { abs($0) > 0.01 })
  }

  @Test func ratesAreNotAdapted() {
    let coefficients = Parameters<Double>([])
    let moved = algorithm.adaptation.step(
      algorithm.adaptation.start(start), phase: 0, coefficients: coefficients, loss: task.supportLoss(0))
    #expect(scalars(moved.rules).allSatisfy { $0 == 0.3 })
    #expect(scalars(moved.model) != scalars(start.model))
  }
}
