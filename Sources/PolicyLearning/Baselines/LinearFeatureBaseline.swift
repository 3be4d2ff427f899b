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

  /// The features that are summed at once where a row is weighted.
  private typealias Block = SIMD8<Double>

  private let size: EpisodeBatchSize
  private let featureCount: Int
  /// The columns of a row: the features, the returns, and zeros up to a whole number of blocks.
  private let width: Int
  /// The program from the rows `[rows, width]` to the inner products of their columns.
  private let products: Workspace<Tensor<Double>, Tensor<Double>>

  /// Creates a baseline for batches of `size`.
  public init(size: EpisodeBatchSize) {
    self.size = size
    featureCount = 2 * size.observationSize + 4
    width = (featureCount / Block.scalarCount + 1) * Block.scalarCount
    products = Program(for: Tensor<Double>.placeholder([size.timeSteps, width])) { features in
      matmul(features, transposed: true, features, transposed: false)
    }.makeWorkspace()
  }

  public func fit(
    _ batch: EpisodeBatch, returns: [Float], at address: RandomAddress, values: inout [Float]
  ) throws(BaselineError) {
    precondition(batch.size == size, "a batch of \(batch.size) was given to a baseline for \(size)")
    writeFeatures(of: batch, returns: returns)
    products.run()
    let weights = try solve() + Array(repeating: 0, count: width - featureCount)
    products.inputs.withElements { rows in
      rows.withUnsafeMutableBufferPointer { rows in
        weights.withUnsafeBufferPointer { weights in
          guard let rows = rows.baseAddress, let weights = weights.baseAddress else { return }
          for row in 0..<size.timeSteps {
            values[row] = Float(Self.innerProduct(rows + row * width, weights, width))
          }
        }
      }
    }
  }

  /// The inner product of two arrays of `count` elements, a whole number of blocks.
  @inline(__always)
  private static func innerProduct(
    _ left: UnsafePointer<Double>, _ right: UnsafePointer<Double>, _ count: Int
  ) -> Double {
    let (left, right) = (UnsafeRawPointer(left), UnsafeRawPointer(right))
    var sum = Block.zero
    for offset in stride(from: 0, to: count * MemoryLayout<Double>.stride, by: MemoryLayout<Block>.stride) {
      sum +=
        left.loadUnaligned(fromByteOffset: offset, as: Block.self)
        * right.loadUnaligned(fromByteOffset: offset, as: Block.self)
    }
    return sum.sum()
  }

  /// Writes the program's input. Rows where the mask is 0 are 0, so that they have no effect.
  private func writeFeatures(of batch: EpisodeBatch, returns: [Float]) {
    let (width, observationSize, bound) = (width, size.observationSize, Self.largestObservation)
    products.inputs.withElements { features in
      features.withUnsafeMutableBufferPointer { features in
        batch.observations.withUnsafeBufferPointer { observations in
          for row in 0..<size.timeSteps {
            let place = UnsafeMutableBufferPointer(rebasing: features[row * width..<(row + 1) * width])
            guard batch.mask[row] != 0 else {
              place.update(repeating: 0)
              continue
            }
            for index in 0..<observationSize {
              let clipped = Double(min(max(observations[row * observationSize + index], -bound), bound))
              place[index] = clipped
              place[observationSize + index] = clipped * clipped
            }
            let time = Double(row / size.episodes) / Self.timeScale
            let rest = 2 * observationSize
            place[rest] = time
            place[rest + 1] = time * time
            place[rest + 2] = time * time * time
            place[rest + 3] = 1
            place[rest + 4] = Double(returns[row])
            for index in rest + 5..<width { place[index] = 0 }
          }
        }
      }
    }
  }

  /// The weights w of `(X^T X + ridge I) w = X^T y`.
  private func solve() throws(BaselineError) -> [Double] {
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
