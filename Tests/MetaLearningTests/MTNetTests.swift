import MetaLearning
import NeuralNetworks
import TensorCore
import TestSupport
import Testing

/// MT-nets: T-nets of which each task updates a random choice of outputs.
@Suite struct MTNetTests {
  private let task = RegressionTask(layerForm: .transformed)
  private let algorithm = MetaObjective.mtNet(InnerLoopSettings(rate: 0.3))

  /// Logits that differ, in place of zeros; with the noise below some of every layer's outputs are chosen.
  private var start: MetaParameters<Double> {
    var start = algorithm.adaptation.metaParameters(startingFrom: task.parameters)
    start.rules = start.rules.replacingTensors(start.rules.shapes.enumerated().map { testValues($1, seed: 90 + $0) })
    return start
  }

  private var logits: Parameters<Double> { start.rules[0] }

  private var noise: [Parameters<Double>] { testNoise(algorithm, for: task.parameters, seed: 300) }

  /// The masks by eqs. 10 and 11 in the limit that decides them: 1 where zeta + log(u / (1 - u)) > 0.
  private var masks: Parameters<Double> {
    levels.map { level in Tensor(shape: level.shape, scalars: level.scalars.map { $0 > 0 ? 1 : 0 }) }
  }

  /// What the sigmoid of eq. 11 is taken of.
  private var levels: Parameters<Double> { .combining(logits, noise[0]) { $0 + log($1 / (1 - $1)) } }

  @Test func everyLayerHasLogitsThatStartAtZeroAndItsBiasSharesThem() {
    let logits = algorithm.adaptation.metaParameters(startingFrom: task.parameters).rules[0]
    #expect(logits.names == ["hidden1", "hidden2", "output"])
    #expect(logits.shapes == [[4], [3], [2]])
    #expect(scalars(logits).allSatisfy { $0 == 0 })
    #expect(noise[0].names == logits.names && noise[0].shapes == logits.shapes)
  }

  @Test(arguments: [1, 3]) func onlyTheChosenOutputsMoveAndOneMaskLasts(_ steps: Int) {
    let adapted = algorithm.adaptation(start, losses: task.supportLosses(steps: steps), noise: noise)
    let chosen = scalars(masks)
    #expect(chosen.contains(0) && chosen.contains(1))
    for layer in ["hidden1", "hidden2", "output"] {
      for name in ["\(layer).weight", "\(layer).bias"] {
        let outputs = masks[layer].scalars
        for (index, pair) in zip(adapted[name].scalars, task.parameters[name].scalars).enumerated() {
          // Of a mask that changed from step to step some output would have moved.
          #expect((pair.0 != pair.1) == (outputs[index % outputs.count] == 1), "\(name) \(index)")
        }
      }
    }
    for name in adapted.names where name.hasSuffix(".transform") {
      #expect(adapted[name].scalars == task.parameters[name].scalars)
    }
  }

  @Test(arguments: [1, 2]) func maskOfOnesIsATNet(_ steps: Int) {
    // sigma(200) is 1 in Double: every mask is 1 and its soft gradient 0.
    var open = start
    open.rules = open.rules.mapTensors { Tensor(repeating: 200, shape: $0.shape) }
    let found = task.metaGradient(algorithm, steps: steps, at: open, noise: noise)
    let expected = task.metaGradient(.tNet(InnerLoopSettings(rate: 0.3)), steps: steps)
    // 1 times a number: no tolerance.
    #expect(scalars(found.model) == scalars(expected))
    #expect(scalars(found.rules).allSatisfy { abs($0) < 1e-30 })
  }

  /// The hard mask does not change within a difference's step: the gradient of all parameters but the logits is exact.
  @Test(arguments: [1, 2]) func metaGradientMatchesFiniteDifferences(_ steps: Int) {
    let exact = task.metaGradient(algorithm, steps: steps, at: start, noise: noise)
    let numeric = task.finiteDifferences(algorithm, steps: steps, at: start, noise: noise)
    let count = exact.model.tensors.count
    // The tolerance of MetaGradientTests.
    #expect(GradientCheck.relativeError(exact.model.tensors, Array(numeric.prefix(count))) < 1e-7)
    let ofLogits = numeric.dropFirst(count).flatMap { $0 }
    #expect(ofLogits.allSatisfy { $0 == 0 })
  }

  /// Straight through: the logits' gradient is the outer loss's derivative by the mask, taken at the hard mask, times the
  /// derivative of eq. 11's soft one. The first factor by finite differences of an inner loop whose masks are numbers.
  @Test(arguments: [1, 2]) func logitsGetTheGradientOfTheMaskTimesThatOfTheSoftMask(_ steps: Int) {
    let exact = task.metaGradient(algorithm, steps: steps, at: start, noise: noise).rules[0]
    let weighted = Adaptation([Phase(adapted: .weights, rule: WeightedStep(rate: 0.3))])
    let losses = task.supportLosses(steps: steps)
    let derivatives = GradientCheck.finiteDifferences(at: masks.tensors) { tensors in
      let parameters = MetaParameters(model: task.parameters, rules: [masks.replacingTensors(tensors)])
      return task.queryLoss(weighted(parameters, losses: losses)).scalar
    }
    let soft = scalars(levels.map(sigmoid))
    let expected: [Double] = zip(derivatives.joined(), soft).map { derivative, soft in derivative * soft * (1 - soft) }
    // The tolerance of MetaGradientTests.
    #expect(GradientCheck.relativeError(exact.tensors, [expected]) < 1e-7)
    #expect(expected.contains { abs($0) > 1e-3 })
  }

