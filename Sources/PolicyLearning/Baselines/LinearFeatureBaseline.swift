public import RandomStreams
public import Rollouts
import TensorCore

/// A baseline by ridge regression of the returns on the observation, its squares, three powers of the time, and a
/// constant.
///
/// Source: Duan et al., "Benchmarking deep reinforcement learning for continuous control" (ICML 2016); the features and
/// the ridge are those of garage's LinearFeatureBaseline. The normal equations are solved in Double: with about 40
/// features their loss of precision is far below the noise of the returns.
public final class LinearFeatureBaseline: ReturnBaseline {
  /// The initial ridge, which is added to the diagonal of the normal equations and multiplied by ten after each failure.
  public static let ridge = 1e-5
  /// The largest number of ridges that are tried.
  public static let attempts = 10
  /// The bound to which observations are clipped on both sides, so that an extreme state does not dominate the fit.
  public static let largestObservation: Float = 10
  /// The divisor of time steps before they are raised to powers.
  public static let timeScale = 100.0

  private let size: EpisodeBatchSize
  private let featureCount: Int
  /// The program from the features, with the returns as the last column `[rows, features + 1]`, to all their inner
  /// products.
  private let products: Workspace<Tensor<Double>, Tensor<Double>>

  /// Creates a baseline for batches of `size`.
  public init(size: EpisodeBatchSize) {
    self.size = size
    featureCount = 2 * size.observationSize + 4
    products = Program(for: Tensor<Double>.placeholder([size.timeSteps, featureCount + 1])) { features in
      matmul(features, transposed: true, features, transposed: false)
    }.makeWorkspace()
  }

  public func fit(
    _ batch: EpisodeBatch, returns: [Float], at address: RandomAddress, values: inout [Float]
  ) throws(BaselineError) {
    precondition(batch.size == size, "a batch of \(batch.size) was given to a baseline for \(size)")
    writeFeatures(of: batch, returns: returns)
    products.run()
    let weights = try solve()
    products.inputs.withElements { features in
      for row in 0..<size.timeSteps {
        let start = row * (featureCount + 1)
        var value = 0.0
        for index in 0..<featureCount { value += features[start + index] * weights[index] }
        values[row] = Float(value)
      }
    }
  }

  /// Writes the program's input. Rows where the mask is 0 are 0, so that they have no effect.
  private func writeFeatures(of batch: EpisodeBatch, returns: [Float]) {
    let width = featureCount + 1
    let observationSize = size.observationSize
    let observations = batch.observations.span
    let mask = batch.mask.span
    products.inputs.withElements { features in
      for row in 0..<size.timeSteps {
        let start = row * width
        guard mask[row] != 0 else {
          for index in start..<start + width { features[index] = 0 }
          continue
        }
        for index in 0..<observationSize {
          let observed = observations[row * observationSize + index]
          let clipped = Double(min(max(observed, -Self.largestObservation), Self.largestObservation))
          features[start + index] = clipped
          features[start + observationSize + index] = clipped * clipped
        }
        let time = Double(row / size.episodes) / Self.timeScale
        let rest = start + 2 * observationSize
        features[rest] = time
        features[rest + 1] = time * time
        features[rest + 2] = time * time * time
        features[rest + 3] = 1
        features[rest + 4] = Double(returns[row])
      }
    }
  }

  /// The weights w of `(X^T X + ridge I) w = X^T y`.
  private func solve() throws(BaselineError) -> [Double] {
    let width = featureCount + 1
    var matrix = Array(repeating: 0.0, count: featureCount * featureCount)
    var rightHandSide = Array(repeating: 0.0, count: featureCount)
    products.outputs.withElements { products in
      for row in 0..<featureCount {
        for column in 0..<featureCount { matrix[row * featureCount + column] = products[row * width + column] }
        rightHandSide[row] = products[row * width + featureCount]
      }
    }
    var (ridge, added) = (Self.ridge, 0.0)
    for _ in 0..<Self.attempts {
      for index in 0..<featureCount { matrix[index * featureCount + index] += ridge - added }
      if let factorization = CholeskyFactorization(of: matrix, size: featureCount) {
        let weights = factorization.solve(rightHandSide)
        if weights.allSatisfy(\.isFinite) { return weights }
      }
      (added, ridge) = (ridge, 10 * ridge)
    }
    throw BaselineError(
      baseline: .linear, reason: "no finite solution of \(featureCount) equations with a ridge of up to \(added)")
  }
}
