import MetaLearning
import NeuralNetworks
import TensorCore
import TestSupport
import Testing

/// Meta-SGD: rates are meta-parameters beside the model's.
@Suite struct LearnedRateTests {
  private let task = RegressionTask()
  private let algorithm = MetaObjective.metaSGD(InnerLoopSettings(rate: 0.3))

  private var start: Parameters<Double> { algorithm.adaptation.metaParameters(startingFrom: task.parameters) }

  @Test func everyAdaptedNumberGetsARate() {
    let rates = start.group(Adaptation.rulePrefix)
    #expect(rates.names == task.parameters.names && rates.shapes == task.parameters.shapes)
    #expect(scalars(rates).allSatisfy { $0 == 0.3 })
    var output = algorithm
    output.adaptation.adapted = .outputLayer
    let own = output.adaptation.metaParameters(startingFrom: task.parameters).group(Adaptation.rulePrefix)
    #expect(own.names == ["output.weight", "output.bias"])
  }

  @Test(arguments: [1, 2]) func equalRatesGiveTheModelMamlsGradient(_ steps: Int) {
    let found = task.metaGradient(algorithm, steps: steps, at: start).removing(prefixes: [Adaptation.rulePrefix])
    let maml = task.metaGradient(.maml(InnerLoopSettings(rate: 0.3)), steps: steps)
    // The same products, of a number and of a tensor of equal numbers: perhaps added up in another order.
    for (x, y) in zip(scalars(found), scalars(maml)) { #expect(abs(x - y) < 1e-14) }
  }

  @Test(arguments: [1, 2]) func ratesAndStartMatchFiniteDifferences(_ steps: Int) {
    // Rates that differ, some of them negative.
    let start = start.merging(
      Parameters(
        names: start.group(Adaptation.rulePrefix).prefixed(Adaptation.rulePrefix).names,
        tensors: task.parameters.shapes.enumerated().map { 0.3 * testValues($1, seed: 70 + $0) }))
    let exact = task.metaGradient(algorithm, steps: steps, at: start)
    let numeric = task.finiteDifferences(algorithm, steps: steps, at: start)
    // The tolerance of MetaGradientTests.
    #expect(GradientCheck.relativeError(exact.tensors, numeric) < 1e-7)
    #expect(scalars(exact.group(Adaptation.rulePrefix)).contains { abs($0) > 0.01 })
  }

  @Test func ratesAreNotAdapted() {
    let adapted = algorithm.adaptation(start, losses: task.supportLosses(steps: 2))
    #expect(scalars(adapted.group(Adaptation.rulePrefix)).allSatisfy { $0 == 0.3 })
    #expect(adapted.names == start.names)
  }
}