  private func algorithm(_ mask: MaskedGradientStep.Mask, temperature: Double) -> MetaObjective {
    var settings = InnerLoopSettings(rate: 0.3)
    (settings.mask, settings.temperature) = (mask, temperature)
    return .mtNet(settings)
  }

  /// The soft mask of eq. 11 is a function of the logits, so that all meta-parameters have differences.
  @Test(arguments: [0.5, 1, 3]) func softMaskMatchesFiniteDifferences(_ temperature: Double) {
    let algorithm = algorithm(.soft, temperature: temperature)
    let exact = task.metaGradient(algorithm, steps: 2, at: start, noise: noise)
    let numeric = task.finiteDifferences(algorithm, steps: 2, at: start, noise: noise)
    // The tolerance of MetaGradientTests.
    #expect(GradientCheck.relativeError(exact.tensors, numeric) < 1e-7)
    #expect(scalars(exact.rules).contains { abs($0) > 1e-3 })
  }

  /// At a low temperature the soft mask is the hard one.
  @Test func coldSoftMaskIsTheHardOne() {
    let losses = task.supportLosses(steps: 2)
    func adapted(_ mask: MaskedGradientStep.Mask, _ temperature: Double) -> [Double] {
      scalars(algorithm(mask, temperature: temperature).adaptation(start, losses: losses, noise: noise))
    }
    // The level nearest to 0 is far from it by more than 40 times the temperature.
    #expect(scalars(levels).allSatisfy { abs($0) > 0.04 })
    #expect(zip(adapted(.soft, 0.001), adapted(.hard, 1)).allSatisfy { abs($0 - $1) < 1e-13 })
    #expect(zip(adapted(.soft, 1), adapted(.hard, 1)).contains { abs($0 - $1) > 1e-3 })
    // The hard mask does not depend on the temperature.
    #expect(adapted(.hard, 5) == adapted(.hard, 1))
  }

  /// Of a hard mask only the logits' gradient depends on the temperature, by the derivative of the soft mask.
  @Test func temperatureScalesTheGradientOfAHardMask() {
    let (warm, plain) = (
      task.metaGradient(algorithm(.hard, temperature: 2), steps: 2, at: start, noise: noise),
      task.metaGradient(algorithm, steps: 2, at: start, noise: noise)
    )
    #expect(scalars(warm.model) == scalars(plain.model))
    func slopes(_ temperature: Double) -> [Double] {
      scalars(levels).map { level in
        let soft = sigmoid(Tensor(level / temperature)).scalar
        return soft * (1 - soft) / temperature
      }
    }
    for (index, found) in scalars(warm.rules).enumerated() {
      let expected = scalars(plain.rules)[index] * slopes(2)[index] / slopes(1)[index]
      #expect(abs(found - expected) < 1e-13)
    }
  }

  @Test func logitsStartWhereTheSettingSays() {
    var settings = InnerLoopSettings(rate: 0.3)
    settings.logit = 1.5
    let start = MetaObjective.mtNet(settings).adaptation.metaParameters(startingFrom: task.parameters)
    #expect(scalars(start.rules).allSatisfy { $0 == 1.5 })
  }

  @Test func probabilityOfAnOutputIsTheSigmoidOfItsLogit() {
    let rule = MaskedGradientStep(rate: 1)
    let count = 10_000
    let uniform = (0..<count).map { (Double($0) + 0.5) / Double(count) }
    for logit in [-2.0, 0, 1] {
      let logits = Parameters<Double>([("output", Tensor(repeating: logit, shape: [count]))])
      let state: UpdateState<Double> = rule.initialState(
        for: Parameters([]), ruleParameters: logits, noise: Parameters([("output", Tensor(uniform))]))
      let mask = state[MaskedGradientStep.masks]
      // Equidistant numbers: the share is exact up to one of them.
      #expect(abs(mask["output"].mean().scalar - sigmoid(Tensor(logit)).scalar) <= 1 / Double(count))
      #expect(mask["output"].scalars.allSatisfy { $0 == 0 || $0 == 1 })
    }
  }

  @Test func shareOfUpdatedOutputsIsTheMeanOfTheSigmoids() {
    let logits = Parameters<Float>([("hidden1", Tensor([0, 0, 0])), ("output", Tensor([-100]))])
    let summary = MaskedGradientStep(rate: 1).summary(of: logits)
    #expect(summary.map(\.name) == ["update_share", "update_share_hidden1", "update_share_output"])
    // sigma(0) is 1/2 and sigma(-100) about 1e-44.
    for (found, expected) in zip(summary.map(\.value), [0.375, 0.5, 0]) { #expect(abs(found - expected) < 1e-7) }
  }
}

/// A gradient step weighted, for each output of a layer, by the rule's own meta-parameter: the mask as a number.
private struct WeightedStep: UpdateRule {
  var rate: Double

  func update<Scalar>(
    _ gradient: Parameters<Scalar>, at parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>,
    context: UpdateContext<Scalar>
  ) -> Parameters<Scalar> {
    let weighted = zip(gradient.names, gradient.tensors).map { name, derivative in
      context.ruleParameters[String(name.prefix { $0 != "." })] * derivative
    }
    return Tensor(Scalar(rate)) * gradient.replacingTensors(weighted)
  }
}
