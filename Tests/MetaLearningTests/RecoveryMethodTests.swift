import MetaLearning
import NeuralNetworks
import TensorCore
import TestSupport
import Testing

/// Methods of sparse recovery on problems with known answers.
@Suite struct RecoveryMethodTests {
  private func recovery(_ method: SparseRecovery.Method, decay: Double = 1, kept: Int = 2) -> InnerLoopSettings.Recovery
  {
    var recovery = InnerLoopSettings.Recovery()
    recovery.method = method
    recovery.decay = decay
    recovery.keptWeights = kept
    return recovery
  }

  /// The mean over 64 rows of the squared error has the Hessian F^T F / 32, at most 1/16: steps of 16 go down.
  private let rate = 16.0
  private let strength = 0.002

  /// The minimum of |y - F phi|^2 / 64 + lambda |phi|_1 on the support S, for y = F_S w:
  /// w - 32 lambda (F_S^T F_S)^-1 sign(w), where F_S^T F_S = [1, c; c, 1].
  private var biased: [Double] {
    let c = SparseProblem.hadamard(5, 9)
    let signs = SparseProblem.weights.map { $0 > 0 ? 1.0 : -1 }
    let shrinkage = [signs[0] - c * signs[1], signs[1] - c * signs[0]].map { 32 * strength * $0 / (1 - c * c) }
    return zip(SparseProblem.weights, shrinkage).map { $0 - $1 }
  }

  private func nonzero(_ weights: [Double]) -> [Int] { weights.indices.filter { weights[$0] != 0 } }

  @Test(arguments: [SparseRecovery.Method.softThresholding, .accelerated])
  func softThresholdsFindTheSupportAndTheirBiasIsTheClosedForm(_ method: SparseRecovery.Method) {
    let found = SparseProblem.recover(recovery(method), rate: rate, strength: strength, steps: 200)
    #expect(nonzero(found) == SparseProblem.support)
    // On the support a step leaves 9/16 of the distance, and FISTA's no more than its square root: 1e-25.
    for (index, expected) in zip(SparseProblem.support, biased) { #expect(abs(found[index] - expected) < 1e-12) }
    #expect(abs(biased[0] - 1) > 0.05)
  }

  @Test func momentumGetsThereFasterWhereTheProblemIsHard() {
    // Columns of very different length: the Hessian's eigenvalues are 1/32 and 1/32,000.
    let scales = Tensor<Double>(shape: [1, 64], scalars: (0..<64).map { $0.isMultiple(of: 2) ? 1 : 0.0316 })
    let features = scales * SparseProblem.features.sliced(axis: 1, 64..<128)
    let weights = Tensor<Double>(shape: [64, 1], scalars: (0..<64).map { $0 == 3 ? 20 : $0 == 6 ? -1 : 0 })
    func distance(_ method: SparseRecovery.Method) -> Double {
      let found = SparseProblem.recover(
        recovery(method), rate: 32, strength: 1e-6, steps: 100, features: features, targets: matmul(features, weights))
      return zip(found, weights.scalars).map { ($0 - $1) * ($0 - $1) }.reduce(0, +).squareRoot()
    }
    let (plain, accelerated) = (distance(.softThresholding), distance(.accelerated))
    // A hundred steps leave 0.999^100 of the long way, and momentum does the work of their square.
    #expect(plain > 15 && accelerated < 4, "\(plain), \(accelerated)")
  }

  @Test func hardThresholdFindsTheWeightsThemselves() {
    // A step of 32 times the gradient is F^T (y - F phi). On the support it leaves |c| = 1/8 of the error, and elsewhere
    // it is smaller than what is kept.
    let found = SparseProblem.recover(recovery(.hardThresholding), rate: 32, steps: 30)
    #expect(nonzero(found) == SparseProblem.support)
    for (x, y) in zip(found, SparseProblem.solution) { #expect(abs(x - y) < 1e-13) }
  }

  /// 16 orthogonal columns, of whose 64 examples two have wild targets. Each value of F h stands in four rows, so that of
  /// its sum of magnitudes less than a half lies in those two: least absolute deviations give the weights themselves.
  @Test func leastAbsoluteDeviationsDoNotSeeWildTargets() {
    let features = Tensor<Double>(
      shape: [64, 16], scalars: (0..<64 * 16).map { SparseProblem.hadamard($0 / 16, $0 % 16) })
    let weights: Tensor<Double> = testValues([16, 1], seed: 4)
    let wild = Tensor<Double>(shape: [64, 1], scalars: (0..<64).map { $0 == 3 ? 5 : $0 == 22 ? -4 : 0 })
    let targets = matmul(features, weights) + wild
    let found = SparseProblem.recover(
      recovery(.absoluteDeviation, decay: 0.95), rate: 8, steps: 600, features: features, targets: targets)
    // The last step is 0.95^600 of the first: 4e-14.
    for (x, y) in zip(found, weights.scalars) { #expect(abs(x - y) < 1e-11) }
    // Least squares are thrown off by them.
    let squares = matmul(features, transposed: true, targets, transposed: false)
    #expect(zip(squares.scalars, weights.scalars).contains { abs($0 - $1) > 0.5 })
    // And steps of one length only circle the minimum.
    let circling = SparseProblem.recover(
      recovery(.absoluteDeviation), rate: 8, steps: 600, features: features, targets: targets)
    #expect(zip(circling, weights.scalars).contains { abs($0 - $1) > 1e-3 })
  }

  @Test func subgradientsComeNearTheSameMinimumWithoutReachingZero() {
    let found = SparseProblem.recover(
      recovery(.subgradient, decay: 0.99), rate: rate, strength: strength, steps: 1_500)
    // Weights that should be 0 jump over it by the last steps' 16 x 0.002 x 0.99^1500 = 1e-8. The others stop following once
    // all steps left, 100 times the present one, are shorter than the 32 that their curvature asks for: by then the jumps
    // are of 0.3 x 0.002.
    for (index, expected) in zip(SparseProblem.support, biased) { #expect(abs(found[index] - expected) < 1e-3) }
    #expect(nonzero(found).count > 2)
    #expect(found.indices.allSatisfy { SparseProblem.support.contains($0) || abs(found[$0]) < 1e-4 })
  }

  @Test func eachUnitKeepsItsOwnLargestWeightsAndBiasesStay() {
    let rule = HardThresholdingStep(rate: 0.5, kept: 1)
    let start = Parameters<Double>([
      ("output.weight", Tensor(shape: [3, 2], scalars: [1, 5, -2, 4, 0.5, -6])), ("output.bias", Tensor([0.1, 0.2])),
    ])
    let derivative = Parameters<Double>([
      ("output.weight", Tensor(shape: [3, 2], scalars: [0, 0, 0, 0, -6, 0])), ("output.bias", Tensor([0.2, 0])),
    ])
    // After the gradient step the columns are 1, -2, 3.5 and 5, 4, -6.
    var state = rule.initialState(for: start)
    let moved = rule.step(start, gradient: derivative, state: &state, count: 1)
    #expect(moved["output.weight"].scalars == [0, 0, 0, 0, 3.5, -6])
    #expect(moved["output.bias"].scalars == [0, 0.2])
  }
}
