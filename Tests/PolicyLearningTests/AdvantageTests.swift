import PolicyLearning
import Rollouts
import Testing

@Suite struct AdvantageTests {
  // Two episodes of three steps; the second ends after two.
  let batch = makeBatch(rewards: [[1, 4], [2, -2], [3, nil]])
  let values: [Float] = [0.5, 1, 1.5, 2, 2.5, 9]

  func advantages(_ estimation: AdvantageEstimation) -> [Float] {
    var result = Array(repeating: Float(7), count: 6)
    estimation.writeAdvantages(of: batch, values: values, into: &result)
    return result
  }

  @Test func returnsAreDiscountedSumsUpToTheEnd() {
    var returns = Array(repeating: Float(7), count: 6)
    AdvantageEstimation(discount: 0.5).writeReturns(of: batch, into: &returns)
    // By hand, exact in binary: 1 + (2 + 3/2)/2, 4 - 2/2; 2 + 3/2, -2; 3, padding.
    let expected: [Float] = [2.75, 3, 3.5, -2, 3, 0]
    #expect(returns == expected)
  }

  @Test func withoutDecayAdvantagesAreReturnsMinusTheBaseline() {
    let estimation = AdvantageEstimation(discount: 0.5, decay: 1, normalization: .none)
    let expected: [Float] = [2.25, 2, 2, -4, 0.5, 0]
    #expect(advantages(estimation) == expected)
  }

  @Test func withFullDecayAdvantagesAreOneStepTDErrors() {
    let estimation = AdvantageEstimation(discount: 0.5, decay: 0, normalization: .none)
    // r + V'/2 - V; the value after the end is 0, not the padding's 9.
    let expected: [Float] = [1.25, 4, 1.75, -4, 0.5, 0]
    #expect(advantages(estimation) == expected)
  }

  @Test func generalizedAdvantagesAddUpDecayedTDErrors() {
    let estimation = AdvantageEstimation(discount: 0.5, decay: 0.5, normalization: .none)
    // From the TD errors above with a factor of 1/4: 1.25 + 1.875 / 4, 4 - 4 / 4; 1.75 + 0.5 / 4, -4; 0.5, padding.
    let expected: [Float] = [1.71875, 3, 1.875, -4, 0.5, 0]
    #expect(advantages(estimation) == expected)
  }

  @Test func standardizedAdvantagesHaveMeanZeroAndDeviationOneOverValidSteps() {
    let result = advantages(AdvantageEstimation(discount: 0.5, decay: 1, normalization: .standardized))
    let valid = result.dropLast().map(Double.init)
    // Float keeps 24 bits: five numbers of size 1 add up to within 1e-6.
    #expect(abs(valid.reduce(0, +) / 5) < 1e-6)
    #expect(abs(valid.map { $0 * $0 }.reduce(0, +) / 5 - 1) < 1e-6)
    #expect(result[5] == 0)
  }

  @Test func equalAdvantagesAreStandardizedToZero() {
    let batch = makeBatch(rewards: [[2, 2]])
    var result: [Float] = [7, 7]
    AdvantageEstimation(discount: 0.5).writeAdvantages(of: batch, values: [0, 0], into: &result)
    #expect(result == [0, 0])
  }
}
