import Foundation
import NeuralNetworks
import PolicyLearning
import RandomStreams
import TensorCore
import TestSupport
import Testing

/// Objectives of policies over choices at other parameters than those that sampled, in Double.
@Suite struct CategoricalObjectiveTests {
  private static let policy = CategoricalPolicy(
    network: MultilayerPerceptron(inputSize: 3, hiddenSizes: [4], outputSize: 4))
  private static let (horizon, episodes) = (4, 3)
  private static let mask: [Double] = [1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 1]

  private static func parameters(seed: UInt64 = 1) -> Parameters<Double> {
    var stream = RandomAddress(seed: seed, purpose: .initialization).stream
    return policy.initialParameters(from: &stream)
  }

  /// Samples of the policy at `parameters`; one episode ends early.
  private static func samples(of parameters: Parameters<Double>) -> PolicySamples<Double> {
    let observations: Tensor<Double> = 2 * testValues([horizon * episodes, 3], seed: 2)
    return PolicySamples(
      observations: observations, actions: Tensor(shape: [12, 1], scalars: [0, 3, 1, 2, 2, 0, 1, 0, 3, 3, 0, 1]),
      outputs: policy.outputs(parameters, observations), logDeviations: .zeros([0]),
      advantages: testValues([horizon, episodes], seed: 4), mask: Tensor(shape: [horizon, episodes], scalars: mask))
  }

  private static func near(_ found: Parameters<Double>, _ expected: Parameters<Double>, _ bound: Double) -> Bool {
    let scale = expected.flattened().scalars.map(abs).max() ?? 0
    #expect(scale > 0)
    return zip(found.flattened().scalars, expected.flattened().scalars).allSatisfy { abs($0 - $1) <= bound * scale }
  }

  /// The Fisher matrix is the second derivative of the divergence where the distributions are the same.
  @Test func fisherProductIsTheSecondDerivativeOfTheDivergence() {
    let (parameters, direction) = (Self.parameters(), Self.parameters(seed: 9))
    let objective = PolicyObjective(policy: Self.policy)
    let samples = Self.samples(of: parameters)
    #expect(abs(objective.divergence(parameters, on: samples).scalar) < 1e-14)
    let product = gradient(at: direction) { objective.halfFisherNorm(parameters, along: $0, on: samples) }
    let expected = hessianVectorProduct(at: parameters, along: direction) { objective.divergence($0, on: samples) }
    #expect(Self.near(product, expected, 1e-10))
  }

  @Test func likelihoodRatioHasTheDerivativesOfLowVarianceWhereItSampled() {
    let (parameters, direction) = (Self.parameters(), Self.parameters(seed: 9))
    let samples = Self.samples(of: parameters)
    func derivatives(_ surrogate: PolicySurrogate) -> [Parameters<Double>] {
      let loss = PolicyObjective(policy: Self.policy, surrogate: surrogate).loss(on: samples)
      return [
        gradient(at: parameters, of: loss), hessianVectorProduct(at: parameters, along: direction, of: loss),
      ]
    }
    for (found, expected) in zip(derivatives(.likelihoodRatio), derivatives(.lowVariance)) {
      #expect(Self.near(found, expected, 1e-10))
    }
  }

  /// The bonus of the outer loss is the mean entropy over the valid time steps, by the definition of the softmax.
  @Test func entropyBonusIsTheMeanOverValidTimeSteps() {
    let parameters = Self.parameters()
    let samples = Self.samples(of: parameters)
    var objective = PolicyObjective(policy: Self.policy)
    let plain = objective.outer.loss(parameters, on: samples).scalar
    objective.entropyBonus = 0.5
    let found = objective.outer.loss(parameters, on: samples).scalar
    var sum = 0.0
    for row in 0..<12 where Self.mask[row] == 1 {
      let weights = samples.outputs.scalars[4 * row..<4 * row + 4].map { Foundation.exp($0) }
      let probabilities = weights.map { $0 / weights.reduce(0, +) }
      sum -= probabilities.map { $0 * Foundation.log($0) }.reduce(0, +)
    }
    #expect(abs(found - (plain - 0.5 * sum / 10)) < 1e-12)
  }

  @Test func explorationApartIsOfNoUseForChoices() {
    let parameters = Self.parameters()
    let objective = PolicyObjective(policy: Self.policy, exploration: 0.5)
    #expect(objective.exploring(parameters).names == parameters.names)
  }
}
