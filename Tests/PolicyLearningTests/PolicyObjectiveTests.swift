import Foundation
import NeuralNetworks
import PolicyLearning
import RandomStreams
import TensorCore
import TestSupport
import Testing

/// Objectives at other parameters than those that sampled, in Double.
@Suite struct PolicyObjectiveTests {
  private static let policy = GaussianPolicy(
    network: MultilayerPerceptron(inputSize: 3, hiddenSizes: [4], outputSize: 2), initialStandardDeviation: 0.7)
  private static let (horizon, episodes) = (4, 3)
  private static var rows: Int { horizon * episodes }

  private static func parameters(seed: UInt64 = 1) -> Parameters<Double> {
    var stream = RandomAddress(seed: seed, purpose: .initialization).stream
    return policy.initialParameters(from: &stream)
  }

  private static func normals(_ shape: Shape, seed: UInt64) -> Tensor<Double> {
    var stream = RandomAddress(seed: seed, purpose: .test).stream
    return Tensor(shape: shape, scalars: (0..<shape.count).map { _ in stream.normal() })
  }

  /// Samples of the policy at `parameters`; one episode ends early.
  private static func samples(of parameters: Parameters<Double>) -> PolicySamples<Double> {
    let observations = normals([rows, 3], seed: 2)
    let means = policy.outputs(parameters, observations)
    let logDeviations = policy.logStandardDeviations(parameters)
    return PolicySamples(
      observations: observations, actions: means + exp(logDeviations) * normals([rows, 2], seed: 3), outputs: means,
      logDeviations: logDeviations, advantages: normals([horizon, episodes], seed: 4),
      mask: Tensor(shape: [horizon, episodes], scalars: [1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 1]))
  }

  private static func near(_ found: Parameters<Double>, _ expected: Parameters<Double>, _ bound: Double) -> Bool {
    let scale = expected.flattened().scalars.map(abs).max() ?? 0
    #expect(scale > 0)
    return zip(found.flattened().scalars, expected.flattened().scalars).allSatisfy { abs($0 - $1) <= bound * scale }
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

  /// By hand: with ratios r of two steps that are worth 2 and -1, the loss is -(2 r_1 - r_2) / 2.
  @Test func likelihoodRatioWeighsStepsByHowMuchMoreLikelyTheyAre() {
    let loss = PolicySurrogate.likelihoodRatio.loss(
      logProbabilities: Tensor<Double>(shape: [3, 1], scalars: [Foundation.log(0.6), Foundation.log(0.1), 5_000]),
      sampled: Tensor(shape: [3, 1], scalars: [Foundation.log(0.3), Foundation.log(0.2), 0]),
      advantages: Tensor(shape: [3, 1], scalars: [2, -1, 0]), mask: Tensor(shape: [3, 1], scalars: [1, 1, 0]),
      divisor: Tensor(2))
    // The step after the end, whose ratio would be infinite, counts nothing.
    #expect(abs(loss.scalar + (2 * 2 - 0.5) / 2) < 1e-14)
  }

  @Test func divergenceIsThatOfNormalDistributions() {
    // One action around 1 with deviation 2, and the policy around the bias 0 with deviation 0.5: by the closed form
    // log(0.5 / 2) + (4 + 1) / (2 x 0.25) - 1 / 2.
    let policy = GaussianPolicy(network: MultilayerPerceptron(inputSize: 1, hiddenSizes: [], outputSize: 1))
    var parameters: Parameters<Double> = {
      var stream = RandomAddress(seed: 1, purpose: .initialization).stream
      return policy.initialParameters(from: &stream)
    }()
    parameters[GaussianPolicy.logStandardDeviationName] = Tensor([Foundation.log(0.5)])
    let divergence = policy.divergence(
      parameters, observations: .zeros([2, 1]), fromOutputs: Tensor(shape: [2, 1], scalars: [1, 1]),
      logDeviations: Tensor([Foundation.log(2)]))
    let expected = Foundation.log(0.5 / 2) + 5 / 0.5 - 0.5
    #expect(divergence.scalars.allSatisfy { abs($0 - expected) < 1e-12 })
  }

  /// The Fisher matrix is the second derivative of the divergence where the distributions are the same.
  @Test func fisherProductIsTheSecondDerivativeOfTheDivergence() {
    let (parameters, direction) = (Self.parameters(), Self.parameters(seed: 9))
    let objective = PolicyObjective(policy: Self.policy)
    let samples = Self.samples(of: parameters)
    #expect(abs(objective.divergence(parameters, on: samples).scalar) < 1e-14)
    let slope = gradient(at: parameters) { objective.divergence($0, on: samples) }
    #expect(slope.flattened().scalars.allSatisfy { abs($0) < 1e-14 })
    let product = gradient(at: direction) { objective.halfFisherNorm(parameters, along: $0, on: samples) }
    let expected = hessianVectorProduct(at: parameters, along: direction) { objective.divergence($0, on: samples) }
    #expect(Self.near(product, expected, 1e-10))
  }

  @Test func clippedLossGainsNothingBeyondTheClip() {
    let parameters = Self.parameters()
    let samples = Self.samples(of: parameters)
    let objective = PolicyObjective(policy: Self.policy).elsewhere
    // Where it sampled, nothing is clipped, and the loss is that of the likelihood ratio.
    let start = objective.clippedLoss(parameters, on: samples, clip: 0.2)
    #expect(start.clippedShare.scalar == 0)
    #expect(abs(start.loss.scalar - objective.loss(parameters, on: samples).scalar) < 1e-12)
    let slope = gradient(at: parameters) { objective.clippedLoss($0, on: samples, clip: 0.2).loss }
    #expect(Self.near(slope, gradient(at: parameters, of: objective.loss(on: samples)), 1e-10))
    // Far away it is worse than that loss, by what the held ratios leave out.
    let far = parameters + Tensor(2) * Self.parameters(seed: 9)
    let (loss, share) = objective.clippedLoss(far, on: samples, clip: 0.2)
    #expect(loss.scalar > objective.loss(far, on: samples).scalar && share.scalar > 0.5 && share.scalar <= 1)
  }

  @Test func explorationApartLeavesTheDeviationAlone() {
    let parameters = Self.parameters()
    let objective = PolicyObjective(policy: Self.policy, surrogate: .lowVariance, exploration: 0.25)
    let explored = objective.exploring(parameters)
    let logDeviations = explored[GaussianPolicy.logStandardDeviationName].scalars
    #expect(logDeviations.allSatisfy { abs($0 - Foundation.log(0.25)) < 1e-15 })
    #expect(explored.names == parameters.names)
    let samples = Self.samples(of: explored)
    let slope = gradient(at: parameters, of: objective.loss(on: samples))
    #expect(slope[GaussianPolicy.logStandardDeviationName].scalars == [0, 0])
    #expect(slope["output.bias"].scalars.contains { $0 != 0 })
    // The loss after adaptation is that of the policy's own deviation.
    #expect(objective.outer.exploration == nil)
  }
}
