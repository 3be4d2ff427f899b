import Foundation
import NeuralNetworks
import RandomStreams
import TensorCore
import TestSupport
import Testing

@Suite struct GaussianPolicyTests {
  private let policy = GaussianPolicy(
    network: MultilayerPerceptron(inputSize: 3, hiddenSizes: [4], outputSize: 2), initialStandardDeviation: 0.5)

  private var parameters: Parameters<Double> {
    var stream = RandomAddress(seed: 3, purpose: .test).stream
    var parameters: Parameters<Double> = policy.initialParameters(from: &stream)
    parameters[GaussianPolicy.logStandardDeviationName] = Tensor([-0.7, 0.4])
    return parameters
  }

  @Test func standardDeviationsStartWhereAsked() {
    var stream = RandomAddress(seed: 3, purpose: .test).stream
    let start: Parameters<Double> = policy.initialParameters(from: &stream)
    #expect(start[GaussianPolicy.logStandardDeviationName].scalars == [Foundation.log(0.5), Foundation.log(0.5)])
    #expect(start.names.last == GaussianPolicy.logStandardDeviationName)
  }

  @Test func logProbabilityIsTheSumOfTheDimensionsDensities() {
    let (observations, actions) = (
      testValues([5, 3], seed: 1) as Tensor<Double>, 2 * testValues([5, 2], seed: 2) as Tensor<Double>
    )
    let found = policy.logProbabilities(parameters, observations: observations, actions: actions)
    let means = policy.outputs(parameters, observations).scalars
    let deviations = [Foundation.exp(-0.7), Foundation.exp(0.4)]
    #expect(found.shape == [5])
    for row in 0..<5 {
      let density = (0..<2).map { dimension in
        let z = (actions.scalars[2 * row + dimension] - means[2 * row + dimension]) / deviations[dimension]
        return Foundation.exp(-z * z / 2) / (deviations[dimension] * (2 * Double.pi).squareRoot())
      }
      // The logarithm of a product of densities: a few roundings of 1e-16 on values up to 10.
      #expect(abs(found.scalars[row] - Foundation.log(density[0] * density[1])) < 1e-13)
    }
  }

  @Test func densityIntegratesToOneAndHasTheEntropyOfItsDeviations() {
    // A grid over 9 standard deviations each way with a step of a quarter: for a Gaussian the trapezoid rule's error is
    // about e^(-2 (pi / 0.25)^2), nothing, and the tails beyond hold 1e-18.
    let (deviations, steps) = ([Foundation.exp(-0.7), Foundation.exp(0.4)], Array(-36...36))
    let observation: Tensor<Double> = testValues([1, 3], seed: 4)
    let means = policy.outputs(parameters, observation).scalars
    let grid = steps.flatMap { i in
      steps.flatMap { j in
        [means[0] + 0.25 * Double(i) * deviations[0], means[1] + 0.25 * Double(j) * deviations[1]]
      }
    }
    let logDensity = policy.logProbabilities(
      parameters, observations: observation.broadcast(to: [steps.count * steps.count, 3]),
      actions: Tensor(shape: [steps.count * steps.count, 2], scalars: grid))
    let cell = Tensor(0.0625 * deviations[0] * deviations[1])
    // 5,329 terms of at most 0.01: roundings far below 1e-13.
    #expect(abs((exp(logDensity) * cell).sum().scalar - 1) < 1e-12)
    let entropy = -(exp(logDensity) * logDensity * cell).sum().scalar
    #expect(abs(entropy - (Foundation.log(2 * Double.pi * M_E) - 0.7 + 0.4)) < 1e-12)
  }

  @Test func derivativesMatchFiniteDifferences() {
    let (observations, actions) = (
      testValues([4, 3], seed: 5) as Tensor<Double>, testValues([4, 2], seed: 6) as Tensor<Double>
    )
    let function: TensorFunction = { tensors in
      let weights: Tensor<Double> = testValues([4], seed: 7)
      let parameters = parameters.replacingTensors(tensors)
      return (policy.logProbabilities(parameters, observations: observations, actions: actions) * weights).sum()
    }
    // The tolerance's reason stands at GradientCheck.
    #expect(GradientCheck.firstOrderError(at: parameters.tensors, of: function) < 1e-7)
    #expect(GradientCheck.secondOrderError(at: parameters.tensors, of: function) < 1e-7)
  }

  @Test func standardDeviationsDoNotFallBelowTheMinimum() {
    var bounded = policy
    bounded.minimumStandardDeviation = 0.9
    let logarithms = bounded.logStandardDeviations(parameters).scalars
    #expect(logarithms == [Foundation.log(0.9), 0.4])
  }

  @Test(arguments: [2, 5]) func tasksAxisEqualsSeparateRuns(_ rows: Int) {
    // As many rows as tasks too: a deviation of a task must not be taken for one of a row.
    let own = [parameters, parameters.map { 0.5 * $0 }]
    let batched = parameters.replacingTensors(parameters.names.map { name in stack(own.map { $0[name] }) })
    let observations: Tensor<Double> = testValues([2, rows, 3], seed: 8)
    let actions: Tensor<Double> = testValues([2, rows, 2], seed: 9)
    let found = policy.logProbabilities(batched, observations: observations, actions: actions)
    #expect(found.shape == [2, rows])
    for task in 0..<2 {
      let separate = policy.logProbabilities(
        own[task], observations: observations.element(task, axis: 0), actions: actions.element(task, axis: 0))
      for (a, b) in zip(found.element(task, axis: 0).scalars, separate.scalars) {
        #expect(abs(a - b) < 1e-13)  // Sums of up to 4 terms of order 1 to 10, perhaps in another order.
      }
    }
  }
}
