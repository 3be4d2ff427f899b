import Foundation
import MetaLearning
import NeuralNetworks
import TensorCore
import Testing

@Suite struct LearnedFactorTests {
  private let weights = Parameters<Double>([("w", Tensor([1, -2])), ("b", Tensor([0.5]))])

  private func loss(_ parameters: Parameters<Double>) -> Tensor<Double> {
    square(parameters["w"] - Tensor([3, 1])).sum() + square(parameters["b"]).sum()
  }

  private func adaptation(_ gradients: Phase.Gradients) -> Adaptation {
    Adaptation([Phase(adapted: .all, rule: Chain(LearnedFactors(), GradientStep(rate: 0.1)), gradients: gradients)])
  }

  @Test func factorsBeginWithTheRateOfTheRule() {
    let adaptation = adaptation(.unrolled)
    let parameters = adaptation.metaParameters(startingFrom: weights)
    #expect(parameters.rules[0].names == ["1.w", "1.b"])
    let plain = Adaptation([Phase(adapted: .all, rule: GradientStep(rate: 0.1))])
    let expected = plain(plain.metaParameters(startingFrom: weights), losses: [loss])
    #expect(adaptation(parameters, losses: [loss]).flattened().scalars == expected.flattened().scalars)
  }

  /// Each element moves by its factor times the step of the rule.
  @Test func everyElementHasARateOfItsOwn() {
    let adaptation = adaptation(.unrolled)
    var parameters = adaptation.metaParameters(startingFrom: weights)
    parameters.rules[0] = Parameters([("1.w", Tensor([Foundation.log(2), 0])), ("1.b", Tensor([Foundation.log(0.5)]))])
    let moved = adaptation(parameters, losses: [loss])
    // From 1 by 0.2 x 2 x 2, from -2 by 0.1 x 2 x 3, from 0.5 by 0.05 x 2 x 0.5.
    let expected: [Double] = [1.8, -1.4, 0.45]
    #expect(zip(moved.flattened().scalars, expected).allSatisfy { abs($0 - $1) < 1e-14 })
  }

  /// Also of an algorithm of first order: the factor is not part of the gradient that is held constant.
  @Test(arguments: [Phase.Gradients.unrolled, .stopped]) func factorsHaveAGradient(gradients: Phase.Gradients) {
    let adaptation = adaptation(gradients)
    let parameters = adaptation.metaParameters(startingFrom: weights)
    let slope = gradient(at: parameters) { loss(adaptation($0, losses: [loss])) }.rules[0]
    // d L(phi) / d log f = L'(phi) (-0.1 f L'(theta)) by hand, with f = 1 and phi = theta - 0.1 L'(theta).
    func expected(_ theta: Double, _ goal: Double) -> Double {
      let first = 2 * (theta - goal)
      return 2 * (theta - 0.1 * first - goal) * -0.1 * first
    }
    #expect(abs(slope["1.w"].scalars[0] - expected(1, 3)) < 1e-12)
    #expect(abs(slope["1.w"].scalars[1] - expected(-2, 1)) < 1e-12)
    #expect(abs(slope["1.b"].scalars[0] - expected(0.5, 0)) < 1e-12)
  }

  @Test func laterStepsAreShortened() {
    let rule = ShortenedSteps(Momentum(decay: 0.5), after: 2)
    let shares = (1...5).map { rule.coefficients(step: $0).map(\.value) }
    #expect(shares == [[1], [1], [2.0 / 3], [0.5], [0.4]])
    let shortened = ShortenedSteps(Momentum(decay: 0.5), after: 2, factor: 0.25)
    #expect((1...4).map { shortened.coefficients(step: $0)[0].value } == [1, 1, 0.25 * 2 / 3, 0.125])
    let constant = ShortenedSteps(Momentum(decay: 0.5), after: 2, factor: 0.25, isFalling: false)
    #expect((1...4).map { constant.coefficients(step: $0)[0].value } == [1, 1, 0.25, 0.25])
    let adaptation = Adaptation([Phase(adapted: .all, rule: ShortenedSteps(GradientStep(rate: 0.1), after: 1))])
    let ends = adaptation.models(
      adaptation.metaParameters(startingFrom: weights), losses: [loss, loss])
    let (first, second) = (ends[1]["b"].scalars[0], ends[2]["b"].scalars[0])
    #expect(abs(first - (0.5 - 0.1 * 2 * 0.5)) < 1e-14 && abs(second - (first - 0.05 * 2 * first)) < 1e-14)
  }
}
