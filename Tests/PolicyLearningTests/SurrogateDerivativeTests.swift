import PolicyLearning
import TensorCore
import TestSupport
import Testing

/// Expected derivatives of the surrogates against those of the exact expected return, over all trajectories of a small
/// decision process.
@Suite struct SurrogateDerivativeTests {
  static let processes = [
    TabularProcess(), TabularProcess(discount: 0.8), TabularProcess(terminates: true),
    TabularProcess(discount: 0.8, terminates: true),
  ]

  /// Only rounding separates the two sides: some 200 terms of size 10 in Double make about 1e-14.
  static let exactness = 1e-10

  static func noBaseline(_ time: Int, _ state: Int) -> Double { 0 }
  static func someBaseline(_ time: Int, _ state: Int) -> Double { 1.7 - 0.4 * Double(time) + 0.9 * Double(state) }

  static func surrogateReturn(
    _ surrogate: PolicySurrogate, _ process: TabularProcess, baseline: (Int, Int) -> Double
  ) -> TensorFunction {
    let batch = EnumeratedBatch(process, baseline: baseline)
    return { arguments in
      -surrogate.loss(
        logProbabilities: batch.logProbabilities(arguments[0]), advantages: batch.advantages, mask: batch.mask,
        divisor: SurrogateNormalization.episodes.divisor(mask: batch.mask))
    }
  }

  static func derivative(_ function: TensorFunction, at point: Tensor<Double>) -> [Double] {
    gradient(at: [point], of: function)[0].scalars
  }

  static func hessian(_ function: TensorFunction, at point: Tensor<Double>) -> [Double] {
    point.scalars.indices.flatMap { index in
      var unit = Array(repeating: 0.0, count: point.shape.count)
      unit[index] = 1
      let direction = Tensor(shape: point.shape, scalars: unit)
      return hessianVectorProduct(at: [point], along: [direction], of: function)[0].scalars
    }
  }

  /// The norm of the difference over that of the truth.
  static func relativeError(_ estimate: [Double], _ truth: [Double]) -> Double {
    func norm(_ values: [Double]) -> Double { values.map { $0 * $0 }.reduce(0, +).squareRoot() }
    return norm(zip(estimate, truth).map { $0 - $1 }) / norm(truth)
  }

  static func hessianError(
    _ surrogate: PolicySurrogate, _ process: TabularProcess, baseline: (Int, Int) -> Double
  ) -> Double {
    let estimate = hessian(surrogateReturn(surrogate, process, baseline: baseline), at: process.logits)
    let truth = hessian({ process.expectedReturn($0[0]) }, at: process.logits)
    return relativeError(estimate, truth)
  }

  @Test(arguments: processes) func trajectoryProbabilitiesAddUpToOne(_ process: TabularProcess) {
    #expect(abs(process.trajectories.map(\.probability).reduce(0, +) - 1) < 1e-14)
  }

  @Test(arguments: processes) func dynamicProgrammingMatchesTheSumOverTrajectories(_ process: TabularProcess) {
    let sum = process.trajectories.map { trajectory in
      trajectory.probability
        * trajectory.rewards.reversed().reduce(0) { future, reward in reward + process.discount * future }
    }
    #expect(abs(sum.reduce(0, +) - process.expectedReturn(process.logits).scalar) < 1e-13)
  }

  @Test func exactDerivativesMatchFiniteDifferences() {
    let process = TabularProcess()
    // The bounds of GradientCheck: 1e-10 of truncation and 1e-11 of rounding, with room.
    #expect(GradientCheck.firstOrderError(at: [process.logits]) { process.expectedReturn($0[0]) } < 1e-7)
    #expect(GradientCheck.secondOrderError(at: [process.logits]) { process.expectedReturn($0[0]) } < 1e-7)
  }

  @Test(arguments: PolicySurrogate.allCases, processes)
  func everySurrogateHasTheExactExpectedGradient(_ surrogate: PolicySurrogate, _ process: TabularProcess) {
    let truth = Self.derivative({ process.expectedReturn($0[0]) }, at: process.logits)
    for baseline in [Self.noBaseline, Self.someBaseline] {
      let estimate = Self.derivative(Self.surrogateReturn(surrogate, process, baseline: baseline), at: process.logits)
      #expect(Self.relativeError(estimate, truth) < Self.exactness)
    }
  }

  @Test(arguments: processes) func diceHasTheExactExpectedHessian(_ process: TabularProcess) {
    #expect(Self.hessianError(.dice, process, baseline: Self.noBaseline) < Self.exactness)
  }

  @Test(arguments: processes) func loadedDiceWithABaselineHasTheExactExpectedHessian(_ process: TabularProcess) {
    #expect(Self.hessianError(.dice, process, baseline: Self.someBaseline) < Self.exactness)
  }

  @Test func theOtherSurrogatesHaveWrongHessians() {
    let process = TabularProcess()
    let errors = PolicySurrogate.allCases.map { ($0, Self.hessianError($0, process, baseline: Self.noBaseline)) }
    for (surrogate, error) in errors { print("expected Hessian, relative error of \(surrogate.rawValue): \(error)") }
    #expect(Self.hessianError(.lowVariance, process, baseline: Self.noBaseline) > 0.1)
    #expect(Self.hessianError(.naive, process, baseline: Self.noBaseline) > 1)
  }

  @Test func normalizationsDifferByTheNumberOfStepsAnEpisode() {
    let logProbabilities = Tensor<Double>(shape: [3, 2], scalars: [-1, -2, -0.5, -1.5, -0.3, -0.2])
    let advantages = Tensor<Double>(shape: [3, 2], scalars: [1, 2, 3, 4, 5, 6])
    let mask = Tensor<Double>(shape: [3, 2], scalars: [1, 1, 1, 1, 1, 0])
    func loss(_ normalization: SurrogateNormalization) -> Double {
      PolicySurrogate.naive.loss(
        logProbabilities: logProbabilities, advantages: advantages, mask: mask,
        divisor: normalization.divisor(mask: mask)
      ).scalar
    }
    // By hand: -(-1 - 4 - 1.5 - 6 - 1.5) = 14 over 5 valid steps or 2 episodes.
    #expect(abs(loss(.timeSteps) - 14.0 / 5) < 1e-14)
    #expect(abs(loss(.episodes) - 7) < 1e-14)
  }

  @Test func theValueOfBoxedSurrogatesIsMinusTheMeanAdvantage() {
    let logProbabilities = Tensor<Double>(shape: [2, 2], scalars: [-1, -2, -0.5, -1.5])
    let advantages = Tensor<Double>(shape: [2, 2], scalars: [1, 2, 3, 4])
    for surrogate in [PolicySurrogate.dice, .lowVariance] {
      let loss = surrogate.loss(
        logProbabilities: logProbabilities, advantages: advantages, mask: .ones([2, 2]), divisor: Tensor(4))
      #expect(loss.scalar == -2.5)
    }
  }
}
