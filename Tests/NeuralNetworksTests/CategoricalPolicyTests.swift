import Foundation
import NeuralNetworks
import RandomStreams
import TensorCore
import TestSupport
import Testing

@Suite struct CategoricalPolicyTests {
  private let policy = CategoricalPolicy(
    network: MultilayerPerceptron(inputSize: 3, hiddenSizes: [4], outputSize: 5), observationScales: [1, 0.5, 2])

  private var parameters: Parameters<Double> {
    var stream = RandomAddress(seed: 3, purpose: .test).stream
    return policy.initialParameters(from: &stream)
  }

  private let observations: Tensor<Double> = testValues([6, 3], seed: 1)
  private let choices = Tensor<Double>(shape: [6, 1], scalars: [0, 4, 2, 2, 1, 3])

  /// The probabilities [rows][choices] by the definition of the softmax.
  private func probabilities(_ logits: Tensor<Double>) -> [[Double]] {
    let width = logits.shape[1]
    return stride(from: 0, to: logits.scalars.count, by: width).map { start in
      let weights = logits.scalars[start..<start + width].map { Foundation.exp($0) }
      return weights.map { $0 / weights.reduce(0, +) }
    }
  }

  @Test func logProbabilityIsThatOfTheSoftmax() {
    let found = policy.logProbabilities(parameters, observations: observations, actions: choices)
    let expected = probabilities(policy.outputs(parameters, observations))
    #expect(found.shape == [6])
    for row in 0..<6 {
      // A few roundings of 1e-16 on values of order 1.
      #expect(abs(found.scalars[row] - Foundation.log(expected[row][Int(choices.scalars[row])])) < 1e-13)
    }
  }

  @Test func entropyAndDivergenceAreTheirSums() {
    let other = 3 * (testValues([6, 5], seed: 8) as Tensor<Double>)
    let (own, sampled) = (probabilities(policy.outputs(parameters, observations)), probabilities(other))
    let entropies = policy.entropies(parameters, observations: observations).scalars
    let divergences = policy.divergence(
      parameters, observations: observations, fromOutputs: other, logDeviations: .zeros([0])
    ).scalars
    for row in 0..<6 {
      let entropy = -own[row].map { $0 * Foundation.log($0) }.reduce(0, +)
      let divergence = zip(sampled[row], own[row]).map { $0 * Foundation.log($0 / $1) }.reduce(0, +)
      // Sums of five terms of order 1.
      #expect(abs(entropies[row] - entropy) < 1e-13 && abs(divergences[row] - divergence) < 1e-13)
      #expect(divergence > 0.1)
    }
  }

  /// Logits of 1,000 overflow where they are exponentiated as they are.
  @Test func hugeLogitsHaveFiniteLogProbabilities() {
    let logits = Tensor<Float>(shape: [2, 5], scalars: [1e3, 0, 0, 0, 0, -1e4, -1e4, -1e4, -1e4, -1e4])
    let found = policy.logProbabilities(
      of: Tensor<Float>(shape: [2, 1], scalars: [1, 0]), outputs: logits, logDeviations: .zeros([0])
    ).scalars
    #expect(found[0] == -1_000)
    #expect(abs(found[1] + Foundation.log(Float(5))) < 1e-3)
  }

  private func function(
    _ value: @escaping (Parameters<Double>) -> Tensor<Double>
  ) -> TensorFunction {
    let layout = parameters
    return { value(layout.replacingTensors($0)) }
  }

  @Test func derivativesMatchFiniteDifferences() {
    let (policy, observations, choices) = (policy, observations, choices)
    let weights: Tensor<Double> = testValues([6], seed: 5)
    let sampled: Tensor<Double> = testValues([6, 5], seed: 8)
    let functions = [
      function { (policy.logProbabilities($0, observations: observations, actions: choices) * weights).sum() },
      function { (policy.entropies($0, observations: observations) * weights).sum() },
      function {
        (policy.divergence($0, observations: observations, fromOutputs: sampled, logDeviations: .zeros([0])) * weights)
          .sum()
      },
    ]
    for function in functions {
      #expect(GradientCheck.firstOrderError(at: parameters.tensors, of: function) < 1e-7)
      #expect(GradientCheck.secondOrderError(at: parameters.tensors, of: function) < 1e-7)
    }
  }
}
