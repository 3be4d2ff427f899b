import MetaLearning
import NeuralNetworks
import TensorCore
import TestSupport
import Testing

/// MLSR: the output layer is recovered by soft thresholding, and the meta-gradient is the direct one.
@Suite struct SparseRecoveryTests {
  private let task = RegressionTask()
  private let settings = InnerLoopSettings(rate: 0.3, l1Strength: 0.5)

  /// What soft thresholding makes of a gradient step: |x| - 0.15 with the sign of x, or 0.
  private func thresholded(_ x: Double) -> Double { x > 0.15 ? x - 0.15 : x < -0.15 ? x + 0.15 : 0 }

  /// One step by the formula, from the gradient of the output layer alone.
  private func step(_ parameters: Parameters<Double>, loss: Adaptation.Loss<Double>) -> Parameters<Double> {
    let output = parameters.selecting(.outputLayer)
    let derivative = gradient(at: output) { loss(parameters.merging($0)) }
    return parameters.merging(
      output.combined(with: derivative) { weights, derivative in
        Tensor(
          shape: weights.shape, scalars: zip(weights.scalars, derivative.scalars).map { thresholded($0 - 0.3 * $1) })
      })
  }

  @Test func thresholdZeroesExactlyTheSmallWeights() {
    let rule = SoftThresholdingStep(rate: 0.5, strength: 0.4)
    let start = Parameters<Double>([("output.weight", Tensor([1, 0.3, 0.1, -0.1, -0.3, -1, 0.2, 0]))])
    let derivative = Parameters<Double>([("output.weight", Tensor([0, 0.4, 0, 0, 0, -1, 0, 0]))])
    // After the gradient step: 1, 0.1, 0.1, -0.1, -0.3, -0.5, 0.2, 0; what is within 0.2 goes.
    var state = rule.initialState(for: start)
    let moved = rule.step(start, gradient: derivative, state: &state, count: 1)["output.weight"].scalars
    #expect(moved.map { $0 == 0 } == [false, true, true, true, false, false, true, true])
    // One subtraction each: 1e-16.
    #expect(abs(moved[0] - 0.8) < 1e-15 && abs(moved[4] + 0.1) < 1e-15 && abs(moved[5] + 0.3) < 1e-15)
  }

  @Test(arguments: [1, 3]) func adaptationIsProximalGradientOnTheOutputLayer(_ steps: Int) {
    let losses = task.supportLosses(steps: steps)
    let adapted = MetaObjective.mlsr(settings).adaptation(task.parameters, losses: losses)
    let expected = losses.reduce(task.parameters) { step($0, loss: $1) }
    // A few roundings of 1e-16 a step on numbers of order 1.
    for (x, y) in zip(scalars(adapted), scalars(expected)) { #expect(abs(x - y) < 1e-14) }
    let output = scalars(adapted.selecting(.outputLayer))
    #expect(output.contains(0) && output.contains { $0 != 0 })
    #expect(scalars(adapted.selecting(.allBut(["output"]))) == scalars(task.parameters.selecting(.allBut(["output"]))))
  }

  /// Theorem 1: the outer gradient of the features takes the recovered output layer as a constant. The start of the
  /// output layer gets the outer gradient where the recovery left a weight, and nothing where it set it to 0.
  @Test(arguments: [1, 2]) func metaGradientIsTheDirectOne(_ steps: Int) {
    var recovered = task.parameters
    var survives = scalars(recovered.selecting(.outputLayer)).map { _ in 1.0 }
    for loss in task.supportLosses(steps: steps) {
      recovered = step(recovered, loss: loss)
      survives = zip(survives, scalars(recovered.selecting(.outputLayer))).map { $1 == 0 ? 0 : $0 }
    }
    let query = gradient(at: recovered, of: task.queryLoss)
    let found = task.metaGradient(.mlsr(settings), steps: steps)
    let features = ParameterSelection.allBut(["output"])
    // The recovered weights differ by a few roundings of 1e-16.
    for (x, y) in zip(scalars(found.selecting(features)), scalars(query.selecting(features))) {
      #expect(abs(x - y) < 1e-14)
    }
    let expected = zip(survives, scalars(query.selecting(.outputLayer))).map(*)
    for (x, y) in zip(scalars(found.selecting(.outputLayer)), expected) { #expect(abs(x - y) < 1e-14) }
  }

  /// Four weights on losses that are linear, so that their way can be told: the first stays, the second is set to 0 by the
  /// second step and comes back with the third, the third ends at 0, and the fourth is set to 0 by the first step alone.
  /// Momentum is there from the third step on.
  @Test(arguments: [SparseRecovery.Method.softThresholding, .accelerated])
  func startOfAWeightThatWasLostGetsNothingWhateverTheMomentum(_ method: SparseRecovery.Method) {
    var settings = InnerLoopSettings(rate: 1, l1Strength: 0.1)
    settings.recovery.method = method
    let derivatives: [[Double]] = [[0.1, 0.2, 0, 1], [0.1, 0.7, 0, -1], [0.1, -1, 0.75, -1]]
    let outer = [0.3, 0.5, 0.7, 0.9]
    func linear(_ derivative: [Double]) -> Adaptation.Loss<Double> {
      { (Tensor<Double>(shape: [4, 1], scalars: derivative) * $0["output.weight"]).sum() }
    }
    let start = Parameters<Double>([("output.weight", Tensor(shape: [4, 1], scalars: [2, 1, 1, 1]))])
    let algorithm = MetaObjective.mlsr(settings)
    let end = algorithm.adaptation(start, losses: derivatives.map(linear))["output.weight"].scalars
    #expect(end.map { $0 == 0 } == [false, false, true, false])
    let found = algorithm.outerLossAndGradient(start, supportLosses: derivatives.map(linear), queryLoss: linear(outer))
    #expect(found.gradient["output.weight"].scalars == [0.3, 0, 0, 0])
  }

  @Test func directGradientIsNotTheWholeOne() {
    // The dropped part is there: the test above could not pass by accident.
    let direct = task.metaGradient(.mlsr(settings), steps: 2).selecting(.allBut(["output"]))
    let whole = Array(task.finiteDifferences(.mlsr(settings), steps: 2).prefix(direct.tensors.count))
    #expect(GradientCheck.relativeError(direct.tensors, whole) > 0.02)
  }

  @Test func unrolledSparseRecoveryMatchesFiniteDifferences() {
    // Another cell of the decomposition: the same update rule, differentiated exactly. No weight is at the threshold's
    // kink, and the tolerance is the one of MetaGradientTests.
    var algorithm = MetaObjective.mlsr(settings)
    algorithm.adaptation.last.gradients = .unrolled
    let exact = task.metaGradient(algorithm, steps: 2)
    #expect(GradientCheck.relativeError(exact.tensors, task.finiteDifferences(algorithm, steps: 2)) < 1e-7)
  }
}
