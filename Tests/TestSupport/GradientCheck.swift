public import TensorCore

/// A function of several tensors whose value is a single number.
public typealias TensorFunction = ScalarFunction<[Tensor<Double>]>

/// Compares derivatives with central finite differences in Double.
///
/// With a step h = 1e-5 the truncation error of a central difference is about h^2 = 1e-10 and its rounding error
/// 1e-16 / h = 1e-11, both relative to values of order 1: a tolerance of 1e-7 leaves room for larger third derivatives
/// and still finds any wrong term.
public enum GradientCheck {
  /// The finite difference's step.
  public static var step: Double { 1e-5 }

  /// The largest relative difference between the gradient of `function` at `point` and finite differences.
  public static func firstOrderError(at point: [Tensor<Double>], of function: TensorFunction) -> Double {
    let exact = gradient(at: point, of: function)
    return largestError(exact, finiteDifferences(at: point) { function($0).scalar })
  }

  /// The same for the gradient of the gradient's product with a fixed vector.
  public static func secondOrderError(at point: [Tensor<Double>], of function: TensorFunction) -> Double {
    let direction = point.enumerated().map { testValues($1.shape, seed: 100 + $0) as Tensor<Double> }
    let exact = hessianVectorProduct(at: point, along: direction, of: function)
    let numeric = finiteDifferences(at: point) { moved in
      let derivatives = gradient(at: moved, of: function)
      return zip(derivatives, direction).map { ($0 * $1).sum().scalar }.reduce(0, +)
    }
    return largestError(exact, numeric)
  }

  /// The partial derivatives of `function` at `point` by central differences.
  public static func finiteDifferences(
    at point: [Tensor<Double>], of function: ([Tensor<Double>]) -> Double
  ) -> [[Double]] {
    point.indices.map { index in
      point[index].scalars.indices.map { element in
        func value(_ offset: Double) -> Double {
          var moved = point
          var scalars = point[index].scalars
          scalars[element] += offset
          moved[index] = Tensor(shape: point[index].shape, scalars: scalars)
          return function(moved)
        }
        return (value(step) - value(-step)) / (2 * step)
      }
    }
  }

  /// The largest difference, relative to the largest magnitude or 1.
  public static func largestError(_ exact: [Tensor<Double>], _ numeric: [[Double]]) -> Double {
    let pairs = zip(exact.flatMap(\.scalars), numeric.flatMap { $0 })
    // A NaN compares as smaller than nothing: the largest difference would not show it.
    guard pairs.allSatisfy({ $0.isFinite && $1.isFinite }) else { return .infinity }
    let scale = max(1, numeric.flatMap { $0 }.map(abs).max() ?? 1)
    return (pairs.map { abs($0 - $1) }.max() ?? 0) / scale
  }

  /// The Euclidean norm of the difference over that of the finite differences.
  public static func relativeError(_ exact: [Tensor<Double>], _ numeric: [[Double]]) -> Double {
    let (exact, numeric) = (exact.flatMap(\.scalars), numeric.flatMap { $0 })
    precondition(exact.count == numeric.count, "\(exact.count) derivatives beside \(numeric.count) differences")
    func norm(_ values: [Double]) -> Double { values.map { $0 * $0 }.reduce(0, +).squareRoot() }
    return norm(zip(exact, numeric).map { $0 - $1 }) / norm(numeric)
  }
}

/// Values without a pattern, between -1 and 1 and at least 0.05 from 0, so that no kink lies within a difference's step.
public func testValues<Scalar: TensorScalar>(_ shape: Shape, seed: Int) -> Tensor<Scalar> {
  let scalars = (0..<shape.count).map { index -> Scalar in
    let phase = Double((index * 7919 + seed * 104_729) % 10_007) / 10_007
    let value = 2 * phase - 1
    return Scalar(value < 0 ? min(value, -0.05) : max(value, 0.05))
  }
  return Tensor(shape: shape, scalars: scalars)
}
